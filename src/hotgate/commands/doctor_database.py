"""What `hotgate doctor` asks the database: version, clock, walls, key, migrations, partitions, books, NASes."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from hotgate import database, environment, vault
from hotgate.commands import with_django
from hotgate.commands.doctor_findings import Finding
from hotgate.environment import Environment

CLOCK_DRIFT_SECONDS_MAX = 2.0
SILENT_AFTER = timedelta(days=1)
NASES_SHOWN_MAX = 20
EVERY_OPERATOR = """
SELECT set_config('hotgate.operators', '{0}', true);
SELECT set_config('hotgate.operators', (SELECT coalesce(array_agg(id), '{}')::text FROM operator), true)
"""
NASES = """
SELECT name, CASE WHEN masklen(address) IN (32, 128) THEN host(address) ELSE address::text END, last_seen_at
  FROM nas WHERE enabled ORDER BY last_seen_at NULLS FIRST
"""

LEFT = "SELECT count(*) FROM accounting_backlog WHERE at < now() - interval '1 minute'"

Connection = psycopg.Connection[Any]


def server(here: Environment) -> Iterator[Finding]:
    try:
        connection = psycopg.connect(**database.conninfo(here, "web"), autocommit=True)
    except (psycopg.OperationalError, environment.WrongSetting) as error:
        yield Finding("fail", "database", database.reason(error), _how_to_reach(here, error))
        return
    with connection:
        yield _version(connection)
        yield _drift(connection)
        yield _wall(here, connection)
        if connection.execute("SELECT to_regclass('installation')").fetchone() == (None,):
            yield Finding(
                "fail", "tables", "the database is not set up yet", "`hotgate up` or `hotgate migrate` does it"
            )
            return
        yield from _tables(here, connection)


def _how_to_reach(here: Environment, error: Exception) -> str:
    if here.database_url:
        return "check HOTGATE_DATABASE_URL and that server"
    if database.is_other_key(error):
        return "this database was made with another key: give that one by HOTGATE_KEY_FILE"
    return "start it: `hotgate up`"


def _tables(here: Environment, connection: Connection) -> Iterator[Finding]:
    try:
        yield from _key(here, connection)
        yield _migrations()
        yield _partitions(connection)
        yield _books(here)
        yield from _nases(connection)
    except psycopg.errors.InsufficientPrivilege as error:
        yield Finding("fail", "roles", database.reason(error), "`hotgate migrate` gives the roles their rights")


def _version(connection: Connection) -> Finding:
    version = connection.info.server_version
    text = f"PostgreSQL {version // 10000}.{version % 10000} (15 or later is needed)"
    if version >= database.SERVER_VERSION_MIN:
        return Finding("ok", "database", text)
    return Finding("fail", "database", text, "upgrade the server, or back up and restore into a newer one")


def _drift(connection: Connection) -> Finding:
    row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
    drift = abs(time.time() - row[0]) if row else 0.0
    text = f"{drift:.1f} s between this machine and the database"
    if drift <= CLOCK_DRIFT_SECONDS_MAX:
        return Finding("ok", "clock", text)
    return Finding("warn", "clock", text, "synchronise both clocks with the same source")


def _wall(here: Environment, connection: Connection) -> Finding:
    """Row-level security keeps operators apart only for a role that is under it."""
    statement = database.become(here, "web")
    if statement:
        connection.execute(statement)
    row = connection.execute(
        "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row and row[0] == database.login("web") and not row[1]:
        return Finding("ok", "roles", "the web works as hotgate_web, under row-level security")
    mend = "give the database user CREATEROLE, then `hotgate migrate`"
    return Finding("warn", "roles", "the second wall between operators is off", mend)


def _key(here: Environment, connection: Connection) -> Iterator[Finding]:
    row = connection.execute("SELECT key_fingerprint FROM installation").fetchone()
    if row is None or here.key is None:
        return
    if row[0] == vault.fingerprint(here.key):
        yield Finding("ok", "key", f"{row[0]} is this database's")
    else:
        mend = f"give the key {row[0]} by HOTGATE_KEY_FILE: with another, no secret can be read"
        yield Finding("fail", "key", f"the database was made with the key {row[0]}, and this is another", mend)


def _migrations() -> Finding:
    with_django.set_up("web")
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    connection.close()
    if not pending:
        return Finding("ok", "tables", "as this version of Hotgate expects them")
    mend = "`hotgate upgrade` makes a backup, then migrates"
    count = "1 migration of this version is" if len(pending) == 1 else f"{len(pending)} migrations of this version are"
    return Finding("fail", "tables", f"{count} not done yet", mend)


def _partitions(connection: Connection) -> Finding:
    """The worker makes them a fortnight ahead: when they run out, it has not run for long."""
    row = connection.execute(
        "SELECT to_regclass('usage_' || to_char(now() + interval '2 days', 'YYYYMMDD'))"
    ).fetchone()
    if row and row[0]:
        return Finding("ok", "worker", "has made the partitions of the next days")
    return Finding(
        "fail", "worker", "has not made the partitions of the next days", "start it: `hotgate up`, or its unit"
    )


def _books(here: Environment) -> Finding:
    """Accounting that was acknowledged is booked within the second, and only the AAA server may look at it."""
    try:
        count = _left_unbooked(here)
    except psycopg.OperationalError as error:
        return Finding("fail", "accounting", database.reason(error), "`hotgate migrate` gives the AAA server its login")
    if not count:
        return Finding("ok", "accounting", "all that was acknowledged is booked")
    batches = "1 batch" if count == 1 else f"{count} batches"
    mend = "is the AAA server running? Its log says why it puts them off: often another master key sealed them"
    return Finding("fail", "accounting", f"{batches} of acknowledged records wait to be booked for over a minute", mend)


def _left_unbooked(here: Environment) -> int:
    with psycopg.connect(**database.conninfo(here, "aaa"), autocommit=True) as connection:
        if statement := database.become(here, "aaa"):
            connection.execute(statement)
        row = connection.execute(LEFT).fetchone()
    return int(row[0]) if row else 0


def _nases(connection: Connection) -> Iterator[Finding]:
    with connection.transaction():
        connection.execute(EVERY_OPERATOR)
        found = connection.execute(NASES).fetchall()
    if not found:
        yield Finding("warn", "nas", "none is registered", "`hotgate nas add ADDRESS --secret SECRET`")
        return
    now = datetime.now(UTC)
    quiet = [finding for name, address, seen_at in found if (finding := _quiet(name, address, seen_at, now))]
    yield Finding("ok", "nas", f"{len(found) - len(quiet)} of {len(found)} were heard in the last day")
    yield from quiet[:NASES_SHOWN_MAX]


def _quiet(name: str, address: str, seen_at: datetime | None, now: datetime) -> Finding | None:
    if seen_at is not None and now - seen_at < SILENT_AFTER:
        return None
    if seen_at is None:
        mend = "check its RADIUS server, secret and the firewalls between; `hotgate attempts` shows what arrives"
        return Finding("warn", "nas", f"{name} ({address}) was never heard", mend)
    days = (now - seen_at).days
    mend = "is it on, and does its way here work? If it is gone for good, disable it"
    return Finding("warn", "nas", f"{name} ({address}) has been silent for {days} day{'s' if days > 1 else ''}", mend)
