"""Causes, look-ups by address, how long logs are kept, blocked devices, gateways that fall silent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from hotgate.apps.core import ids, partitions, scope
from hotgate.apps.messaging import silence
from hotgate.apps.network import blocking
from hotgate.apps.operators.models import AuditEntry
from hotgate.apps.usage import addresses, associations, gateway_tests, personal_data, retention, services
from hotgate.apps.usage.addresses import sessions_with
from hotgate.apps.usage.models import AccessSession, LoginAttempt, PacketJournal, SessionOrder, Usage
from hotgate.domain import causes, stations
from hotgate.domain.errors import DomainError
from hotgate.domain.retention import PRESETS, days_of
from world import NOON, World

DAY = timedelta(days=1)
MAC = "02-00-00-AA-BB-01"


@pytest.fixture
def world(db: None) -> World:
    import world as small

    return small.make()


def session(world: World, nas: Any, began: datetime = NOON, **more: Any) -> AccessSession:
    given = {"user_name": "guest", "device": MAC, "mac": MAC, "last_event_at": began, "last_heard_at": began}
    return AccessSession.objects.create(
        uuid=ids.uuid7(), operator_id=nas.operator_id, nas=nas, acct_session_id=str(ids.uuid7()), started_at=began,
        **(given | more),
    )  # fmt: skip


# -- causes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(1, 23))
def test_HN_26_every_cause_of_rfc_2866_has_words(number: int) -> None:
    told = causes.cause_of(is_over=True, terminate_cause=number, close_reason="", ordered=None)
    assert told
    assert told != causes.UNNAMED


@pytest.mark.parametrize(
    ("close_reason", "ordered", "told"),
    [
        ("", "used_up", "The plan was used up"),
        ("", "expired", "The plan ran out"),
        ("", "held_by_staff", "The user was put on hold"),
        ("", causes.DEVICE_PARTED, "The device was parted from the user"),
        ("lost", None, "Nothing was heard of it any more"),
        ("closed_by_staff", "", "Closed here by staff, the gateway did not answer"),
        ("", None, "No cause was given"),
    ],
)
def test_HN_A2_causes_of_our_own(close_reason: str, ordered: str | None, told: str) -> None:
    assert causes.cause_of(is_over=True, terminate_cause=None, close_reason=close_reason, ordered=ordered) == told


def test_HN_26_a_running_session_has_no_cause_and_our_order_comes_before_the_gateways_word(world: World) -> None:
    nas = world.nas()
    running = session(world, nas)
    ended = session(world, nas, stopped_at=NOON, terminate_cause=6)
    SessionOrder.objects.create(
        session=ended, operator_id=nas.operator_id, nas=nas, kind="disconnect", reason="expired", settled_at=NOON,
        outcome="acknowledged",
    )  # fmt: skip
    assert associations.causes_of([running, ended]) == {running.id: "", ended.id: "The plan ran out"}


@pytest.mark.parametrize(
    ("called", "mac", "network"),
    [
        ("AA-BB-CC-00-11-22:Guests", "AA-BB-CC-00-11-22", "Guests"),
        ("aa:bb:cc:00:11:22:My: net", "AA-BB-CC-00-11-22", "My: net"),
        ("aabb.cc00.1122:x", "AA-BB-CC-00-11-22", "x"),
        ("AABBCC001122", "AA-BB-CC-00-11-22", ""),
        ("hotspot1", "", ""),
        ("", "", ""),
    ],
)
def test_HN_30_the_radio_is_read_from_called_station_id(world: World, called: str, mac: str, network: str) -> None:
    assert stations.station_of(called) == (mac, network)
    row = session(world, world.nas(), called_station=called)
    assert associations.on_the_air(AccessSession.objects.filter(id=row.id)).exists() == bool(network)


# -- who had this address -------------------------------------------------------------------------------------------


def look_up(world: World, address: str, at: datetime | None = None, reason: str = "case 4711") -> list[int]:
    found = addresses.look_up(
        by=world.by, now=NOON, operator=world.operator, address=address, at=at, reason=reason
    )  # fmt: skip
    return [each.id for each in found]


def test_an_address_is_looked_up_exactly_at_a_moment(world: World) -> None:
    nas = world.nas()
    early = session(world, nas, NOON - 3 * DAY, framed_ip="10.5.50.23", stopped_at=NOON - 2 * DAY)
    late = session(world, nas, NOON - DAY, framed_ip="10.5.50.23")
    session(world, nas, NOON - DAY, framed_ip="10.5.50.230")
    assert look_up(world, "10.5.50.23") == [late.id, early.id]
    assert look_up(world, "::ffff:10.5.50.23", NOON - 2 * DAY - timedelta(hours=1)) == [early.id]
    assert look_up(world, "10.5.50.23", NOON - 2 * DAY + timedelta(hours=1)) == []
    assert look_up(world, "10.5.50.23", NOON) == [late.id]


def test_an_ipv6_address_is_found_in_the_prefix_that_was_given_out(world: World) -> None:
    nas = world.nas()
    delegated = session(world, nas, framed_ipv6=["2001:db8:12:3400::/56"])
    single = session(world, nas, framed_ipv6=["2001:db8::17"])
    assert look_up(world, "2001:db8:12:34ff::1") == [delegated.id]
    assert look_up(world, "2001:DB8:0:0::17") == [single.id]
    assert look_up(world, "2001:db8:12:3500::1") == []


MANY_SESSIONS = """
INSERT INTO access_session (uuid, operator_id, nas_id, acct_session_id, started_at, last_event_at, last_heard_at,
                            device, framed_ip)
