"""What stands ready for a login is what the tables say, whatever happens to them, and is there for ordinary users."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from importlib import import_module
from itertools import permutations
from typing import Any, NamedTuple

import psycopg
import pytest

from aaa.seeded import Connect, World
from hotgate.domain.access import AccessRequest, Decision, NasTraits, decide_access
from hotgate.domain.subscriber import AccessState
from hotgate.store import access, db
from hotgate.store.access import LOAD_ACCESS_STATES, StateRow
from hotgate.store.db import ints, texts
from hotgate.store.ready import LOAD_READY_LOGINS
from hotgate.store.terms import LOAD_PLANS, Terms
from store.test_quiet import TERMS

NOW = datetime(2026, 6, 20, 10, 0, tzinfo=UTC)


class Known(NamedTuple):
    """One guest with a flat plan."""

    world: World
    subscriber_id: int
    plan_id: int
    profile_id: int
    entitlement_id: int

    @property
    def names(self) -> dict[str, int]:
        world = self.world
        return {
            **self._asdict(),
            "operator_id": world.operator_id,
            "site_id": world.site_id,
            "realm_id": world.realm_id,
        }


class Change(NamedTuple):
    sql: str
    is_ready: bool


OF_ENTITLEMENT = "UPDATE entitlement SET {0} WHERE id = {{entitlement_id}}".format
HELD = """
    INSERT INTO hold (uuid, operator_id, subscriber_id, kind)
    VALUES (gen_random_uuid(), {operator_id}, {subscriber_id}, 'staff')"""
ANOTHER = """
    INSERT INTO entitlement (uuid, operator_id, subscriber_id, plan_id, starts_at, created_at, validity_kind)
    SELECT gen_random_uuid(), operator_id, subscriber_id, plan_id, starts_at, created_at, validity_kind
      FROM entitlement WHERE id = {entitlement_id}"""
OF_CREDENTIAL = "UPDATE credential SET {0} WHERE subscriber_id = {{subscriber_id}}".format
OWN = "(SELECT id FROM credential WHERE subscriber_id = {subscriber_id})"
NO_SECRET = f"DELETE FROM credential_secret WHERE credential_id IN {OWN}"
CHANGES = {
    "as ever": Change("SELECT 1", True),
    "first used": Change(OF_ENTITLEMENT("first_used_at = now()"), True),
    "first used, a day from then": Change(
        OF_ENTITLEMENT("validity_kind = 'from_first_use', validity_amount = 1")
        + "; "
        + OF_ENTITLEMENT("first_used_at = '2026-06-20 09:00Z'"),
        True,
    ),
    "first used, with cycles": Change(
        OF_ENTITLEMENT("cycle_anchor = '2026-06-01Z'") + "; " + OF_ENTITLEMENT("first_used_at = '2026-06-01Z'"), True
    ),
    "paid until tonight": Change(OF_ENTITLEMENT("valid_until = '2026-06-20 20:00Z'"), True),
    "run out": Change(OF_ENTITLEMENT("valid_until = '2026-06-20 09:00Z'"), True),
    "ended by staff": Change(OF_ENTITLEMENT("ended_at = '2026-06-20 09:00Z'"), True),
    "not begun": Change(OF_ENTITLEMENT("starts_at = '2026-06-21Z'"), True),
    "used, which nobody counts": Change(OF_ENTITLEMENT("used = 7, cycle_started_at = now()"), True),
    "an amount": Change(OF_ENTITLEMENT("amount = 5"), False),
    "long over": Change(OF_ENTITLEMENT("live = false"), False),
    "taken away": Change("DELETE FROM entitlement WHERE id = {entitlement_id}", False),
    "two that could pay": Change(ANOTHER, False),
    "two, and one of them over": Change(ANOTHER + "; " + OF_ENTITLEMENT("live = false"), True),
    "on hold": Change(HELD, False),
    "on hold, and released": Change(
        HELD + "; UPDATE hold SET released_at = now() WHERE subscriber_id = {subscriber_id}", True
    ),
    "a hold struck out": Change(HELD + "; DELETE FROM hold WHERE subscriber_id = {subscriber_id}", True),
    "another password": Change(f"UPDATE credential_secret SET pap_digest = 'other' WHERE credential_id IN {OWN}", True),
    "no password": Change(NO_SECRET, True),
    "a name switched off": Change(OF_CREDENTIAL("enabled = false"), False),
    "another name": Change(OF_CREDENTIAL("name_key = 'berta'"), False),
    "no name": Change(NO_SECRET + "; DELETE FROM credential WHERE subscriber_id = {subscriber_id}", False),
    "another site": Change("UPDATE subscriber SET site_id = NULL WHERE id = {subscriber_id}", True),
    "its site's clock": Change("UPDATE site SET time_zone = 'Asia/Tokyo' WHERE id = {site_id}", True),
    "a realm for one site": Change(
        "INSERT INTO realm_site (operator_id, realm_id, site_id) VALUES ({operator_id}, {realm_id}, {site_id})", True
    ),
    "another speed": Change("UPDATE service_profile SET download_bps = 5, revision = 2 WHERE id = {profile_id}", True),
    "a plan for one device now": Change(
        "UPDATE service_profile SET devices_max = 1, revision = 2 WHERE id = {profile_id}; INSERT INTO slot"
        " (subscriber_id, device, operator_id, taken_at) VALUES ({subscriber_id}, 'x', {operator_id}, now())",
        True,
    ),
    "a wallet": Change(
        "UPDATE subscriber SET wallet_id = (SELECT min(id) FROM ledger_account) WHERE id = {subscriber_id}", True
    ),
}


@pytest.fixture
def known(world: World) -> Known:
    profile_id = world.profile(devices_max=None)
    plan_id = world.plan(profile_id=profile_id, measure="none")
    subscriber_id = world.subscriber("anna", chap=True)
    return Known(world, subscriber_id, plan_id, profile_id, world.entitlement(subscriber_id, plan_id))


@pytest.fixture
def aaa(connect: Connect) -> psycopg.Connection[Any]:
    connection = connect("aaa")
    connection.autocommit = True
    connection.execute(db.PINNED_PLANS.encode())
    return connection


def change(known: Known, sql: str) -> None:
    for statement in sql.split(";"):
        known.world.execute(statement.format(**known.names))


def found(aaa: psycopg.Connection[Any], known: Known, statement: db.Statement[StateRow]) -> AccessState | None:
    """Whom the statement finds by anna's name, sealed password and all."""
    rows = db.at_once(aaa, (statement, (ints([known.world.operator_id]), texts(["anna"]))))[0]
    terms = Terms()
    terms.add(db.at_once(aaa, (LOAD_PLANS, (ints(terms.missing(rows)),)))[0], rows)
    return access.states_of(rows, terms, lambda row: row.sealed).get(1)


