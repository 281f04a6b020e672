"""One short process that fills an empty database from a backup: the migrations, then all rows in one transaction.

    python -m hotgate.runtime.backup_loading FILE

Tables, rights, row-level security, triggers and functions come from the migrations, up to those the backup was made
with; the rows come from the file. Its last line is JSON; if it fails, the last line says why.
"""

from __future__ import annotations

import json
import os
import pathlib
import sys
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql

from hotgate import environment
from hotgate.environment import WrongSetting
from hotgate.runtime import backup_catalogue as catalogue
from hotgate.runtime import backup_restore
from hotgate.runtime.backup import READABLE
from hotgate.runtime.backup_file import Kind, Reader, Refused

TOLD_EVERY_SECONDS = 5.0


def main(path: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "hotgate.config.settings"
    import django
    from django.db import connection, transaction

    django.setup()
    key = environment.current().key
    assert key is not None
    with pathlib.Path(path).open("rb") as file:
        reader = Reader(file)
        frames = reader.frames(key)
        whole = backup_restore.described(next(frames, None))
        pending = _migrate(reader.header.hotgate, whole.migrations)
        with transaction.atomic(), connection.cursor() as wrapped:
            _fill(wrapped.cursor, whole, frames)
    with connection.cursor() as wrapped:
        wrapped.execute("ANALYZE")  # plans made without statistics would be slow until the first autovacuum
    sys.stdout.write(json.dumps({"pending": pending}) + "\n")


def _migrate(made_by: str, wanted: list[tuple[str, str]]) -> int:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from hotgate.apps.core import rights

    executor = MigrationExecutor(connection)
    unknown = [f"{app}.{name}" for app, name in wanted if (app, name) not in executor.loader.disk_migrations]
    if unknown:
        raise Refused(f"the backup was made by Hotgate {made_by}, which has {unknown[0]}: restore it with that version")
    executor.migrate([node for node in wanted if node in executor.loader.graph.nodes])
    rights.grant_framework_tables()
    executor.loader.build_graph()
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _fill(cursor: psycopg.Cursor[Any], whole: catalogue.Database, frames: Iterator[tuple[Kind, bytes]]) -> None:
    cursor.execute(READABLE)
    _make_partitions(cursor, whole.partitions)
    hindrances = [pair for query in catalogue.LIST_HINDRANCES for pair in cursor.execute(query).fetchall()]
    for take_away, _ in hindrances:
        cursor.execute(take_away)
    for root in catalogue.names(cursor, catalogue.LIST_ROOTS):  # what the migrations themselves wrote
        cursor.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(root)))
    _copy_tables(cursor, frames)
    _set_sequences(cursor, whole.sequences)
    for _, put_back in reversed(hindrances):
        cursor.execute(put_back)


def _make_partitions(cursor: psycopg.Cursor[Any], wanted: list[catalogue.Partition]) -> None:
    there = {partition.name for partition in catalogue.partitions(cursor)}
    for parent, name, bound in wanted:
        if name not in there:
            made = sql.SQL("CREATE TABLE {} PARTITION OF {} ").format(sql.Identifier(name), sql.Identifier(parent))
            cursor.execute(made + sql.SQL(bound))


def _copy_tables(cursor: psycopg.Cursor[Any], frames: Iterator[tuple[Kind, bytes]]) -> None:
    known = {table.name: table for table in catalogue.tables(cursor)}
    told_at = time.monotonic()
    for kind, plain in frames:
        if kind != Kind.PART:
            raise Refused("the backup is damaged: rows outside a table")
        table = catalogue.Table(**json.loads(plain))
        if table.name not in known or not set(table.columns) <= set(known[table.name].columns):
            raise Refused(f"the table {table.name} is not one of this version's")
        _copy_table(cursor, table, frames)
        if time.monotonic() - told_at > TOLD_EVERY_SECONDS:
            sys.stdout.write(f"loading … {table.name}\n")
            sys.stdout.flush()
            told_at = time.monotonic()


def _copy_table(cursor: psycopg.Cursor[Any], table: catalogue.Table, frames: Iterator[tuple[Kind, bytes]]) -> None:
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), catalogue.columns(table))
    kind, plain = Kind.PART_END, b"{}"
    with cursor.copy(query) as copy:
        for kind, plain in frames:
            if kind != Kind.DATA:
                break
            copy.write(plain)
    if kind != Kind.PART_END or json.loads(plain).get("rows") != cursor.rowcount:
        raise Refused(f"the backup is damaged: rows of {table.name} are missing")


def _set_sequences(cursor: psycopg.Cursor[Any], sequences: list[catalogue.Sequence]) -> None:
    known = set(catalogue.names(cursor, catalogue.LIST_SEQUENCES))
    for name, last_value, is_called in sequences:
        if name not in known:
            raise Refused(f"the sequence {name} is not one of this version's")
        cursor.execute("SELECT setval(%s::regclass, %s, %s)", [f'"{name}"', last_value, is_called])


def _in_one_line(error: Exception) -> str:
    if isinstance(error, psycopg.errors.OutOfMemory) and "max_locks" in str(error):
        return "the server has room for too few locks: raise its max_locks_per_transaction (say 1024), then try again"
    return " ".join(str(error).split())


if __name__ == "__main__":
    from django.db import Error

    try:
        main(*sys.argv[1:])
    except (WrongSetting, Refused) as refused:
        sys.exit(str(refused))
    except (psycopg.Error, Error, OSError) as failed:
        sys.exit(_in_one_line(failed.__cause__ if isinstance(failed.__cause__, Exception) else failed))
