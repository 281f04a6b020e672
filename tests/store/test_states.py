"""What the loading statements give for a batch of subscribers who have little in common."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from aaa.seeded import Connect, World
from hotgate.domain.subscriber import AccessState, CredentialKind, HoldKind
from hotgate.store import access, db
from hotgate.store.access import LOAD_ACCESS_STATES, LOAD_ACCOUNTS, LOCK_NAMED, StateRow
from hotgate.store.accounting import NAME_SUBSCRIBERS
from hotgate.store.db import ints, texts

EVENING = "2026-06-20T18:00:00+00:00"
BEFORE = "2026-06-20T17:59:59.5+00:00"  # as text it comes behind a later time


@pytest.fixture
def aaa(world: World, connect: Connect) -> psycopg.Connection[Any]:
    """A connection of the AAA server, with the plans that it has there."""
    connection = connect("aaa")
    connection.execute(db.PINNED_PLANS.encode())
    return connection


def slot(world: World, subscriber_id: int, device: str, taken_at: str) -> None:
    world.execute(
        "INSERT INTO slot (subscriber_id, device, operator_id, taken_at) VALUES (%s, %s, %s, %s)",
        *(subscriber_id, device, world.operator_id, taken_at),
    )


def hold(world: World, subscriber_id: int, kind: str, released_at: str | None = None) -> None:
    given = {"operator_id": world.operator_id, "subscriber_id": subscriber_id, "kind": kind}
    world.insert("hold", **given, released_at=released_at)


def states(rows: list[StateRow]) -> dict[int, AccessState]:
    return access.states_of(rows, lambda plan, _: plan, access.no_secrets)  # type: ignore[arg-type, return-value]


def crowd(world: World) -> list[int]:
    """anna: two slots, berta: a hold and a wallet, carla: a code, dora: two plans, emma: nothing; in this order."""
    ids = [world.subscriber(name) for name in ("anna", "berta", "carla", "dora", "emma")]
    anna, berta, carla, dora, _ = ids
    slot(world, anna, "later", EVENING)
    slot(world, anna, "first", BEFORE)
    hold(world, berta, "staff")
    hold(world, berta, "unpaid", released_at=EVENING)
    wallet = world.insert(
        "ledger_account", operator_id=world.operator_id, kind="wallet", currency="EUR", balance_minor=5
    )
    world.execute("UPDATE subscriber SET wallet_id = %s, site_id = NULL WHERE id = %s", wallet, berta)
    world.insert("credential", operator_id=world.operator_id, subscriber_id=carla, kind="code", name_key="code:00")
    for amount in (1, 2):
        world.entitlement(dora, world.plan(amount=amount), amount=amount)
    world.entitlement(dora, world.plan(amount=3), amount=3, live=False)
    world.execute("UPDATE site SET time_zone = 'Asia/Tokyo' WHERE id = %s", world.site_id)
    return ids


def test_each_of_a_mixed_batch_has_what_is_its_own(world: World, aaa: psycopg.Connection[Any]) -> None:
    ids = crowd(world)
    found = states(db.at_once(aaa, (LOAD_ACCOUNTS, (ints(ids),)))[0])
    assert [found[position].subscriber_id for position in range(1, 6)] == ids
    anna, berta, carla, dora, emma = (found[position] for position in range(1, 6))
    assert [each.device for each in anna.slots] == ["first", "later"]
    assert [each.kind for each in berta.holds] == [HoldKind.STAFF]
    assert berta.wallet is not None
    assert sorted(each.amount or 0 for each in dora.entitlements) == [1, 2]
    assert [str(each.zone) for each in (anna, berta)] == ["Asia/Tokyo", "Europe/Rome"]
    assert (anna.holds, berta.slots, carla.slots, emma.slots, emma.holds, emma.wallet) == ((), (), (), (), (), None)
    assert emma.entitlements == ()
    codes = {row.position: row.credential_kind for row in db.at_once(aaa, (LOAD_ACCOUNTS, (ints(ids),)))[0]}
    assert codes == {1: None, 2: None, 3: "code", 4: None, 5: None}


def test_the_same_is_found_by_name(world: World, aaa: psycopg.Connection[Any]) -> None:
    ids = crowd(world)
    named = ints([world.operator_id] * 6), texts(["anna", "berta", "nobody", "code:00", "dora", "emma"])
    by_name = states(db.at_once(aaa, (LOAD_ACCESS_STATES, named))[0])
    by_id = states(db.at_once(aaa, (LOAD_ACCOUNTS, (ints(ids),)))[0])
    assert by_name.keys() == {1, 2, 4, 5, 6}
    assert [by_name[position]._replace(credential=None) for position in (1, 2, 4, 5, 6)] == [
        by_id[position]._replace(credential=None) for position in range(1, 6)
    ]
    credential = by_name[4].credential
    assert credential is not None
    assert credential.kind is CredentialKind.CODE


def test_a_name_is_found_with_its_operator_only(world: World, aaa: psycopg.Connection[Any]) -> None:
    anna = world.subscriber("anna")
    strange = World(world.connection)
    other = strange.subscriber("anna")
    asked = ints([strange.operator_id, world.operator_id, 0]), texts(["anna", "anna", "anna"])
    assert db.at_once(aaa, (NAME_SUBSCRIBERS, asked))[0] == [(1, other), (2, anna)]
    assert db.at_once(aaa, (LOCK_NAMED, asked))[0] == [(anna,), (other,)], "in ascending order"


def test_slots_are_told_the_oldest_first() -> None:
    told = [[at, name, None, None, None, None, 0, None, None, None] for name, at in (("b", EVENING), ("a", BEFORE))]
    assert [each.device for each in access.slots_of(told)] == ["a", "b"]
    assert datetime.fromisoformat(BEFORE) < datetime.fromisoformat(EVENING) == datetime(2026, 6, 20, 18, tzinfo=UTC)
