"""G17: all gateways of a town restart, and everybody logs in at once."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator

import pytest

from aaa.running import Nas
from faults import scale
from faults.parts import Parts
from faults.test_fuzz import memory_megabytes
from hotgate.radius import attributes as attr
from hotgate.radius.packet import Code, decode

LOGINS = scale.count(short=2_000, full=20_000)
STORM_SECONDS = LOGINS * 60 / 20_000
SERVED_SECONDS = STORM_SECONDS + 24.0  # five minutes are the goal
AGAIN_SECONDS = 2.0
GUESTS = 200
PER_SOCKET = 250


class Gateway(Nas):
    """Sends its logins as they become due, each again every two seconds until it is answered."""

    def __init__(self, parts: Parts, host: str, first: int, count: int, begins: float) -> None:
        super().__init__(parts, host)  # type: ignore[arg-type]
        self.socket.setblocking(False)
        gap = STORM_SECONDS / count
        self.waiting: dict[int, tuple[bytes, float, float]] = {}  # Identifier → (octets, due, first sent)
        self.latencies: list[float] = []
        for at in range(count):
            name, device = f"guest{(first + at) % GUESTS}", f"{first + at:012X}"
            octets = self.access_request(name, "secret-word", device)
            self.waiting[octets[1]] = (octets, begins + at * gap, begins + at * gap)

    def turn(self, now: float) -> None:
        for identifier, (octets, due, first) in self.waiting.items():
            if due <= now:
                self.socket.sendto(octets, self.server.address("auth"))
                self.waiting[identifier] = octets, now + AGAIN_SECONDS, first
        while True:
            try:
                reply = self.socket.recv(4096)
            except BlockingIOError:
                return
            octets, _, first = self.waiting.pop(reply[1], (b"", 0.0, 0.0))
            if octets:
                packet = decode(reply)
                assert packet.code == Code.ACCESS_ACCEPT, packet.first(attr.REPLY_MESSAGE)
                assert self.key.verify_reply(packet, octets[4:20])
                self.latencies.append(time.monotonic() - first)


@pytest.fixture
def gateways(parts: Parts, host: str) -> Iterator[list[Gateway]]:
    world = parts.world(host)
    plan_id = world.plan(payment="free", measure="none", profile_id=world.profile(devices_max=None))
    for number in range(GUESTS):
        world.entitlement(world.subscriber(f"guest{number}"), plan_id)
    time.sleep(1.5)
    begins = time.monotonic() + 1.0
    made = [Gateway(parts, host, first, PER_SOCKET, begins) for first in range(0, LOGINS, PER_SOCKET)]
    yield made
    for gateway in made:
        gateway.close()


def test_G17_everybody_is_let_in_and_memory_stays_bounded(parts: Parts, gateways: list[Gateway]) -> None:
    assert parts.aaa is not None
    before = memory_megabytes(parts.aaa.pid)
    ends_at = time.monotonic() + SERVED_SECONDS
    while any(gateway.waiting for gateway in gateways):
        assert time.monotonic() < ends_at
        select.select([gateway.socket for gateway in gateways], [], [], 0.02)
        for gateway in gateways:
            gateway.turn(time.monotonic())
    latencies = sorted(seconds for gateway in gateways for seconds in gateway.latencies)
    p99 = latencies[len(latencies) * 99 // 100]
    after = memory_megabytes(parts.aaa.pid)
    scale.note(
        "G17", logins=len(latencies), in_seconds=STORM_SECONDS, p99_ms=round(p99 * 1000), megabytes=[before, after]
    )
    assert len(latencies) == LOGINS
    assert after < 150
