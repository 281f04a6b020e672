"""The process as a supervisor sees it: signals, and how fast it goes."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from aaa.running import KEY, SECRET, counted, number
from aaa.seeded import Connect, World
from aaa.test_backlog import waiting_rows
from hotgate.radius import attributes as attr
from hotgate.radius.packet import Code, attribute, decode, text

SECONDS_TO_GO = 5.0


class Process:
    """`python -m hotgate.aaa` on ports of its own."""

    def __init__(self, host: str, **settings: str) -> None:
        self.auth, self.acct, self.http = (_free_port() for _ in range(3))
        environ = os.environ | {
            "HOTGATE_RADIUS_AUTH": f"127.0.0.1:{self.auth}",
            "HOTGATE_RADIUS_ACCT": f"127.0.0.1:{self.acct}",
            "HOTGATE_AAA_HTTP": f"127.0.0.1:{self.http}",
            **settings,
        }
        words = [sys.executable, "-m", "hotgate.aaa"]
        self.running = subprocess.Popen(words, env=environ, stderr=subprocess.PIPE, text=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.settimeout(0.3)

    def start_of(self, session: int) -> bytes:
        attributes = number(attr.ACCT_STATUS_TYPE, 1) + attribute(attr.ACCT_SESSION_ID, text(f"p{session}"))
        return KEY.sign_request(Code.ACCOUNTING_REQUEST, session, attributes + counted(seconds=0))

    def is_answered(self, seconds: float) -> bool:
        ends_at = time.monotonic() + seconds
        while time.monotonic() < ends_at:
            with contextlib.suppress(OSError):
                self.socket.sendto(self.start_of(255), ("127.0.0.1", self.acct))
                if decode(self.socket.recv(4096)).code == Code.ACCOUNTING_RESPONSE:
                    return True
        return False

    def close(self) -> None:
        self.running.kill()
        self.running.wait()
        assert self.running.stderr is not None
        self.running.stderr.close()
        self.socket.close()


@pytest.fixture
def process(world: World, host: str) -> Iterator[Process]:
    world.nas(host, SECRET)
    made = Process(host)
    assert made.is_answered(15)
    yield made
    made.close()


def lines_of(process: Process) -> Iterator[str]:
    """What it logs, for ten seconds at most."""
    watchdog = threading.Timer(10, process.running.kill)
    watchdog.start()
    assert process.running.stderr is not None
    try:
        yield from process.running.stderr
    finally:
        watchdog.cancel()


def answers(process: Process) -> set[int]:
    found = set()
    with contextlib.suppress(OSError):
        while True:
            found.add(decode(process.socket.recv(4096)).identifier)
    return found


def test_sigterm_answers_what_was_read_and_ends_soon(process: Process, world: World) -> None:
    for session in range(200):
        process.socket.sendto(process.start_of(session), ("127.0.0.1", process.acct))
    time.sleep(0.05)
    process.running.send_signal(signal.SIGTERM)
    answered = answers(process)
    assert process.running.wait(SECONDS_TO_GO) == 0
    rows = world.rows("SELECT acct_session_id FROM access_session WHERE operator_id = %s", world.operator_id)
    assert {f"p{session}" for session in answered} <= {session for (session,) in rows}
    assert len(answered) > 0


def test_sigterm_ends_soon_though_the_database_is_stuck(process: Process, connect: Connect) -> None:
    other = connect("owner")
    other.execute("LOCK TABLE nas IN ACCESS EXCLUSIVE MODE")
    process.socket.sendto(process.start_of(1), ("127.0.0.1", process.acct))
    time.sleep(0.2)
    begun = time.monotonic()
    process.running.send_signal(signal.SIGTERM)
    assert process.running.wait(SECONDS_TO_GO + 2) == 0
    assert time.monotonic() - begun < SECONDS_TO_GO
    assert len(answers(process)) == waiting_rows(other), "acknowledged is what is written down"
    other.rollback()


def test_sighup_reads_again_and_serves_on(process: Process) -> None:
    process.running.send_signal(signal.SIGHUP)
    assert any('"text": "read again: ' in line for line in lines_of(process))
    assert process.is_answered(3)


def test_radsec_files_that_are_missing_end_the_start_in_one_line(world: World, host: str) -> None:
    files = {f"HOTGATE_RADSEC_{each}": f"/nowhere/{each}.pem" for each in ("CERTIFICATE", "KEY", "CA")}
    process = Process(host, HOTGATE_RADSEC=f"127.0.0.1:{_free_port()}", **files)
    _, lines = process.running.communicate(timeout=15)
    assert process.running.returncode == 2
    assert "RADIUS over TLS" in lines.splitlines()[-1]
    process.close()


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