SELECT gen_random_uuid(), operator_id, nas_id, n, started_at - n * interval '1 minute', last_event_at, last_heard_at,
       device, '10.6.0.0'::inet + n
  FROM access_session, generate_series(1, 20000) AS n WHERE id = %s
"""


def test_a_look_up_is_by_index_and_sees_ones_own_only(world: World) -> None:
    last = session(world, world.nas(), framed_ip="10.5.50.23")
    assert addresses.sessions_with(world.other_operator, "10.5.50.23", None).count() == 0
    with connection.cursor() as cursor:  # of few sessions any index finds one
        cursor.execute(MANY_SESSIONS, [last.id])
        cursor.execute("ANALYZE access_session; SET LOCAL enable_seqscan = off")
    own = AccessSession.objects.filter(operator=world.operator, started_at__lte=NOON)
    assert "access_session_of_ip" in addresses.with_ipv4(own, "10.5.50.23").explain()
    assert "access_session_of_ipv6" in addresses.with_ipv6("2001:db8::1").explain()


def test_a_look_up_needs_a_reason_and_leaves_one_behind_without_the_address(world: World) -> None:
    row = session(world, world.nas(), framed_ip="10.5.50.23")
    for reason in ("", "  x ", "y" * 301):
        with pytest.raises(DomainError):
            look_up(world, "10.5.50.23", reason=reason)
    with pytest.raises(DomainError):
        look_up(world, "10.5.50")
    assert not AuditEntry.objects.filter(verb="look_up_address").exists()
    look_up(world, "10.5.50.23")
    entry = AuditEntry.objects.get(verb="look_up_address")
    assert (entry.reason, entry.after["sessions"]) == ("case 4711", [row.id])
    assert "10.5.50" not in str(entry.after)


# -- retention ------------------------------------------------------------------------------------------------------


def choose(world: World, preset: str, days: int | None = None, operator: Any = None) -> None:
    retention.choose_retention(
        by=world.by, now=NOON, operator=operator or world.operator, preset=preset, own_days=days
    )  # fmt: skip


def test_presets_have_days_and_sources_and_none_is_chosen_by_itself(world: World) -> None:
    assert retention.retention_of(world.operator) is None
    assert {name: days_of(name, 5) for name in PRESETS} == {
        "none": 0, "week": 7, "fr": 365, "it": 365, "it_72": 2192, "de": 0, "gb": 0, "own": 5,
    }  # fmt: skip
    for preset, days in (("own", None), ("own", -1), ("own", 3661), ("xx", None)):
        with pytest.raises(DomainError):
            choose(world, preset, days)
    choose(world, "own", 30)
    assert AuditEntry.objects.get(verb="choose_retention").after == {"preset": "own", "days": 30}


def fill(world: World, nas: Any, at: datetime) -> None:
    with connection.cursor() as cursor:
        own = nas.operator_id
        cursor.execute("INSERT INTO usage VALUES (%s, 1, %s, NULL, 1, 1, 1)", [at, own])
        cursor.execute("INSERT INTO login_attempt (at, operator_id, outcome) VALUES (%s, %s, 'accepted')", [at, own])
        cursor.execute(
            "INSERT INTO packet_journal (at, operator_id, source, packet) VALUES (%s, %s, '192.0.2.1', 'x')", [at, own]
        )
    session(world, nas, at, stopped_at=at, framed_ip="10.1.1.1", called_station="AA-BB-CC-00-11-22:x")


def left(operator: Any) -> list[int]:
    logs = [model.objects.filter(operator_id=operator.id).count() for model in (Usage, LoginAttempt, PacketJournal)]
    named = AccessSession.objects.filter(operator=operator).exclude(device="", framed_ip=None, called_station="")
    return [*logs, named.count()]


@pytest.fixture
def alone(world: World) -> World:
    """Operators that other tests left behind have decided too."""
    from hotgate.apps.operators.models import Operator
    from hotgate.apps.usage.models import LogRetention

    for operator in Operator.objects.exclude(id=world.operator.id):
        LogRetention.objects.create(operator=operator, preset="none", days=0, decided_at=NOON)
    return world


def test_A26_who_had_an_address_before_it_changed(world: World) -> None:
    """IPv6 changes after an hour, both after two; the address before goes to somebody else."""
    nas = world.nas()
    first = session(world, nas, framed_ip="10.1.1.1", framed_ipv6=["2001:db8:1::/56"])
    second = session(world, nas, NOON + timedelta(hours=2), framed_ip="10.1.1.1")
    for hours, ip, prefix in ((1, "10.1.1.1", "2001:db8:2::/56"), (2, "10.1.1.2", "2001:db8:3::/56")):
        AccessSession.objects.filter(id=first.id).update(
            framed_ip=ip, framed_ipv6=[prefix], last_event_at=NOON + timedelta(hours=hours)
        )

    def who(address: str, minutes: int | None) -> list[int]:
        at = None if minutes is None else NOON + timedelta(minutes=minutes)
        return [each.id for each in sessions_with(world.operator, address, at)]

    assert who("10.1.1.1", 30) == who("10.1.1.1", 90) == [first.id]
    assert who("10.1.1.1", 150) == [second.id]
    assert who("10.1.1.1", None) == [second.id, first.id]
    assert who("10.1.1.2", 90) == []
    assert who("10.1.1.2", 150) == [first.id]
    assert [who(f"2001:db8:{n}::7", 30) for n in (1, 2, 3)] == [[first.id], [], []]
    assert [who(f"2001:db8:{n}::7", 90) for n in (1, 2, 3)] == [[], [first.id], []]
    assert [who(f"2001:db8:{n}::7", 150) for n in (1, 2, 3)] == [[], [], [first.id]]
    personal_data.forget_device(AccessSession.objects.filter(id=first.id))
    assert who("10.1.1.1", None) == [second.id]
    assert not first.addresses.exists()  # type: ignore[attr-defined]


@pytest.mark.parametrize("days", [8, 30])
def test_at_a_day_more_than_the_retention_nothing_is_left(alone: World, days: int) -> None:
    nas, at = alone.nas(), NOON - timedelta(hours=1)
    partitions.ensure(at.date())
    fill(alone, nas, at)
    choose(alone, "own", days)
    retention.forget_what_is_over(NOON + (days - 1) * DAY)
    assert left(alone.operator) == [1, 1, 1, 1]
    gone = retention.forget_what_is_over(NOON + (days + 1) * DAY)
    assert left(alone.operator) == [0, 0, 0, 0]
    assert gone.days >= 3
    kept = AccessSession.objects.get(operator=alone.operator)
    assert (kept.user_name, kept.mac, kept.framed_ip, kept.framed_ipv6, kept.nas_id) == ("", None, None, [], nas.id)


def test_without_a_log_addresses_go_with_the_end_of_the_session(alone: World) -> None:
    nas = alone.nas()
    over, running = session(alone, nas, NOON, stopped_at=NOON), session(alone, nas, NOON, framed_ip="10.1.1.1")
    choose(alone, "none")
    retention.forget_what_is_over(NOON + timedelta(minutes=1))
    over.refresh_from_db()
    running.refresh_from_db()
    assert (over.device, running.device) == ("", MAC)


def test_HN_W16_a_gateway_may_keep_no_log_where_the_others_do(alone: World) -> None:
    quiet, other = alone.nas(keeps_no_log=True), alone.nas("192.0.2.9")
    over, running = session(alone, quiet, NOON, stopped_at=NOON), session(alone, quiet, NOON, framed_ip="10.1.1.1")
    elsewhere = session(alone, other, NOON, stopped_at=NOON)
    assert retention.forget_what_is_over(NOON + timedelta(minutes=1)).sessions == 1
    for each in (over, running, elsewhere):
        each.refresh_from_db()
    assert (over.device, running.device, elsewhere.device) == ("", MAC, MAC)


def test_nothing_goes_while_nobody_has_decided(world: World) -> None:
    nas = world.nas()
    fill(world, nas, NOON)
    retention.forget_what_is_over(NOON + 4000 * DAY)
    assert left(world.operator) == [1, 1, 1, 1]


def test_each_operator_keeps_its_own_time(alone: World) -> None:
    from hotgate.apps.usage.models import LogRetention

    partitions.ensure(NOON.date())
    other = services_nas(alone)
    fill(alone, alone.nas(), NOON)
    fill(alone, other, NOON)
    choose(alone, "own", 10)
    LogRetention.objects.filter(operator=alone.other_operator).update(days=100)
    retention.forget_what_is_over(NOON + 20 * DAY)
    assert left(alone.operator) == [0, 0, 0, 0]
    assert left(alone.other_operator) == [1, 1, 1, 1]


def services_nas(world: World) -> Any:
    from hotgate.apps.network import services as network

    return network.add_nas(
        by=world.by, now=NOON, operator=world.other_operator, site=world.other_site, address="192.0.2.99",
        secret="a secret of more than 16",
    ).nas  # fmt: skip


def test_the_worker_may_forget_and_the_web_may_not(world: World) -> None:
    from django.db import ProgrammingError, transaction

    for role, may in (("hotgate_worker", True), ("hotgate_web", False)):
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {role}")
            try:
                with transaction.atomic():
                    cursor.execute("SELECT drop_day('usage', '2001-01-01')")
                told = True
            except ProgrammingError:
                told = False
            cursor.execute("RESET ROLE")
        assert told == may


def test_a_log_in_use_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    monkeypatch.setattr(retention, "WAIT_SECONDS", 0.0)
    tries = []

    def act() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("canceling statement due to lock timeout")
        return 7

    assert retention._patiently(act) == 7
    assert len(tries) == 3


# -- devices --------------------------------------------------------------------------------------------------------


def test_blocking_a_device_ends_what_it_has_open(world: World) -> None:
    nas = world.nas()
    running, other = session(world, nas), session(world, nas, device="02-00-00-00-00-99", mac="02-00-00-00-00-99")
    count = services.block_device(by=world.by, now=NOON, operator=world.operator, mac="0200.00aa.bb01")
    assert count == 1
    assert SessionOrder.objects.get().session_id == running.id != other.id
    assert blocking.is_blocked(world.operator, MAC)
    assert not blocking.is_blocked(world.other_operator, MAC)
    services.block_device(by=world.by, now=NOON, operator=world.operator, mac=MAC)
    assert AuditEntry.objects.filter(verb="block_device").count() == 1
    blocking.unblock(by=world.by, now=NOON, row=blocking.blocked(world.operator).get())
    assert not blocking.is_blocked(world.operator, MAC)
    with pytest.raises(DomainError):
        services.block_device(by=world.by, now=NOON, operator=world.operator, mac="nonsense")


def test_HN_28_the_log_says_that_a_device_was_parted(world: World) -> None:
    from hotgate.apps.subscribers import devices

    guest, nas = world.guest(), world.nas()
    devices.bind_device(by=world.by, now=NOON, subscriber=guest, mac=MAC)
    running = session(world, nas, subscriber=guest)
    personal_data.disassociate(by=world.by, now=NOON, subscriber=guest, mac=MAC)
    SessionOrder.objects.update(settled_at=NOON, outcome="acknowledged")
    AccessSession.objects.update(stopped_at=NOON, terminate_cause=6)
    running.refresh_from_db()
    assert associations.causes_of([running]) == {running.id: "The device was parted from the user"}


def test_closing_a_stuck_session_is_an_order_that_the_aaa_server_knows(world: World) -> None:
    row = session(world, world.nas())
    services.close_stuck(by=world.by, now=NOON, session=row)
    assert SessionOrder.objects.get().reason == causes.STUCK
    assert AuditEntry.objects.filter(verb="close_stuck_session").count() == 1


# -- gateways -------------------------------------------------------------------------------------------------------


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What would be put into the queue; sending is proved in tests/messaging."""
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(silence.messaging, "queue", lambda **given: told.append(given))
    return told


