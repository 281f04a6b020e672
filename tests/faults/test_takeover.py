"""G9: two AAA processes on one database and one address; one is killed under load, and the other has all of it."""

from __future__ import annotations

import os
import pathlib
import signal
import time

from faults import scale, truth
from faults.fleet import Driven, Options, longest_silence
from faults.installation import Installation, installed
from faults.ready import lay_down

GUESTS = 20
KILLS = scale.count(short=1, full=20)
ANSWER_SECONDS = 5.0 if scale.IS_SOAK else 20.0  # in CI other tests have the machine as well
BACK_SECONDS = 60.0  # the supervisor's longest wait, and a start


def test_G9_what_one_process_acknowledged_is_there_once_when_the_other_takes_over(folder: pathlib.Path) -> None:
    lay_down(folder)
    made = Installation(folder)
    made.variables["HOTGATE_AAA_PROCESSES"] = "2"
    with installed(made) as installation:
        world = installation.world()
        truth.register(world, GUESTS)
        fleet = Driven(Options(installation.accounting, str(folder / "acknowledged"), guests=GUESTS))
        try:
            fleet.first_after(time.monotonic(), 20)
            silences = [kill_one(installation, fleet) for _ in range(KILLS)]
            told = fleet.end()
        finally:
            fleet.kill()
        world.connection = installation.connect()
        truth.check(world, told)
    scale.note("G9", kills=KILLS, acknowledged=told["acknowledged"], silence_seconds=max(silences))
    assert max(silences) <= ANSWER_SECONDS


def kill_one(installation: Installation, fleet: Driven) -> float:
    time.sleep(2.0)
    os.kill(both(installation)[0], signal.SIGKILL)
    begins = time.monotonic()
    fleet.first_after(begins, 30)
    time.sleep(2.0)
    return round(longest_silence(fleet.acknowledgements(), begins, time.monotonic()), 2)


def both(installation: Installation) -> list[int]:
    """Their pids, once the one killed before is there again: each time the supervisor waits longer for that."""
    until = time.monotonic() + BACK_SECONDS
    while len(pids := installation.pids_of("hotgate.aaa")) < 2:
        assert time.monotonic() < until, "the one that was killed did not come back"
        time.sleep(0.1)
    return pids
