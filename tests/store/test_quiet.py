"""The statement that books ordinary interims and Stops asks what the rule asks: over every case both say the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import psycopg
import pytest

from aaa.seeded import Connect, World
from hotgate.domain.access import NasTraits
from hotgate.domain.quiet import near, quietly
from hotgate.domain.sessions import Record, RecordKind, Session
from hotgate.domain.subscriber import AccessState
from hotgate.store import access, db
from hotgate.store.access import LOAD_ACCOUNTS
from hotgate.store.accounting import LOAD_SESSIONS, session_of
from hotgate.store.db import ints, texts, times
from hotgate.store.quiet import ADVANCE_QUIETLY, Reading, reading_columns
from hotgate.store.terms import LOAD_PLANS, Terms

BEGAN = datetime(2026, 6, 20, 10, 0, tzinfo=UTC)
NOW = BEGAN + timedelta(hours=1)
GB = 10**9
MAC = "02-00-00-00-00-01"


class Known(NamedTuple):
    """One guest with a flat plan, and what runs."""

    world: World
    subscriber_id: int
    plan_id: int
    profile_id: int
    entitlement_id: int
    nas_id: int
    session_id: int

    @property
    def names(self) -> dict[str, int]:
        return {**self._asdict(), "operator_id": self.world.operator_id, "site_id": self.world.site_id}


SLOT = "INSERT INTO slot (subscriber_id, device, operator_id, taken_at, session_id{0}) VALUES ({1}, now(), {2}{3})"


def slot(session: str = "{session_id}", device: str = f"'{MAC}'", more: str = "", value: str = "") -> str:
    return SLOT.format(more, "{subscriber_id}, " + device + ", {operator_id}", session, value)


PLAN = "UPDATE entitlement SET plan_id = {plan_id} WHERE id = {entitlement_id}"
# of another plan than the flat one
TERMS: dict[str, dict[str, Any]] = {
    "traffic that is counted": {"measure": "traffic"},
    "time that runs anyway": {"measure": "time", "elapsed": True, "amount": 3600},
    "a cap": {"cap_amount": 1, "cap_action": "disconnect", "cap_period": "month", "cap_measure": "traffic"},
    "a price for each hour": {
        "measure": "time",
        "payment": "postpaid",
        "tariff_unit_price": 1,
        "tariff_unit": 3600,
    },
}
# what stands in the books
BOOKS = {
    "as ever": "SELECT 1",
    "a session marked before": "UPDATE access_session SET flags = '{{odd_packets}}' WHERE id = {session_id}",
    "a session slowed down": "UPDATE access_session SET flags = '{{throttled}}' WHERE id = {session_id}",
    "a session that is over": "UPDATE access_session SET stopped_at = now() WHERE id = {session_id}",
    "a session superseded": "UPDATE access_session SET superseded = true WHERE id = {session_id}",
    "readings of 32 bits": "UPDATE access_session SET raw_points = '{{1800,1000,2000}}' WHERE id = {session_id}",
    "a session of nobody": "UPDATE access_session SET subscriber_id = NULL, entitlement_id = NULL"
    " WHERE id = {session_id}",
    "a session without a payer": "UPDATE access_session SET entitlement_id = NULL WHERE id = {session_id}",
    "use booked": "INSERT INTO session_allocation (session_id, entitlement_id, cycle_started_at, operator_id, units)"
    " VALUES ({session_id}, {entitlement_id}, '-infinity', {operator_id}, 10)",
    "another session with its id": "INSERT INTO access_session (uuid, operator_id, nas_id, acct_session_id, started_at,"
    " last_event_at, last_heard_at, device) SELECT gen_random_uuid(), operator_id, nas_id, acct_session_id,"
    " started_at - interval '2 days', last_event_at, last_heard_at, device FROM access_session WHERE id = {session_id}",
    "a session that has just begun": "UPDATE access_session SET seconds = 0, octets_in = 0, octets_out = 0,"
    " last_event_at = started_at WHERE id = {session_id}",
    "a session of a second": "UPDATE access_session SET seconds = 1, last_event_at = started_at + interval '1 second'"
    " WHERE id = {session_id}",
    "a second by another clock": "UPDATE access_session SET seconds = 1, last_event_at = started_at"
    " + interval '4 seconds' WHERE id = {session_id}",
    "octets and no time": "UPDATE access_session SET seconds = 0 WHERE id = {session_id}",
    "traffic that is counted": PLAN,
    "time that runs anyway": PLAN + "; UPDATE entitlement SET amount = 3600 WHERE id = {entitlement_id}",
    "a cap": PLAN,
    "a price for each hour": PLAN,
    "an amount of nothing": "UPDATE entitlement SET amount = 5 WHERE id = {entitlement_id}",
    "the end of what was paid": "UPDATE entitlement SET valid_until = '2026-06-20 11:00Z' WHERE id = {entitlement_id}",
    "paid for a while yet": "UPDATE entitlement SET valid_until = '2026-06-20 11:00:01Z' WHERE id = {entitlement_id}",
    "the end by staff": "UPDATE entitlement SET ended_at = '2026-06-20 11:00Z' WHERE id = {entitlement_id}",
    "what begins tomorrow": "UPDATE entitlement SET starts_at = '2026-06-21 10:00Z' WHERE id = {entitlement_id}",
    "long over": "UPDATE entitlement SET live = false WHERE id = {entitlement_id}",
    "two that could pay": "INSERT INTO entitlement (uuid, operator_id, subscriber_id, plan_id, starts_at, created_at,"
    " validity_kind) SELECT gen_random_uuid(), operator_id, subscriber_id, plan_id, starts_at, created_at,"
    " validity_kind FROM entitlement WHERE id = {entitlement_id}",
    "on hold": "INSERT INTO hold (uuid, operator_id, subscriber_id, kind) VALUES (gen_random_uuid(), {operator_id},"
    " {subscriber_id}, 'staff')",
    "on hold no more": "INSERT INTO hold (uuid, operator_id, subscriber_id, kind, released_at)"
    " VALUES (gen_random_uuid(), {operator_id}, {subscriber_id}, 'staff', now())",
    "one device, no place": "UPDATE service_profile SET devices_max = 1 WHERE id = {profile_id}",
    "one device, its place": "UPDATE service_profile SET devices_max = 1 WHERE id = {profile_id}; " + slot(),
    "its place": slot(),
    "a place that waits": slot(session="NULL"),
    "a place that lapses": slot(more=", expires_at", value=", now()"),
    "a place that activates": slot(more=", activates_at", value=", now()"),
    "a place with a slice": slot(more=", slice_amount", value=", 10"),
    "a place of another session": slot(session="{session_id} + 1"),
    "a place of another device": slot(device="'02-00-00-00-00-02'", session="NULL"),
    "two devices, one too many": "UPDATE service_profile SET devices_max = 1 WHERE id = {profile_id}; "
    + slot()
    + "; "
    + slot(device="'02-00-00-00-00-02'", session="NULL"),
    "a slow line": "UPDATE service_profile SET download_bps = 1000000 WHERE id = {profile_id}",
    "a slow line up": "UPDATE service_profile SET upload_bps = 1000000 WHERE id = {profile_id}",
    "a fast line": "UPDATE service_profile SET download_bps = 1000000000, upload_bps = 1000000000"
    " WHERE id = {profile_id}",
    "two devices": "UPDATE service_profile SET devices_max = 2 WHERE id = {profile_id}; "
    + slot()
    + "; "
    + slot(device="'02-00-00-00-00-02'", session="NULL"),
}
RECORDS: dict[str, dict[str, Any]] = {
    "the next reading": {},
    "the same again": {"session_seconds": 1800, "octets_in": 1000, "octets_out": 2000},
    "a late one": {"session_seconds": 1700, "octets_in": 900, "octets_out": 1900},
    "perhaps of another": {"session_seconds": 4},
    "octets in that fell": {"octets_in": 999},
    "octets out that fell": {"octets_out": 1999},
    "more than any line": {"octets_out": 26 * GB},
    "as much up": {"octets_in": 26 * GB},
    "a second late": {"event_at": NOW + timedelta(seconds=1)},
    "two seconds late": {"event_at": NOW + timedelta(seconds=2)},
    "before its last": {"session_seconds": 1801, "event_at": BEGAN + timedelta(seconds=1799)},
    "another device": {"device": "02-00-00-00-00-02"},
    "no device": {"device": ""},
    "another address": {"framed_ip": "10.0.0.8"},
    "no address": {"framed_ip": None},
    "another access point": {"called_station": "02-00-00-00-00-AA:cafe"},
    "no access point": {"called_station": ""},
    "another port": {"nas_port": "wlan2"},
    "roaming": {"multi_session_id": "m1"},
    "another name": {"user_name": "ABCD-EFGH-JK"},
    "its stop": {"kind": RecordKind.STOP, "terminate_cause": 1},
    "a stop at its start": {"kind": RecordKind.STOP, "session_seconds": 0, "octets_in": 0, "octets_out": 0},
    "a stop after 20 GB": {"kind": RecordKind.STOP, "octets_in": 20 * GB, "octets_out": 20 * GB},
}


@pytest.fixture
def known(world: World, connect: Connect) -> Known:
    profile_id = world.profile(devices_max=None)
    plan_id = world.plan(profile_id=profile_id, measure="none")
    subscriber_id = world.subscriber("anna")
    entitlement_id = world.entitlement(subscriber_id, plan_id)
    nas_id = world.nas(f"127.9.{world.number // 250}.{world.number % 250 + 1}", b"secret of a gateway")
    session_id = world.insert(
        "access_session",
        operator_id=world.operator_id,
        nas_id=nas_id,
        acct_session_id="s1",
        started_at=BEGAN,
        subscriber_id=subscriber_id,
        entitlement_id=entitlement_id,
        user_name="anna",
        device=MAC,
        framed_ip="10.0.0.9",
        called_station="02-00-00-00-00-01:cafe",
        nas_port="wlan1",
        last_event_at=BEGAN + timedelta(seconds=1800),
        last_heard_at=BEGAN + timedelta(seconds=1801),
        seconds=1800,
        octets_in=1000,
        octets_out=2000,
    )
    return Known(world, subscriber_id, plan_id, profile_id, entitlement_id, nas_id, session_id)


@pytest.fixture
def aaa(connect: Connect) -> psycopg.Connection[Any]:
    connection = connect("aaa")
    connection.execute(db.PINNED_PLANS.encode())
    return connection


def interim(known: Known, **changes: Any) -> Record:
    told: dict[str, Any] = {
        "session_seconds": 3600,
        "octets_in": 3000,
        "octets_out": 5000,
        "device": MAC,
        "user_name": "anna",
        "framed_ip": "10.0.0.9",
        "called_station": "02-00-00-00-00-01:cafe",
        "nas_port": "wlan1",
    }
    told |= changes
    event_at = told.pop("event_at", BEGAN + timedelta(seconds=told["session_seconds"]))
    received_at = event_at + timedelta(milliseconds=5)
    return Record(told.pop("kind", RecordKind.INTERIM), known.nas_id, "s1", event_at, received_at, **told)


def asked_of(known: Known, record: Record) -> Reading:
    epoch = record.event_at - timedelta(seconds=record.session_seconds)
    return Reading(record, known.world.operator_id, known.subscriber_id, epoch)


def by_the_rule(aaa: psycopg.Connection[Any], known: Known, record: Record) -> Session | None:
    """What `quietly` says of what the statements load."""
    (rows,) = db.at_once(aaa, (LOAD_ACCOUNTS, (ints([known.subscriber_id]),)))
    terms = Terms()
    terms.add(db.at_once(aaa, (LOAD_PLANS, (ints([known.plan_id]),)))[0], rows)
    state: AccessState = access.states_of(rows, terms, access.no_secrets)[1]
    keys = ints([known.nas_id]), texts(["s1"]), times([asked_of(known, record).epoch])
    sessions = db.at_once(aaa, (LOAD_SESSIONS, (*keys, keys[2])))[0]
    known_session = near([session_of(each) for each in sessions if each.subscriber_id == known.subscriber_id], record)
    if known_session is None:
        return None
    after = quietly(state, known_session, record, NasTraits(known.nas_id), NOW)
    return after if after is None or after.flags == known_session.flags else None  # a mark is for the rules to save


def booked(aaa: psycopg.Connection[Any], *readings: Reading) -> list[int]:
    (rows,) = db.at_once(aaa, (ADVANCE_QUIETLY, reading_columns(readings, NOW)))
    return [row.position for row in rows]


@pytest.mark.parametrize("why", BOOKS)
def test_the_statement_books_what_the_rule_calls_quiet(aaa: psycopg.Connection[Any], known: Known, why: str) -> None:
    if why in TERMS:
        plan_id = known.world.plan(profile_id=known.profile_id, **({"measure": "none"} | TERMS[why]))
        known = known._replace(plan_id=plan_id)
    for statement in BOOKS[why].split(";"):
        known.world.execute(statement.format(**known.names))
    told = []
    for changes in RECORDS.values():
        record = interim(known, **changes)
        expected = by_the_rule(aaa, known, record)
        assert booked(aaa, asked_of(known, record)) == ([1] if expected else []), changes
        assert stored(aaa, known) == (counters(expected) if expected else before(aaa, known)), changes
        told.append(expected is not None)
        aaa.rollback()
    assert any(told) == (why in QUIET_BOOKS)


QUIET_BOOKS = {
    "as ever",
    "a session marked before",
    "another session with its id",
    "a session that has just begun",
    "a session of a second",
    "a second by another clock",
    "octets and no time",
    "time that runs anyway",
    "paid for a while yet",
    "on hold no more",
    "one device, its place",
    "its place",
    "two devices",
    "a slow line",
    "a slow line up",
    "a fast line",
}


def test_each_kind_of_record_is_told_apart(aaa: psycopg.Connection[Any], known: Known) -> None:
    quiet = {why for why, changes in RECORDS.items() if by_the_rule(aaa, known, interim(known, **changes))}
    assert quiet == {
        "the next reading",
        "the same again",
        "a second late",
        "no device",
        "no address",
        "no access point",
        "another name",
        "its stop",
        "a stop after 20 GB",
    }


def test_it_keeps_a_reading_where_a_counter_moved(aaa: psycopg.Connection[Any], known: Known) -> None:
    again = interim(known, session_seconds=1800, octets_in=1000, octets_out=2000)
    for record, readings in ((again, []), (interim(known), [(NOW, 3600, 3000, 5000)])):
        assert booked(aaa, asked_of(known, record)) == [1]
        kept = aaa.execute(
            "SELECT event_at, seconds, octets_in, octets_out FROM usage WHERE session_id = %s", [known.session_id]
        )
        assert kept.fetchall() == readings


def test_it_tells_which_sessions_have_ended(aaa: psycopg.Connection[Any], known: Known) -> None:
    for changes, ended in (({}, None), (RECORDS["its stop"], known.session_id)):
        ((_, _, found),) = db.at_once(
            aaa, (ADVANCE_QUIETLY, reading_columns([asked_of(known, interim(known, **changes))], NOW))
        )[0]
        assert found == ended
    assert aaa.execute("SELECT 1 FROM open_session WHERE session_id = %s", [known.session_id]).fetchone() is None


def test_somebody_elses_class_or_operator_moves_nothing(aaa: psycopg.Connection[Any], known: Known) -> None:
    other = known.world.subscriber("berta")
    told = asked_of(known, interim(known))
    assert booked(aaa, told._replace(subscriber_id=other), told._replace(operator_id=told.operator_id + 1)) == []


def test_a_name_that_the_session_does_not_show_is_a_code(aaa: psycopg.Connection[Any], known: Known) -> None:
    told = [asked_of(known, interim(known, user_name=name)) for name in ("anna", "ABCD-EFGH-JK")]
    for each, is_masked in zip(told, (False, True), strict=True):
        ((_, found, _),) = db.at_once(aaa, (ADVANCE_QUIETLY, reading_columns([each], NOW)))[0]
        assert found == is_masked


STORED = (
    "SELECT last_event_at, last_heard_at, seconds, octets_in, octets_out, stopped_at, terminate_cause, estimated,"
    " closed_locally FROM access_session WHERE id = %s"
)


def stored(aaa: psycopg.Connection[Any], known: Known) -> tuple[Any, ...] | None:
    return aaa.execute(
        STORED,
        [known.session_id],
    ).fetchone()


def before(aaa: psycopg.Connection[Any], known: Known) -> tuple[Any, ...] | None:
    """As the owner sees it, outside of this transaction."""
    return known.world.connection.execute(
        STORED,
        [known.session_id],
    ).fetchone()


def counters(session: Session) -> tuple[Any, ...]:
    return (
        *(session.last_event_at, session.last_heard_at, session.seconds, session.octets_in, session.octets_out),
        *(session.stopped_at, session.terminate_cause, session.estimated, session.closed_locally),
    )
