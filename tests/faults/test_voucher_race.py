"""G6: one code, typed into 200 devices at once. Exactly one gets in, and everybody is answered."""

from __future__ import annotations

import select
import time
from collections import Counter
from collections.abc import Iterator

import pytest

from aaa.running import Nas
from aaa.seeded import World, code_of
from faults import scale
from faults.parts import Parts
from hotgate.radius.packet import Code, decode

ROUNDS = scale.count(short=5, full=1_000)
DEVICES = 200
ANSWER_SECONDS = 20.0
AGAIN_SECONDS = 2.0


@pytest.fixture
def place(parts: Parts, host: str) -> Iterator[tuple[World, Nas, int]]:
    world = parts.world(host)
    plan_id = world.plan(measure="time", amount=3600, profile_id=world.profile(devices_max=1))
    time.sleep(1.5)
    nas = Nas(parts, host)  # type: ignore[arg-type]
    yield world, nas, plan_id
    nas.close()


def test_G6_of_200_devices_with_one_code_exactly_one_gets_in(place: tuple[World, Nas, int]) -> None:
    world, nas, plan_id = place
    slowest = 0.0
    for number in range(ROUNDS):
        code = f"WINNER{number:06d}"
        code_of(world, code, plan_id)
        answers, seconds = type_everywhere(nas, code)
        slowest = max(slowest, seconds)
        assert answers == {Code.ACCESS_ACCEPT: 1, Code.ACCESS_REJECT: DEVICES - 1}
    for made in ("subscriber", "entitlement", "slot"):
        assert world.value(f"SELECT count(*)::int FROM {made} WHERE operator_id = %s", world.operator_id) == ROUNDS
    scale.note("G6", rounds=ROUNDS, devices=DEVICES, slowest_round_seconds=round(slowest, 2))


def type_everywhere(nas: Nas, code: str) -> tuple[dict[int, int], float]:
    """All at once; each asks again until it has its answer."""
    asked = {}
    for number in range(DEVICES):
        octets = nas.access_request(code, code, f"02-00-00-00-00-{number:02X}")
        asked[octets[1]] = octets
    begins = time.monotonic()
    codes: Counter[int] = Counter()
    sent_at = 0.0
    while asked:
        now = time.monotonic()
        assert now - begins < ANSWER_SECONDS, f"{len(asked)} without an answer"
        if now - sent_at > AGAIN_SECONDS:
            sent_at = now
            for octets in asked.values():
                nas.socket.sendto(octets, nas.server.address("auth"))
        if select.select([nas.socket], [], [], 0.1)[0]:
            packet = decode(nas.socket.recv(4096))
            if asked.pop(packet.identifier, None) is not None:
                codes[packet.code] += 1
    return dict(codes), time.monotonic() - begins
