"""`hotgate up` as a person meets it: a real start, a second one, a crash of everything, Ctrl-C."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator

import psycopg
import pytest

from hotgate import database, environment
from hotgate.runtime import processes

HOTGATE = pathlib.Path(sys.executable).with_name("hotgate")
START_SECONDS = 180.0  # with other tests beside
END_SECONDS = 30.0


class Installation:
    def __init__(self, variables: dict[str, str]) -> None:
        self.variables = variables
        self.here = environment.load(variables, environment._read_text)
        self.log = self.here.state.parent / "up.log"

    def start(self, until: str = "is running") -> subprocess.Popen[bytes]:
        with self.log.open("wb") as log:
            running = subprocess.Popen([HOTGATE, "up"], env=self.variables, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while until not in self.log.read_text():
            assert running.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)
        return running

    def marked(self) -> list[int]:
        """Children of any start of this installation that still live."""
        mark = f"SUPERVISED_BY_HOTGATE={self.here.state}".encode()
        return [pid for pid in _all_pids() if mark in _environ(pid)]

    def servers(self) -> list[int]:
        return [pid for pid in _all_pids() if str(self.here.state / "data") in processes.command_line(pid)]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [HOTGATE, *words], env=self.variables, capture_output=True, text=True, check=False, timeout=60
        )

    def connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(**database.conninfo(environment.load(self.variables, _read), "owner"))


@pytest.fixture
def installation(variables: dict[str, str]) -> Iterator[Installation]:
    made = Installation(variables)
    yield made
    for pid in [*made.marked(), *made.servers()]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def end(running: subprocess.Popen[bytes], number: int = signal.SIGINT) -> int:
    running.send_signal(number)
    return running.wait(END_SECONDS)


def test_a_start_an_end_and_a_start_that_finds_its_data(installation: Installation) -> None:
    running = installation.start()
    with installation.connect() as connection:
        connection.execute("CREATE TABLE kept (n int)")
    page = urllib.request.urlopen(f"http://{installation.here.http}/accounts/login/", timeout=10)
    assert page.status == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert end(running) == 0
    assert installation.marked() == installation.servers() == []

    running = installation.start()
    with installation.connect() as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
        connection.execute("UPDATE installation SET key_fingerprint = 'another'")
    assert end(running, signal.SIGTERM) == 0

    refused = installation.run("up")
    assert refused.returncode == 2
    assert "set-up | this database was made with the key another, and this is the key" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_kill_of_everything_is_recovered_by_the_next_start(installation: Installation) -> None:
    running = installation.start()
    with installation.connect() as connection:
        connection.execute("CREATE TABLE kept (n int)")
    for pid in [running.pid, *installation.marked(), *installation.servers()]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    running.wait()

    running = installation.start()
    with installation.connect() as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    assert end(running) == 0


ENDLESS_SET_UP = """
    CREATE OR REPLACE FUNCTION ensure_partitions(parent text, first date, last date) RETURNS integer LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep(600); RETURN 0; END $$"""


def test_G1_the_next_start_answers_before_its_set_up_is_done(installation: Installation) -> None:
    """Migrations, static files and demo data are for people; gateways wait for answers."""
    running = installation.start()
    with installation.connect() as connection:
        connection.execute(ENDLESS_SET_UP)
    assert end(running) == 0

    running = installation.start("RADIUS on")
    assert "is running" not in installation.log.read_text()
    assert end(running) == 0


def test_a_killed_child_comes_back_and_a_killed_supervisor_takes_all_along(installation: Installation) -> None:
    running = installation.start()
    os.kill(min(installation.servers()), signal.SIGKILL)
    _until(lambda: "postgres ended (SIGKILL)" in installation.log.read_text())
    _until(lambda: installation.run("doctor").stdout.count("ok    database") == 1)

    running.kill()
    running.wait()
    _until(lambda: not installation.marked() and not installation.servers())


def test_a_second_start_and_a_taken_port_are_one_line(installation: Installation) -> None:
    running = installation.start()
    second = installation.run("up")
    assert (second.returncode, second.stdout) == (2, "")
    assert re.fullmatch(r"hotgate: Hotgate already runs on \S+ \(process \d+\)\n", second.stderr)

    elsewhere = installation.variables | {"HOTGATE_STATE": str(installation.here.state) + "2"}
    other = Installation(elsewhere).run("up")
    assert other.returncode == 2
    assert re.fullmatch(r"hotgate: HOTGATE_HTTP \S+: in use by another program: .*\n", other.stderr)
    assert end(running) == 0


def test_another_key_than_the_database_was_made_with_is_said_at_once(installation: Installation) -> None:
    assert end(installation.start()) == 0
    refused = Installation(installation.variables | {"HOTGATE_KEY": "22" * 32}).run("up")
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].startswith("hotgate: the database here was made with another key")
    assert len(refused.stderr.splitlines()) <= 3


def test_a_database_that_is_not_there_is_one_line(installation: Installation) -> None:
    installation.variables["HOTGATE_DATABASE_URL"] = "postgresql://u:hunter2@127.0.0.1:1/x"
    refused = installation.run("up")
    assert refused.returncode == 2
    assert refused.stderr.startswith("hotgate: HOTGATE_DATABASE_URL: ")
    assert refused.stderr.count("\n") == 1
    assert "hunter2" not in refused.stderr


def test_a_wrong_setting_is_one_line(installation: Installation) -> None:
    installation.variables["HOTGATE_HTTP"] = "nowhere"
    refused = installation.run("up")
    assert refused.returncode == 2
    assert refused.stderr == (
        "hotgate: HOTGATE_HTTP 'nowhere': expected address:port, such as 127.0.0.1:8000 or [::1]:8000\n"
    )


def _until(is_so: Callable[[], bool], seconds: float = END_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in pathlib.Path("/proc").iterdir() if entry.name.isdecimal()]


def _environ(pid: int) -> list[bytes]:
    try:
        return pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _read(path: str) -> str:
    return pathlib.Path(path).read_text()
