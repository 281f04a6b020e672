"""G9, G11: the database restarts, stalls or is replaced, or the line to it is bad. Silence, then everything goes on."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from aaa.seeded import World
from faults import scale, truth
from faults.fleet import Driven, Options, longest_silence
from faults.installation import free_port
from faults.parts import Parts
from faults.slow_network import Line, Proxy
from faults.standby import Standby
from hotgate import database

GUESTS = 20
RESTARTS = scale.count(short=4, full=50)
HEAL_SECONDS = 5.0 if scale.IS_SOAK else 15.0  # in CI other tests have the machine as well
STALLS = {"short": 4.0, **({"longer than a batch may take": 45.0} if scale.IS_SOAK else {})}


TAKEN_OVER_SECONDS = 30.0
PROCESSES = 2 if scale.IS_SOAK else 1
BEFORE_UPGRADE = ("usage", "0006")  # since then nothing was added that the AAA server reads: it plays the older version
GAP_SECONDS = 2.0 if scale.IS_SOAK else 10.0  # in CI other tests have the machine as well
LINE_ROUNDS = scale.count(short=2, full=40)
LINE_STALLS = [1.0, 2.0, *([45.0] if scale.IS_SOAK else [])]  # the last one is longer than a statement may take


@contextlib.contextmanager
def under_load(
    parts: Parts,
    host: str,
    seed: int,
    accounting: tuple[str, int] | None = None,
    connect: Callable[[], psycopg.Connection[Any]] | None = None,
) -> Iterator[tuple[Driven, World]]:
    """A fleet that tells accounting; in the end all that it was told must be stored, once."""
    world = parts.world(host)
    truth.register(world, GUESTS)
    journal = parts.folder / f"acknowledged-{seed}"
    fleet = Driven(Options(accounting or parts.accounting, str(journal), guests=GUESTS, host=host, seed=seed))
    try:
        fleet.first_after(time.monotonic(), 20)
        yield fleet, world
        told = fleet.end()
    finally:
        fleet.kill()
    world.connection = (connect or parts.connect)()
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


@pytest.fixture
def line(parts: Parts) -> Iterator[Proxy]:
    """A bad line to the database; who uses it has no other."""
    proxy = Proxy(parts.here.state / "sock" / f".s.PGSQL.{database.EMBEDDED_PORT}", Line(), seed=9)
    yield proxy
    proxy.close()


def test_a_slow_line_to_the_database_that_stalls_and_breaks_loses_nothing(parts: Parts, line: Proxy, host: str) -> None:
    accounting = parts.start_aaa_beside(parts.database_url(f"127.0.0.1:{line.port}"))
    with under_load(parts, host, seed=9, accounting=accounting) as (fleet, _):
        healed = [trouble(line, fleet, LINE_STALLS[each % len(LINE_STALLS)]) for each in range(LINE_ROUNDS)]
        acknowledged = len(fleet.acknowledgements())
    parts.end_aaa_beside()
    assert line.passed_octets > 1_000_000
    scale.note("slow line", rounds=LINE_ROUNDS, acknowledged=acknowledged, healed_seconds=round(max(healed), 2))
    assert max(healed) <= HEAL_SECONDS


def trouble(line: Proxy, fleet: Driven, seconds: float) -> float:
    """It holds everything back, then it is cut: seconds until answers came again, the longer of both."""
    line.stall()
    begins = time.monotonic()
    time.sleep(seconds)
    assert [at for at in fleet.acknowledgements() if begins + 0.3 < at < begins + seconds] == []
    line.go_on()
    goes_on = time.monotonic()
    after_stall = fleet.first_after(goes_on, 60)
    time.sleep(1.0)
    line.cut()
    cut_at = time.monotonic()
    after_cut = fleet.first_after(cut_at, 60)
    time.sleep(1.0)
    assert longest_silence(fleet.acknowledgements(), goes_on, time.monotonic()) <= HEAL_SECONDS
    return max(after_stall, after_cut)


@pytest.mark.parametrize("number", range(scale.count(short=1, full=10)))
def test_G23_migrations_and_a_rolling_restart_under_load_lose_nothing(parts: Parts, host: str, number: int) -> None:
    parts.downgrade(*BEFORE_UPGRADE)
    here = ("127.0.0.1", free_port(socket.SOCK_DGRAM))
    old = [parts.start_aaa_sharing(here) for _ in range(PROCESSES)]
    with under_load(parts, host, 23, here) as (fleet, _):
        begins = time.monotonic()
        parts.upgrade()
        change_tables(parts, number)
        for process in old:
            process.send_signal(signal.SIGHUP)
        for process in old:
            replace_one(parts, here, process)
        silence = longest_silence(fleet.acknowledgements(), begins, time.monotonic())
        acknowledged = len(fleet.acknowledgements())
    parts.end_aaa_beside()
    assert "Traceback" not in (parts.folder / "beside.log").read_text()
    scale.note("G23", processes=PROCESSES, acknowledged=acknowledged, silence_seconds=round(silence, 2))
    assert silence <= GAP_SECONDS


def change_tables(parts: Parts, number: int) -> None:
    """What a later version may add to tables that every record passes through: a column, and an index on it."""
    with parts.connect() as connection:
        for table in ("access_session", "subscriber", "entitlement", "session_allocation", "transfer", "nas"):
            with connection.transaction():
                connection.execute(f"ALTER TABLE {table} ADD COLUMN later_{number} integer NOT NULL DEFAULT 0")
                connection.execute(f"CREATE INDEX ON {table} (later_{number}) WHERE later_{number} > 0")


def replace_one(parts: Parts, here: tuple[str, int], old: subprocess.Popen[bytes]) -> None:
    """The new one listens before the old one is told to end, which answers what it has."""
    parts.start_aaa_sharing(here)
    old.send_signal(signal.SIGTERM)
    assert old.wait(20) == 0
    time.sleep(0.5)


@pytest.fixture
def standby(parts: Parts) -> Iterator[Standby]:
    made = Standby(parts)
    yield made
    made.close()


@pytest.mark.parametrize("_time", range(scale.count(short=1, full=20)))
def test_G9_a_standby_that_takes_over_has_all_that_was_acknowledged(
    parts: Parts, standby: Standby, host: str, _time: int
) -> None:
    accounting = parts.start_aaa_beside(parts.database_url(**standby.both()))
    with under_load(parts, host, 10, accounting, connect=standby.connect) as (fleet, _):
        time.sleep(1.0)
        standby.send(signal.SIGSTOP)  # what is committed now is on the first server only, so nobody may be answered
        lags_from = time.monotonic()
        time.sleep(1.0)
        for pid in parts.servers():
            os.kill(pid, signal.SIGKILL)
        standby.send(signal.SIGCONT)
        time.sleep(0.5)
        promoting_at = time.monotonic()
        standby.promote()
        promoted_at = time.monotonic()
        assert [at for at in fleet.acknowledgements() if lags_from + 0.3 < at < promoting_at] == []
        back = round(fleet.first_after(promoted_at, 60), 2)
        time.sleep(1.0)
        acknowledged = len(fleet.acknowledgements())
    parts.end_aaa_beside()
    scale.note("G9 standby", acknowledged=acknowledged, back_seconds=back)
    assert back <= TAKEN_OVER_SECONDS


def test_the_log_names_the_trouble_once_and_no_traceback(parts: Parts, folder: pathlib.Path) -> None:
    """After all of the above."""
    text = parts.log.read_text()
    assert "the database does not answer, so NASes get no answer either" in text
    assert "the database answers: serving" in text
    assert "Traceback" not in text
    assert len(text.splitlines()) < 30 * (RESTARTS + 4)