def decided(state: AccessState | None, now: datetime) -> Decision:
    answer, after = decide_access(state, AccessRequest("anna", None, "x", NasTraits(1)), now)
    taken = None if after is None or state is None else set(after.slots) - set(state.slots)
    return Decision(answer, None if after is None else after._replace(slots=tuple(taken or ()), wallet=None))


def assert_same(aaa: psycopg.Connection[Any], known: Known, *, is_ready: bool) -> None:
    ready, told = (found(aaa, known, statement) for statement in (LOAD_READY_LOGINS, LOAD_ACCESS_STATES))
    assert (ready is not None) == is_ready
    if ready is None:
        return
    assert told is not None
    assert ready.credential == told.credential
    for hours in (-2, 0, 2, 20, 2_000):
        at = NOW + timedelta(hours=hours)
        first_use = ready.entitlements[0]._replace(first_used_at=None)
        assert first_use == told.entitlements[0]._replace(first_used_at=None, used=0, cycle_started_at=None)
        ours, theirs = decided(ready, at), decided(told, at)
        assert ours.answer == theirs.answer


@pytest.mark.parametrize("why", CHANGES)
def test_it_is_what_the_tables_say(aaa: psycopg.Connection[Any], known: Known, why: str) -> None:
    change(known, CHANGES[why].sql)
    assert_same(aaa, known, is_ready=CHANGES[why].is_ready)


@pytest.mark.parametrize("why", TERMS)
def test_a_plan_by_which_anything_counts_is_never_ready(aaa: psycopg.Connection[Any], known: Known, why: str) -> None:
    plan_id = known.world.plan(profile_id=known.profile_id, **({"measure": "none"} | TERMS[why]))
    known.world.execute("UPDATE entitlement SET plan_id = %s WHERE id = %s", plan_id, known.entitlement_id)
    assert_same(aaa, known, is_ready=False)