def test_owners_hear_once_of_each_silence(world: World, mailbox: list[dict[str, Any]]) -> None:
    nas = world.nas(silent_after_minutes=60)

    def look(at: datetime) -> int:
        return silence.tell_of_silence(now=at, operator=world.operator)

    assert look(NOON) == 0  # never heard: nothing fell silent
    type(nas).objects.filter(id=nas.id).update(last_seen_at=NOON)
    assert look(NOON + timedelta(minutes=59)) == 0
    assert look(NOON + timedelta(minutes=61)) == 1
    assert look(NOON + timedelta(minutes=66)) == 0
    type(nas).objects.filter(id=nas.id).update(last_seen_at=NOON + DAY)
    assert look(NOON + DAY + timedelta(minutes=61)) == 1
    assert [each["recipient"] for each in mailbox] == ["owner@example.com"] * 2
    assert nas.name in mailbox[0]["subject"]


def test_a_silence_without_a_mail_server_is_no_mistake(world: World) -> None:
    nas = world.nas(silent_after_minutes=60)
    type(nas).objects.filter(id=nas.id).update(last_seen_at=NOON)
    with scope.of(world.operator.id):
        assert silence.tell_of_silence(now=NOON + DAY, operator=world.operator) == 1


def states(nas: Any) -> dict[str, str]:
    return {each.label.split(" (")[0]: str(each.state) for each in gateway_tests.tests_of(nas, NOON + DAY)}


