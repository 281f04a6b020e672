"""A whole Hotgate of a test's own, started by `hotgate up`, with its processes to be stopped and killed."""

from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import psycopg

from aaa.seeded import World
from faults.fleet import SECRET
from hotgate import database, environment
from hotgate.runtime import processes
from postgres_for_tests import KEY

HOTGATE = pathlib.Path(sys.executable).with_name("hotgate")
START_SECONDS = 120.0


class Place:
    """A state folder, ports and a key of a test's own; who runs there is another matter."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("HOTGATE", "DJANGO"))}
        self.variables = inherited | {
            "HOTGATE_STATE": str(folder / "state"),
            "HOTGATE_KEY": KEY,
            "HOTGATE_HTTP": f"127.0.0.1:{free_port(socket.SOCK_STREAM)}",
            "HOTGATE_RADIUS_AUTH": f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}",
            "HOTGATE_RADIUS_ACCT": f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}",
        }
        self.here = environment.load(self.variables, lambda path: pathlib.Path(path).read_text())
        self.log = folder / "log"

    def address(self, role: str) -> tuple[str, int]:
        """Where that port listens, as a NAS of tests/aaa asks."""
        return self.authentication if role == "auth" else self.accounting

    @property
    def accounting(self) -> tuple[str, int]:
        return self.here.radius_acct.host, self.here.radius_acct.port

    @property
    def authentication(self) -> tuple[str, int]:
        return self.here.radius_auth.host, self.here.radius_auth.port

    def postmaster(self) -> int:
        return int((self.here.state / "data" / "postmaster.pid").read_text().split("\n", 1)[0])

    def backend(self) -> int:
        """The server process that the AAA server's accounting spoke to last."""
        with self.connect() as connection:
            row = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'hotgate_aaa' ORDER BY state_change DESC"
            ).fetchone()
        assert row is not None
        return int(row[0])

    def marked(self) -> list[int]:
        """Children of any start of this installation that still live."""
        mark = f"SUPERVISED_BY_HOTGATE={self.here.state}".encode()
        return [pid for pid in all_pids() if mark in environ_of(pid)]

    def servers(self) -> list[int]:
        """PostgreSQL's processes: the postmaster and all that it has started."""
        data = str(self.here.state / "data")
        masters = [pid for pid in all_pids() if data in processes.command_line(pid)]
        return masters + [pid for pid in all_pids() if parent_of(pid) in masters]

    def connect(self, dbname: str = database.EMBEDDED_DATABASE) -> psycopg.Connection[Any]:
        """As PostgreSQL's superuser, whom no policy binds."""
        return psycopg.connect(**(database.superuser_conninfo(self.here) | {"dbname": dbname}), autocommit=True)

    def world(self, address: str = "127.0.0.1") -> World:
        """An operator with one NAS, the fleet."""
        world = World(self.connect())
        world.nas(address, SECRET)
        return world


class Installation(Place):
    """A whole Hotgate: `start` it, kill what the test wants, `close` what is left."""

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__(folder)
        self.up: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start, without waiting."""
        with self.log.open("ab") as log:
            self.up = subprocess.Popen([HOTGATE, "up"], env=self.variables, stdout=log, stderr=log)

    def start(self) -> None:
        self.begin()
        self.wait_until_running()

    def wait_until_running(self, times: int = 1) -> None:
        deadline = time.monotonic() + START_SECONDS
        while self.log.read_text().count("is running") < times:
            assert self.up is not None
            assert self.up.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.1)

    def pid_of(self, module: str) -> int:
        """The child that runs that module."""
        return self.pids_of(module)[0]

    def pids_of(self, module: str) -> list[int]:
        """The children that run it."""
        return [pid for pid in self.marked() if module in processes.command_line(pid).split()]

    def close(self) -> None:
        for pid in [*([self.up.pid] if self.up else []), *self.marked(), *self.servers()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.up is not None:
            self.up.wait()


@contextlib.contextmanager
def installed(made: Installation) -> Iterator[Installation]:
    """Running for the length of a block."""
    try:
        made.start()
        yield made
    finally:
        made.close()


def free_port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def all_pids() -> list[int]:
    return [int(entry.name) for entry in pathlib.Path("/proc").iterdir() if entry.name.isdecimal()]


def environ_of(pid: int) -> list[bytes]:
    try:
        return pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def parent_of(pid: int) -> int:
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return int(stat.rpartition(")")[2].split()[1])
