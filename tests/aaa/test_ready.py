"""Ordinary users and others in one batch: each is answered as if it had come alone, whatever stands ready."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from aaa.running import Nas, Running
from aaa.seeded import World
from hotgate.aaa import authorize
from hotgate.radius.packet import Code
from hotgate.store.access import LOAD_ACCESS_STATES

PASSWORD = "secret-word"


@pytest.fixture
def town(world: World) -> World:
    """anna and carla: a flat plan; berta: traffic that is counted; dora: a flat plan, on hold."""
    flat = world.plan(measure="none", profile_id=world.profile(devices_max=None))
    for name in ("anna", "carla", "dora"):
        world.entitlement(world.subscriber(name), flat)
    world.guest("berta", amount=10_000_000)
    world.execute(
        "INSERT INTO hold (uuid, operator_id, subscriber_id, kind)"
        " SELECT gen_random_uuid(), operator_id, id, 'staff' FROM subscriber WHERE name = 'dora' AND operator_id = %s",
        world.operator_id,
    )
    return world


@pytest.mark.parametrize("share", [1.0, 0.0], ids=["most are ready", "most are not"])
def test_each_is_answered_for_itself(aaa: Running, nas: Nas, town: World, share: float) -> None:
    for name, password, code in (
        ("anna", PASSWORD, Code.ACCESS_ACCEPT),
        ("anna", "wrong", Code.ACCESS_REJECT),
        ("berta", PASSWORD, Code.ACCESS_ACCEPT),
        ("dora", PASSWORD, Code.ACCESS_REJECT),
        ("nobody", PASSWORD, Code.ACCESS_REJECT),
        ("Carla", PASSWORD, Code.ACCESS_ACCEPT),
    ):
        aaa.server._authorizer._ready = share
        reply = nas.login(name, password, f"AA-BB-CC-00-00-{len(name):02}")
        assert reply is not None
        assert reply.code == code, name
    told = town.rows(
        "SELECT user_name, outcome FROM login_attempt WHERE operator_id = %s ORDER BY at", town.operator_id
    )
    assert [outcome for _, outcome in told] == ["accepted", "refused", "accepted", "refused", "refused", "accepted"]


@pytest.mark.parametrize(("share", "users_max"), [(1.0, None), (0.0, None), (1.0, 10)])
def test_each_row_has_the_position_of_its_name(aaa: Running, town: World, share: float, users_max: int | None) -> None:
    named = [(town.operator_id, name) for name in ("nobody", "carla", "berta", "nobody too", "dora", "anna")]
    case: Any = SimpleNamespace(
        arrived=SimpleNamespace(client=SimpleNamespace(row=SimpleNamespace(users_max=users_max)))
    )

    async def asked() -> tuple[list[Any], list[Any]]:
        connection = await aaa.server._link().connection()
        aaa.server._authorizer._ready = share
        _, found = await aaa.server._authorizer._rows(connection, [case], named)
        return found, await LOAD_ACCESS_STATES.afetch(connection, *authorize._columns(named))

    found, all_told = aaa.do(asked())
    placed = sorted((row.position, row.subscriber_id, row.entitlement_id) for row in found)
    assert placed == sorted((row.position, row.subscriber_id, row.entitlement_id) for row in all_told)
    assert [position for position, *_ in placed] == [2, 3, 5, 6]


def test_where_most_are_ready_again_that_is_noticed(aaa: Running, nas: Nas, town: World) -> None:
    aaa.server._authorizer._ready = authorize.READY_ABOVE - authorize.READY_AGAIN / 2
    assert nas.login("anna", PASSWORD) is not None
    assert aaa.server._authorizer._ready > authorize.READY_ABOVE
