"""A second database server that follows the first one and can take its place."""

from __future__ import annotations

import os
import pathlib
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from typing import Any

import psycopg

from faults.installation import all_pids, parent_of
from faults.parts import Parts
from hotgate import database
from hotgate.runtime import postgres, state

NAME = "standby"
FOLLOWS_SECONDS = 30.0


class Standby:
    """Made by pg_basebackup from a running server. No commit there is confirmed before it is on disk here too."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        folder = parts.folder / NAME
        user = parts.cluster.user
        state.make_folder(folder, 0o711, user)
        state.make_folder(folder / "sock", 0o700, user)
        self.cluster = replace(parts.cluster, folder=folder)
        self._copy()
        # The copy has the first server's settings; nobody stands by behind it.
        with (folder / "log").open("ab") as log:
            self.process = postgres.start(self.cluster, log, {"synchronous_standby_names": ""})
        self.superuser = parts.superuser | {"host": str(self.cluster.sock)}
        postgres.wait_until_ready(self.process, self.superuser)
        self._set_synchronous(NAME)
        self._wait_until_it_follows()

    def connect(self, dbname: str = database.EMBEDDED_DATABASE) -> psycopg.Connection[Any]:
        return psycopg.connect(**(self.superuser | {"dbname": dbname}), autocommit=True)

    def both(self) -> dict[str, str]:
        """Where the AAA server finds whichever of the two takes writes."""
        hosts = f"{self.parts.cluster.sock},{self.cluster.sock}"
        return {"host": hosts, "target_session_attrs": "read-write"}

    def send(self, number: signal.Signals) -> None:
        """To all its processes: what it has not received by a SIGSTOP, only the first server has."""
        for pid in all_pids():
            if parent_of(pid) == self.process.pid:
                os.kill(pid, number)

    def promote(self) -> None:
        with self.connect() as connection:
            connection.execute("SELECT pg_promote(true, 30)")

    def close(self) -> None:
        """The first server alone again, as it was."""
        postgres.stop(self.process)
        if self.parts.database is None or self.parts.database.poll() is not None:
            self.parts.start_database()
        shutil.rmtree(self.cluster.folder)
        self._set_synchronous("")

    def _copy(self) -> None:
        asked = self.parts.superuser
        words = ["-h", asked["host"], "-p", asked["port"], "-U", asked["user"], "-D", str(self.cluster.data)]
        as_user = postgres._as_user(self.cluster)
        as_user["env"] = as_user["env"] | {"PGPASSWORD": asked["password"], "PGAPPNAME": NAME}
        program = self.cluster.programs / "pg_basebackup"
        subprocess.run([program, *words, "-R", "-c", "fast"], check=True, capture_output=True, **as_user)

    def _set_synchronous(self, names: str) -> None:
        with psycopg.connect(**self.parts.superuser, autocommit=True) as connection:
            connection.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'")
            connection.execute("SELECT pg_reload_conf()")

    def _wait_until_it_follows(self) -> None:
        ends_at = time.monotonic() + FOLLOWS_SECONDS
        with psycopg.connect(**self.parts.superuser, autocommit=True) as connection:
            while connection.execute("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'").fetchone() is None:
                assert time.monotonic() < ends_at, log_of(self.cluster.folder)
                time.sleep(0.1)


def log_of(folder: pathlib.Path) -> str:
    return (folder / "log").read_text()