def test_the_self_test_has_nothing_to_go_by_at_first(world: World) -> None:
    told = states(world.nas())
    assert told.pop("Heard within a day") == "failed"
    assert set(told.values()) == {"unknown"}


def test_the_self_test_passes_a_gateway_that_does_all(world: World) -> None:
    nas = world.nas()
    type(nas).objects.filter(id=nas.id).update(last_seen_at=NOON + DAY, message_authenticator_seen_at=NOON)
    nas.refresh_from_db()
    row = session(world, nas, seconds=3600, octets_in=10**8, octets_out=5 * 10**9)
    with connection.cursor() as cursor:
        for minute in range(0, 60, 5):
            at = NOON + timedelta(minutes=minute)
            cursor.execute("INSERT INTO usage VALUES (%s, %s, %s, NULL, 1, 1, 1)", [at, row.id, nas.operator_id])
        cursor.execute(
            "INSERT INTO login_attempt (at, operator_id, nas_id, outcome) VALUES (%s, %s, %s, 'accepted')",
            [NOON + DAY, nas.operator_id, nas.id],
        )
    SessionOrder.objects.create(
        session=row, operator_id=nas.operator_id, nas=nas, kind="disconnect", settled_at=NOON, outcome="acknowledged"
    )
    assert set(states(nas).values()) == {"passed"}


def test_the_self_test_says_what_is_wrong(world: World) -> None:
    nas = world.nas(require_message_authenticator="no")
    type(nas).objects.filter(id=nas.id).update(last_seen_at=NOON)
    nas.refresh_from_db()
    row = session(world, nas, seconds=7200, octets_in=10**9, octets_out=10**6, flags=["counter_fell", "clock_jumped"])
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO login_attempt (at, operator_id, nas_id, outcome) VALUES (%s, %s, %s, 'dropped')",
            [NOON + DAY, nas.operator_id, nas.id],
        )
    SessionOrder.objects.create(
        session=row, operator_id=nas.operator_id, nas=nas, kind="disconnect", settled_at=NOON, outcome="unknown"
    )
    told = states(nas)
    assert told.pop("Reports its sessions") == "passed"
    assert set(told.values()) == {"failed"}
