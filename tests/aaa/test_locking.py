"""A login decides on what nobody else changes meanwhile, whoever comes in between."""

from __future__ import annotations

import time

from aaa.running import Nas, Running
from aaa.seeded import Connect, World
from aaa.test_faults import waiting
from hotgate.radius.packet import Code

LOCK = "SELECT FROM subscriber WHERE id = %s FOR NO KEY UPDATE"
SLOT = """
INSERT INTO slot (subscriber_id, device, operator_id, taken_at, expires_at)
VALUES (%s, '02-00-00-00-00-01', %s, now(), now() + interval '1 hour')
"""


def test_G6_who_appears_between_lock_and_reading_is_locked_before_a_decision(
    alone: tuple[Running, Nas], world: World, connect: Connect
) -> None:
    """As by somebody else's first login with a voucher: its user is there, and its place is not yet."""
    _, nas = alone
    anna_id, _ = world.guest("anna", amount=10**9)
    berta_id, _ = world.guest("berta", amount=10**9)
    holds_anna, holds_berta, elsewhere = connect("owner"), connect("owner"), connect("owner")
    holds_anna.execute(LOCK, [anna_id])
    holds_berta.execute(LOCK, [berta_id])
    send(nas, "anna")
    until_one_waits(world)
    send(nas, "berta")  # the next batch
    asked = send(nas, "late")
    time.sleep(0.2)
    holds_anna.rollback()
    time.sleep(0.5)
    until_one_waits(world)  # for berta, and nobody is called late
    late_id, _ = world.guest("late", amount=10**9, profile_id=world.profile(devices_max=1))
    elsewhere.execute(LOCK, [late_id])
    holds_berta.rollback()
    assert nas.receive(asked, 0.7) is None
    elsewhere.execute(SLOT, [late_id, world.operator_id])
    elsewhere.commit()
    reply = nas.receive(asked)
    assert reply is not None
    assert reply.code == Code.ACCESS_REJECT


def send(nas: Nas, name: str) -> bytes:
    octets = nas.access_request(name, "secret-word", "02-00-00-00-00-0A")
    nas.socket.sendto(octets, nas.server.address("auth"))
    return octets


def until_one_waits(world: World) -> None:
    until = time.monotonic() + 5
    while waiting(world) != 1:
        assert time.monotonic() < until
        time.sleep(0.02)
