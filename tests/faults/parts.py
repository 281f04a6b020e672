"""A Hotgate in parts: the database and one AAA server, each started and stopped by the test itself."""

from __future__ import annotations

import contextlib
import pathlib
import signal
import subprocess
import sys
from collections.abc import Iterator

from faults.installation import Place
from hotgate import database
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

    def prepare(self) -> None:
        """The database with its tables, the first time."""
        self.start_database()
        assert self.here.key is not None
        roles.ensure(self.superuser, self.here.key)
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

    def close(self) -> None:
        for process in (self.aaa, self.database):
            if process is not None:
                processes.end(process, signal.SIGINT, 20.0)


@contextlib.contextmanager
def in_parts(folder: pathlib.Path) -> Iterator[Parts]:
    made = Parts(folder)
    try:
        made.prepare()
        made.start_aaa()
        yield made
    finally:
        made.close()