BACK_AND_FORTH = {
    "held": HELD,
    "released": "UPDATE hold SET released_at = now() WHERE subscriber_id = {subscriber_id}",
    "switched off": OF_CREDENTIAL("enabled = false"),
    "switched on": OF_CREDENTIAL("enabled = true"),
    "over": OF_ENTITLEMENT("live = false"),
    "live": OF_ENTITLEMENT("live = true"),
}


@pytest.mark.parametrize("order", list(permutations(["held", "switched off", "over"])), ids="-".join)
def test_it_is_ready_again_when_the_last_obstacle_is_gone(
    aaa: psycopg.Connection[Any], known: Known, order: tuple[str, ...]
) -> None:
    for each in order:
        change(known, BACK_AND_FORTH[each])
        assert_same(aaa, known, is_ready=False)
    *most, last = [{"held": "released", "switched off": "switched on", "over": "live"}[each] for each in order]
    for each in most:
        change(known, BACK_AND_FORTH[each])
        assert_same(aaa, known, is_ready=False)
    change(known, BACK_AND_FORTH[last])
    assert_same(aaa, known, is_ready=True)


def test_the_credential_of_a_subscriber_who_gets_it_from_another_is_that_ones(
    aaa: psycopg.Connection[Any], known: Known
) -> None:
    other = known.world.subscriber("carla")
    known.world.execute(
        "DELETE FROM credential_secret WHERE credential_id IN (SELECT id FROM credential WHERE subscriber_id = %s)",
        other,
    )
    known.world.execute("DELETE FROM credential WHERE subscriber_id = %s", other)
    known.world.execute("UPDATE credential SET subscriber_id = %s WHERE subscriber_id = %s", other, known.subscriber_id)
    assert_same(aaa, known, is_ready=False)
    known.world.entitlement(other, known.plan_id)
    ready = found(aaa, known, LOAD_READY_LOGINS)
    assert ready is not None
    assert ready.subscriber_id == other


def test_two_at_the_same_moment_leave_what_both_did(
    connect: Connect, aaa: psycopg.Connection[Any], known: Known
) -> None:
    """One releases the last hold while another places one: whoever is first, the user is held."""
    for _ in range(20):
        change(known, HELD)
        releasing, holding = connect("owner"), connect("owner")
        with ThreadPoolExecutor(2) as pool:
            released = pool.submit(_in_a_transaction, releasing, BACK_AND_FORTH["released"].format(**known.names))
            held = pool.submit(_in_a_transaction, holding, HELD.replace("'staff'", "'unpaid'").format(**known.names))
            released.result(), held.result()
        is_held = known.world.value(
            "SELECT count(*) FROM hold WHERE subscriber_id = %s AND released_at IS NULL", known.subscriber_id
        )
        assert_same(aaa, known, is_ready=not is_held)
        change(known, BACK_AND_FORTH["released"])
        assert_same(aaa, known, is_ready=True)


def _in_a_transaction(connection: psycopg.Connection[Any], sql: str) -> None:
    with connection.transaction():
        connection.execute(sql.encode())
        connection.execute("SELECT pg_sleep(0.01)")


@pytest.mark.parametrize("role", ["web", "worker"])
def test_no_other_role_reads_the_secrets_in_it(connect: Connect, role: str) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connect(role).execute("SELECT pap_digest FROM ready_login")


ANEW = {
    "at any time": "SELECT keep_ready_logins(ARRAY(SELECT id FROM subscriber))",
    "by the migration": import_module("hotgate.apps.subscribers.migrations.0013_ready_logins").THOSE_READY,
}


@pytest.mark.parametrize("way", ANEW)
def test_all_that_stands_ready_can_be_made_anew(known: Known, way: str) -> None:
    change(known, CHANGES["paid until tonight"].sql)
    listed = "SELECT * FROM ready_login ORDER BY credential_id"
    before = known.world.rows(listed)
    assert before
    known.world.execute("TRUNCATE ready_login")
    known.world.execute(ANEW[way])
    assert known.world.rows(listed) == before
