"""`hotgate backup`: the database as one moment saw it, into one sealed file, while everything runs."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

import psycopg
from psycopg import sql

from hotgate import __version__, database, vault
from hotgate.environment import Environment
from hotgate.runtime import backup_catalogue as catalogue
from hotgate.runtime import backup_key, backup_server
from hotgate.runtime.backup_file import Header, Kind, Refused, Writer

SALT_OCTETS = 16
SHARE_AFTER_COMPRESSION = 3  # text in columns shrinks to a third of the tables, or better
FREE_OCTETS_MIN = 64 << 20  # beside it: the disk may be the database's own
LOOKS_MAX = 5

TIME_LIMITS_OFF = """
SELECT set_config(name, '0', false) FROM pg_settings
 WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'transaction_timeout')
"""
READABLE = """
SELECT set_config('TimeZone', 'UTC', false), set_config('DateStyle', 'ISO', false),
       set_config('IntervalStyle', 'postgres', false), set_config('extra_float_digits', '1', false),
       set_config('bytea_output', 'hex', false), set_config('client_encoding', 'UTF8', false)
"""


@dataclass(frozen=True, slots=True)
class Made:
    path: pathlib.Path
    octets: int
    tables: int
    rows: int
    key_fingerprint: str
    holds_key: bool


def write(here: Environment, path: pathlib.Path, passphrase: str | None) -> Made:
    """Raises Refused, WrongSetting; psycopg.OperationalError when the database goes away."""
    if here.key is None:
        raise Refused(f"there is no key at {here.key_path}: without it a backup could not be opened")
    if path.exists():
        raise Refused(f"{path} exists already: choose another name")
    with _connected(here) as connection, _snapshot(connection) as tables:
        cursor = connection.cursor()
        whole = catalogue.database(cursor)
        _check(cursor, here.key, whole, path.parent)
        header = _header(here.key, passphrase)
        with _appearing(path) as file:
            writer = Writer(file, header, here.key)
            writer.put(Kind.DATABASE, whole.as_json())
            rows = sum(_write_table(cursor, writer, table) for table in tables)
            writer.end()
    return Made(path, path.stat().st_size, len(tables), rows, header.key_fingerprint, passphrase is not None)


@contextlib.contextmanager
def _connected(here: Environment) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(**database.conninfo(here, "owner"), autocommit=True) as connection:
        connection.execute(TIME_LIMITS_OFF)
        connection.execute(READABLE)
        yield connection


@contextlib.contextmanager
def _snapshot(connection: psycopg.Connection[Any]) -> Iterator[list[catalogue.Table]]:
    """One transaction that sees one moment. Its locks keep tables and partitions from being dropped, nothing else.

    What there is to lock is known only by looking, and the moment is that of the first query after the locks: so
    look, lock, look again, and start over when a partition came or went in between.
    """
    cursor = connection.cursor()
    for _ in range(LOOKS_MAX):
        before, roots = catalogue.tables(cursor), catalogue.names(cursor, catalogue.LIST_ROOTS)
        if not before:
            raise Refused("this database is not set up yet: there is nothing to back up")
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            _lock(connection, roots)
            if catalogue.tables(cursor) == before:
                yield before
                return
    raise Refused("tables come and go at this moment: try again when the upgrade is done")


def _lock(connection: psycopg.Connection[Any], roots: list[str]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, roots))
    connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))


def _check(cursor: Any, key: bytes, whole: catalogue.Database, folder: pathlib.Path) -> None:
    veiled = catalogue.names(cursor, catalogue.LIST_VEILED)
    if veiled:
        raise Refused(f"this database user may not see every row of {', '.join(veiled)}: back up as their owner")
    row = cursor.execute("SELECT key_fingerprint FROM installation").fetchone()
    if row is None:
        raise Refused("this database is not set up yet: there is nothing to back up")
    if row[0] != vault.fingerprint(key):
        raise Refused(f"this database was made with the key {row[0]}, and this is the key {vault.fingerprint(key)}")
    _check_space(folder, whole.table_octets // SHARE_AFTER_COMPRESSION)


def _check_space(folder: pathlib.Path, needed: int) -> None:
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        raise Refused(f"{folder}: {error.strerror}") from error
    if free < needed + FREE_OCTETS_MIN:
        raise Refused(
            f"{folder} has {free / 1e9:.1f} GB free, and {(needed + FREE_OCTETS_MIN) / 1e9:.1f} GB may be needed"
        )


def _header(key: bytes, passphrase: str | None) -> Header:
    return Header(
        hotgate=__version__,
        made_at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        key_fingerprint=vault.fingerprint(key),
        salt=os.urandom(SALT_OCTETS).hex(),
        sealed_key=None if passphrase is None else backup_key.seal(key, passphrase),
    )


def _write_table(cursor: Any, writer: Writer, table: catalogue.Table) -> int:
    writer.put(Kind.PART, table._asdict())
    query = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(table.name), catalogue.columns(table))
    with cursor.copy(query) as copy:
        for octets in copy:
            writer.data(octets)
    writer.end_part(cursor.rowcount)
    return int(cursor.rowcount)


@contextlib.contextmanager
def _appearing(path: pathlib.Path) -> Iterator[IO[bytes]]:
    """A file that has its name only when it is whole and on the disk."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(path)
        backup_server.sync_folder(path.parent)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
