"""G15: every request comes twice. It is done once, and both answers are the same octets."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from aaa.running import Nas
from aaa.seeded import World
from faults import scale
from faults.fleet import INTERIM, START, STOP
from faults.parts import Parts
from hotgate.radius.packet import decode

GUESTS = scale.count(short=150, full=5_000)
STEPS = ((START, 0), (INTERIM, 300), (STOP, 600))


@pytest.fixture
def place(parts: Parts, host: str) -> Iterator[tuple[World, Nas]]:
    world = parts.world(host)
    profile_id = world.profile(devices_max=3)
    plan_id = world.plan(amount=10**12, profile_id=profile_id)
    for number in range(GUESTS):
        world.entitlement(world.subscriber(f"guest{number}"), plan_id, amount=10**12)
    time.sleep(1.5)
    nas = Nas(parts, host)  # type: ignore[arg-type]
    yield world, nas
    nas.close()


def test_G15_each_request_twice_is_one_effect_and_two_equal_answers(place: tuple[World, Nas]) -> None:
    world, nas = place
    began = time.time() - 900
    cached = []
    for number in range(GUESTS):
        name, device = f"guest{number}", f"AA-BB-CC-00-{number // 256:02X}-{number % 256:02X}"
        password = "wrong" if number % 10 == 0 else "secret-word"
        cached.append(ask_twice(nas, "auth", nas.access_request(name, password, device)))
        if password == "wrong":
            continue
        for status, seconds in STEPS:
            told = {"seconds": seconds, "octets_in": seconds * 1000, "octets_out": 0, "at": began + seconds}
            record = nas.record(status, f"s{number}", name=name, device=device, **told)
            cached.append(ask_twice(nas, "acct", record))
    scale.note("G15", requests=len(cached), cached_ms_median=round(sorted(cached)[len(cached) // 2] * 1000, 2))
    served = GUESTS - len(range(0, GUESTS, 10))
    outcomes = "SELECT outcome, count(*)::int FROM login_attempt WHERE operator_id = %s GROUP BY 1"
    assert dict(world.rows(outcomes, world.operator_id)) == {"accepted": served, "refused": GUESTS - served}  # type: ignore[arg-type]
    sums = "SELECT count(*)::int, sum(octets_in)::bigint FROM access_session WHERE operator_id = %s"
    assert world.rows(sums, world.operator_id) == [(served, served * 600_000)]
    assert world.value("SELECT sum(used)::bigint FROM entitlement WHERE operator_id = %s", world.operator_id) == (
        served * 600_000
    )
    points = "SELECT count(*)::int FROM usage WHERE operator_id = %s"
    assert world.value(points, world.operator_id) == served * 2


def ask_twice(nas: Nas, role: str, octets: bytes) -> float:
    """Seconds until the second answer, which is the first again."""
    answers = []
    begins = 0.0
    for _ in range(2):
        begins = time.perf_counter()
        nas.socket.sendto(octets, nas.server.address(role))  # type: ignore[arg-type]
        nas.socket.settimeout(10)
        answers.append(nas.socket.recv(4096))
    assert answers[0] == answers[1]
    assert nas.key.verify_reply(decode(answers[0]), octets[4:20])
    return time.perf_counter() - begins


def test_G15_two_copies_at_once_are_answered_once_or_alike(place: tuple[World, Nas], parts: Parts) -> None:
    world, nas = place
    nas.socket.settimeout(0.5)
    for number in range(0, GUESTS, 3):
        octets = nas.access_request(
            f"guest{number}", "secret-word", f"02-BB-CC-00-{number // 256:02X}-{number % 256:02X}"
        )
        for _ in range(2):
            nas.socket.sendto(octets, parts.authentication)
    answers: dict[int, set[bytes]] = {}
    try:
        while True:
            octets = nas.socket.recv(4096)
            answers.setdefault(octets[1], set()).add(octets)
    except TimeoutError:
        pass
    asked = len(range(0, GUESTS, 3))
    if asked <= 256:
        assert [len(each) for each in answers.values()] == [1] * asked
    places = "SELECT count(*)::int FROM slot WHERE operator_id = %s AND device LIKE '02-BB%%'"
    assert world.value(places, world.operator_id) == asked
