"""G1: processes are killed under load; what was acknowledged is there, once, and answers come again soon.

The load runs in a process of its own and is the oracle: it knows what was acknowledged and nothing of the database.
"""

from __future__ import annotations

import itertools
import os
import pathlib
import signal
import time
from collections.abc import Callable

from faults import scale, truth
from faults.fleet import Driven, Options, longest_silence
from faults.installation import Installation

GUESTS = 40
KILLS = scale.count(short=6, full=54)
APART_SECONDS = 5.0
ANSWER_SECONDS = 5.0 if scale.IS_SOAK else 20.0  # in CI other tests have the machine as well


def test_G1_what_was_acknowledged_survives_every_kill_and_is_there_once(
    installation: Installation, folder: pathlib.Path
) -> None:
    world = installation.world()
    truth.register(world, GUESTS)
    fleet = Driven(Options(installation.accounting, str(folder / "acknowledged"), guests=GUESTS))
    try:
        fleet.first_after(time.monotonic(), 10)
        calm = pace(fleet)
        silences = [kill(name, installation, fleet) for name in itertools.islice(itertools.cycle(VICTIMS), KILLS)]
        told = fleet.end()
    finally:
        fleet.kill()
    world.connection = installation.connect()
    worst = {name: max(s for n, s in silences if n == name) for name, _ in silences}
    scale.note("G1", kills=KILLS, acknowledged=told["acknowledged"], per_second=calm, silence_seconds=worst)
    truth.check(world, told)
    assert max(seconds for _, seconds in silences) <= ANSWER_SECONDS, worst


def pace(fleet: Driven, seconds: float = 3.0) -> float:
    """Acknowledgements per second while nothing happens."""
    begins = time.monotonic()
    time.sleep(seconds)
    found = [at for at in fleet.acknowledgements() if at > begins]
    return round(len(found) / seconds)


def kill(name: str, installation: Installation, fleet: Driven) -> tuple[str, float]:
    """Kill one of them; how long nobody was answered: from its end, or from the new start, to the first answer."""
    begins = VICTIMS[name](installation)
    fleet.first_after(time.monotonic(), 60)
    time.sleep(APART_SECONDS)
    return name, round(longest_silence(fleet.acknowledgements(), begins, time.monotonic()), 2)


def kill_child(module: str) -> Callable[[Installation], float]:
    def strike(installation: Installation) -> float:
        os.kill(installation.pid_of(module), signal.SIGKILL)
        return time.monotonic()

    return strike


def kill_backend(installation: Installation) -> float:
    os.kill(installation.backend(), signal.SIGKILL)
    return time.monotonic()


def kill_postmaster(installation: Installation) -> float:
    os.kill(installation.postmaster(), signal.SIGKILL)
    return time.monotonic()


def kill_everything(installation: Installation) -> float:
    """The supervisor and all below it at once; somebody starts it again."""
    assert installation.up is not None
    for pid in [installation.up.pid, *installation.marked(), *installation.servers()]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    installation.up.wait()
    starts = installation.log.read_text().count("is running")
    begins = time.monotonic()
    installation.begin()
    installation.wait_until_running(starts + 1)
    return begins


VICTIMS: dict[str, Callable[[Installation], float]] = {
    "AAA process": kill_child("hotgate.aaa"),
    "the process that books": kill_child("hotgate.aaa.apart"),
    "worker": kill_child("hotgate.config.worker"),
    "PostgreSQL backend": kill_backend,
    "postmaster": kill_postmaster,
    "hotgate up": kill_everything,
}
