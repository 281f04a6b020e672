"""G11: the database restarts or stalls under load. NASes hear nothing, then everything goes on by itself."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import time
from collections.abc import Iterator

import pytest

from aaa.seeded import World
from faults import scale, truth
from faults.fleet import Driven, Options, longest_silence
from faults.parts import Parts

GUESTS = 20
RESTARTS = scale.count(short=4, full=50)
HEAL_SECONDS = 5.0 if scale.IS_SOAK else 15.0  # in CI other tests have the machine as well
STALLS = {"short": 4.0, **({"longer than a batch may take": 45.0} if scale.IS_SOAK else {})}


@contextlib.contextmanager
def under_load(parts: Parts, host: str, seed: int) -> Iterator[tuple[Driven, World]]:
    """A fleet that tells accounting; in the end all that it was told must be stored, once."""
    world = parts.world(host)
    truth.register(world, GUESTS)
    journal = parts.folder / f"acknowledged-{seed}"
    fleet = Driven(Options(parts.accounting, str(journal), guests=GUESTS, host=host, seed=seed))
    try:
        fleet.first_after(time.monotonic(), 20)
        yield fleet, world
        told = fleet.end()
    finally:
        fleet.kill()
    world.connection = parts.connect()
    truth.check(world, told)


def test_G11_restarts_of_the_database_lose_nothing_and_connections_heal(parts: Parts, host: str) -> None:
    healed = []
    with under_load(parts, host, seed=11) as (fleet, _):
        for number in range(RESTARTS):
            parts.stop_database(signal.SIGINT if number % 2 else signal.SIGQUIT)
            silent_from = time.monotonic()
            parts.start_database()
            ready_at = time.monotonic()
            assert [at for at in fleet.acknowledgements() if silent_from + 0.1 < at < ready_at - 1.0] == []
            healed.append(round(fleet.first_after(ready_at, 30), 2))
            time.sleep(1.0)
    scale.note("G11", restarts=RESTARTS, healed_seconds=max(healed))
    assert max(healed) <= HEAL_SECONDS


@pytest.mark.parametrize("seconds", STALLS.values(), ids=STALLS.keys())
def test_G11_a_stalled_database_means_silence_and_then_everything_goes_on(
    parts: Parts, host: str, seconds: float
) -> None:
    with under_load(parts, host, seed=12) as (fleet, _):
        stopped = parts.servers()
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        begins = time.monotonic()
        time.sleep(seconds)
        ends = time.monotonic()
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
        assert [at for at in fleet.acknowledgements() if begins + 0.2 < at < ends] == []
        healed = fleet.first_after(ends, 60)
        time.sleep(1.0)
        assert longest_silence(fleet.acknowledgements(), ends, time.monotonic()) <= HEAL_SECONDS
    scale.note("G11 stall", stalled_seconds=seconds, healed_seconds=round(healed, 2))
    assert healed <= HEAL_SECONDS


def test_the_log_names_the_trouble_once_and_no_traceback(parts: Parts, folder: pathlib.Path) -> None:
    """After all of the above."""
    text = parts.log.read_text()
    assert "the database does not answer, so NASes get no answer either" in text
    assert "the database answers: serving" in text
    assert "Traceback" not in text
    assert len(text.splitlines()) < 30 * (RESTARTS + 4)
