"""A private PostgreSQL 15 of Debian's binaries for both sides: durable, and with the same settings for both."""

from __future__ import annotations

import contextlib
import os
import pathlib
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
from machine import CannotMeasure

BINARIES = pathlib.Path("/usr/lib/postgresql/15/bin")
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "2GB",
    "max_wal_size": "8GB",
    "effective_cache_size": "12GB",
    "max_connections": "200",
    "listen_addresses": "'127.0.0.1'",
    "logging_collector": "off",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server; everybody on this machine may come in as `postgres`."""

    folder: pathlib.Path
    port: int

    @property
    def pid(self) -> int:
        """The postmaster."""
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def url(self, database: str) -> str:
        """Where a database is."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, database: str, statement: Any) -> list[tuple[Any, ...]]:
        """Rows of one statement, each in its own transaction."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def create(self, database: str) -> None:
        """A database, new."""
        self.execute("postgres", f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        self.execute("postgres", f'CREATE DATABASE "{database}"')


@contextlib.contextmanager
def started(folder: pathlib.Path, port: int) -> Iterator[Cluster]:
    """The cluster in `folder`, made when it is missing, for the length of a block."""
    if not (BINARIES / "initdb").exists():
        raise CannotMeasure("PostgreSQL 15 is missing: apt-get install postgresql-15")
    data = folder / "data"
    if not data.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _own(folder)
        _as_postgres([BINARIES / "initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8"])
    lines = "".join(f"{name} = {value}\n" for name, value in SETTINGS.items())
    (data / "postgresql.auto.conf").write_text(f"{lines}port = {port}\nunix_socket_directories = '{folder}'\n")
    _own(data / "postgresql.auto.conf")
    control = [BINARIES / "pg_ctl", "-D", data, "-w", "-t", "120", "-l", folder / "postgres.log"]
    _as_postgres([*control, "start"])
    try:
        yield Cluster(folder, port)
    finally:
        _as_postgres([*control, "-m", "fast", "stop"])


def _own(path: pathlib.Path) -> None:
    if os.geteuid() == 0:
        shutil.chown(path, "postgres", "postgres")


def _as_postgres(words: list[Any]) -> None:
    settings: dict[str, Any] = {}
    if os.geteuid() == 0:
        entry = pwd.getpwnam("postgres")
        settings = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    ended = subprocess.run(list(map(str, words)), cwd="/", capture_output=True, text=True, check=False, **settings)
    if ended.returncode:
        raise CannotMeasure(f"{words[0]}: {(ended.stderr or ended.stdout).strip()}")


def exists(cluster: Cluster, database: str) -> bool:
    """Whether the server has such a database."""
    return bool(cluster.execute("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{database}'"))
