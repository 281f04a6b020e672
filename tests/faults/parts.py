"""A Hotgate in parts: the database and one AAA server, each started and stopped by the test itself."""

from __future__ import annotations

import contextlib
import pathlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlencode

from faults.installation import START_SECONDS, Place, free_port
from hotgate import database, vault
from hotgate.runtime import postgres, processes, roles, state


class Parts(Place):
    """What writes is durable: fsync is on, as in the product."""

    def __init__(self, folder: pathlib.Path) -> None:
        super().__init__(folder)
        self.here = state.prepare(self.here)
        self.superuser = database.superuser_conninfo(self.here)
        self.cluster = postgres.prepare(self.here.state, self.superuser["password"])
        self.database: subprocess.Popen[bytes] | None = None
        self.aaa: subprocess.Popen[bytes] | None = None
        self.beside: list[subprocess.Popen[bytes]] = []

    def prepare(self) -> None:
        """The database with its tables, the first time."""
        self.start_database()
        assert self.here.key is not None
        roles.ensure(self.superuser, self.here.key)
        self.upgrade()

    def upgrade(self) -> None:
        """What `hotgate up` does before it serves."""
        words = [sys.executable, "-m", "hotgate.runtime.preparing", str(self.folder / "prepared")]
        subprocess.run(words, env=self.variables | {"HOTGATE_ROLE": "owner"}, check=True)

    def start_database(self) -> None:
        with (self.folder / "postgres.log").open("ab") as log:
            self.database = postgres.start(self.cluster, log)
        postgres.wait_until_ready(self.database, self.superuser)

    def stop_database(self, number: signal.Signals) -> None:
        """SIGINT is PostgreSQL's fast end, SIGQUIT the immediate one."""
        assert self.database is not None
        processes.end(self.database, number, 30.0)

    def start_aaa(self) -> None:
        with self.log.open("ab") as log:
            words = [sys.executable, "-m", "hotgate.aaa"]
            environ = self.variables | {"HOTGATE_ROLE": "aaa"}
            self.aaa = subprocess.Popen(words, env=environ, stdout=log, stderr=subprocess.STDOUT)

    def database_url(self, place: str = "", **more: str) -> str:
        """How the AAA server's role reaches it at `place`, host and port, or as `more` says."""
        assert self.here.key is not None
        login = database.login("aaa")
        password = vault.database_password(self.here.key, login)
        asked = f"?{urlencode(more, safe='/,')}" if more else ""
        return f"postgresql://{login}:{password}@{place}/{database.EMBEDDED_DATABASE}{asked}"

    def start_aaa_beside(self, database_url: str) -> tuple[str, int]:
        """A second AAA server, by another way to a database. Where it takes accounting."""
        here = ("127.0.0.1", free_port(socket.SOCK_DGRAM))
        self.beside.append(self._aaa_at(here, HOTGATE_DATABASE_URL=database_url))
        return here

    def start_aaa_sharing(self, here: tuple[str, int]) -> subprocess.Popen[bytes]:
        """An AAA server that shares this port with others; it listens."""
        before = listeners(here[1])
        self.beside.append(self._aaa_at(here, HOTGATE_AAA_PROCESSES="2"))
        ends_at = time.monotonic() + START_SECONDS
        while listeners(here[1]) == before:
            assert time.monotonic() < ends_at, (self.folder / "beside.log").read_text()
            time.sleep(0.05)
        return self.beside[-1]

    def _aaa_at(self, here: tuple[str, int], **more: str) -> subprocess.Popen[bytes]:
        host, port = here
        told = {
            "HOTGATE_ROLE": "aaa",
            "HOTGATE_RADIUS_AUTH": f"{host}:{free_port(socket.SOCK_DGRAM)}",
            "HOTGATE_RADIUS_ACCT": f"{host}:{port}",
        }
        with (self.folder / "beside.log").open("ab") as log:
            words = [sys.executable, "-m", "hotgate.aaa"]
            return subprocess.Popen(words, env=self.variables | told | more, stdout=log, stderr=subprocess.STDOUT)

    def end_aaa_beside(self) -> None:
        while self.beside:
            processes.end(self.beside.pop(), signal.SIGTERM, 20.0)

    def downgrade(self, app: str, migration: str) -> None:
        """To that migration; under load it would get into deadlocks with the servers."""
        command = [sys.executable, "-m", "django", "migrate", app, migration, "--settings", "hotgate.config.settings"]
        environ = self.variables | {"HOTGATE_ROLE": "owner"}
        subprocess.run([*command, "--skip-checks", "-v", "0"], env=environ, check=True)

    def close(self) -> None:
        for process in (*self.beside, self.aaa, self.database):
            if process is not None:
                processes.end(process, signal.SIGINT, 20.0)


def listeners(port: int) -> int:
    """How many sockets are bound to this UDP port of loopback."""
    rows = pathlib.Path("/proc/net/udp").read_text().splitlines()[1:]
    return sum(row.split()[1] == f"0100007F:{port:04X}" for row in rows)


@contextlib.contextmanager
def in_parts(folder: pathlib.Path) -> Iterator[Parts]:
    """Running, where the state is ready, for the length of a block."""
    made = Parts(folder)
    try:
        made.start_database()
        made.start_aaa()
        yield made
    finally:
        made.close()
