"""`hotgate restore`: a backup into an empty installation, all of it or nothing."""

from __future__ import annotations

import json
import pathlib
import shutil
import signal
import sys
from dataclasses import dataclass, replace
from typing import IO, Any

import psycopg

from hotgate import database
from hotgate.environment import Environment
from hotgate.runtime import backup_catalogue as catalogue
from hotgate.runtime import backup_key, backup_server, backup_undo, children, processes, state
from hotgate.runtime.backup_file import Header, Kind, Reader, Refused

LOADING = "hotgate.runtime.backup_loading"
END_SECONDS = 10.0
ROOM = 2  # tables with their indexes, and the write-ahead log of the moment


@dataclass(frozen=True, slots=True)
class Restored:
    header: Header
    tables: int
    rows: int
    migrations_pending: int


@dataclass(frozen=True, slots=True)
class _Contents:
    database: catalogue.Database
    tables: int
    rows: int


def restore(here: Environment, path: pathlib.Path, passphrase: str | None) -> Restored:
    """Nothing is touched before the whole file was read and found as it was written. Raises Refused."""
    try:
        with path.open("rb") as file:
            reader = Reader(file)
            key = backup_key.of(reader.header, here, passphrase)
            _refuse_unless_empty(here)
            found = _verified(reader, key)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from error
    _refuse_without_room(here, found.database)
    with_key = here.key is None
    here = state.prepare(replace(here, key=key))
    with state.hold_lock(here):
        with backup_server.workshop(here, key) as there, backup_undo.unless_finished(there):
            pending = _load(there, path)
        backup_server.move_in(here, with_key=with_key)
    return Restored(reader.header, found.tables, found.rows, pending)


def header(path: pathlib.Path) -> Header:
    try:
        with path.open("rb") as file:
            return Reader(file).header
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from error


def described(first: tuple[Kind, bytes] | None) -> catalogue.Database:
    """The first frame says what the whole database is."""
    if first is None or first[0] != Kind.DATABASE:
        raise Refused("this backup is damaged: it does not begin with its contents")
    return catalogue.Database.of_json(json.loads(first[1]))


def _verified(reader: Reader, key: bytes) -> _Contents:
    frames = reader.frames(key)
    whole = described(next(frames, None))
    tables = rows = 0
    for kind, plain in frames:
        if kind == Kind.PART_END:
            tables, rows = tables + 1, rows + json.loads(plain)["rows"]
    return _Contents(whole, tables, rows)


def _refuse_unless_empty(here: Environment) -> None:
    if here.database_url:
        _refuse_tables(here)
    elif (here.state / "data").exists():
        raise Refused(
            f"{here.state} holds a database already: restore into another HOTGATE_STATE, or move that folder away first"
        )


def _refuse_tables(here: Environment) -> None:
    with psycopg.connect(**database.conninfo(here, "owner")) as connection:
        if connection.info.server_version < database.SERVER_VERSION_MIN:
            raise Refused("HOTGATE_DATABASE_URL: PostgreSQL 15 or later is needed")
        roots = catalogue.names(connection.cursor(), catalogue.LIST_ROOTS)
        name = connection.info.dbname
    if roots:
        raise Refused(
            f"the database {name} has tables already: create an empty one and name it in HOTGATE_DATABASE_URL"
        )


def _refuse_without_room(here: Environment, whole: catalogue.Database) -> None:
    if here.database_url:
        return
    folder = next(path for path in (here.state, *here.state.parents) if path.exists())
    needed, free = whole.table_octets * ROOM, shutil.disk_usage(folder).free
    if free < needed:
        raise Refused(f"{folder} has {free / 1e9:.1f} GB free, and {needed / 1e9:.1f} GB may be needed")


def _load(there: Environment, path: pathlib.Path) -> int:
    """In a process of its own, since Django reads its settings once. How many migrations are still to be done."""
    environ = children.environ_of(there, "owner")
    for name in ("HOTGATE_KEY", "HOTGATE_KEY_FILE"):
        environ.pop(name, None)
    process = children.python(["-m", LOADING, str(path.absolute())], environ)
    assert process.stdout is not None
    try:
        lines = _shown(process.stdout)
    except BaseException:
        processes.end(process, signal.SIGKILL, END_SECONDS)
        raise
    if process.wait() != 0:
        raise Refused(f"nothing was restored: {lines[-1] if lines else 'the loading ended early'}")
    outcome: dict[str, Any] = json.loads(lines[-1])
    return int(outcome["pending"])


def _shown(output: IO[bytes]) -> list[str]:
    lines = []
    for octets in output:
        line = octets.decode(errors="replace").rstrip()
        if line.startswith("loading "):
            sys.stderr.write(f"{line}\n")
        elif line:
            lines.append(line)
    return lines
