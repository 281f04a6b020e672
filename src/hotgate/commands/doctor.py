"""`hotgate doctor`: what could be wrong on this machine, one line each."""

import argparse
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import psycopg

from hotgate import database, environment
from hotgate.commands import registering
from hotgate.environment import Environment
from hotgate.runtime import ports

DISK_FREE_MIN = 0.1
CLOCK_DRIFT_SECONDS_MAX = 2.0
EARLIEST_PLAUSIBLE_CLOCK = 1_767_225_600  # 2026-01-01: a machine without a battery wakes in 1970

Level = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    level: Level
    subject: str
    text: str


def register(subparsers: registering.Subparsers) -> None:
    parser = subparsers.add_parser("doctor", help="look for what could be wrong on this machine")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit code 1 when something fails."""
    here = environment.current()
    findings = [finding for examine in EXAMINATIONS for finding in examine(here)]
    for finding in findings:
        print(f"{finding.level:4}  {finding.subject:9} {finding.text}")
    return int(any(finding.level == "fail" for finding in findings))


def names(here: Environment) -> Iterator[Finding]:
    for name in environment.unknown_names(os.environ):
        yield Finding("warn", "settings", f"{name} is not a setting of Hotgate: misspelt?")


def key(here: Environment) -> Iterator[Finding]:
    if here.key is None:
        yield Finding("fail", "key", f"no key at {here.key_path} yet: `hotgate up` makes it")
    else:
        yield Finding("ok", "key", "found")


def listening(here: Environment) -> Iterator[Finding]:
    for port in ports.of(here):
        obstacle = ports.obstacle(port)
        if obstacle is None:
            yield Finding("ok", "port", f"{port.setting} {port.address} is free: Hotgate is not running there")
        elif "in use" in obstacle:
            yield Finding("ok", "port", f"{port.setting} {port.address} is in use, by Hotgate if it runs")
        else:
            yield Finding("fail", "port", obstacle)


def disk(here: Environment) -> Iterator[Finding]:
    folder = next(path for path in (here.state, *here.state.parents) if path.exists())
    usage = shutil.disk_usage(folder)
    share = usage.free / usage.total
    level: Level = "ok" if share >= DISK_FREE_MIN else "warn"
    yield Finding(level, "disk", f"{share:.0%} of {folder} is free ({usage.free / 1e9:.1f} GB)")


def clock(here: Environment) -> Iterator[Finding]:
    if time.time() < EARLIEST_PLAUSIBLE_CLOCK:
        yield Finding("fail", "clock", "this machine's clock is years behind: sessions would be dated wrongly")
    else:
        yield Finding("ok", "clock", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()))


def server(here: Environment) -> Iterator[Finding]:
    try:
        connection = psycopg.connect(**database.conninfo(here, "web"), autocommit=True)
    except (psycopg.OperationalError, environment.WrongSetting) as error:
        yield Finding("fail", "database", database.reason(error))
        return
    with connection:
        yield from _version(connection)
        yield _drift(connection)
        yield _wall(here, connection)


def _version(connection: psycopg.Connection[Any]) -> Iterator[Finding]:
    version = connection.info.server_version
    level: Level = "ok" if version >= database.SERVER_VERSION_MIN else "fail"
    yield Finding(level, "database", f"PostgreSQL {version // 10000}.{version % 10000} (15 or later is needed)")


def _drift(connection: psycopg.Connection[Any]) -> Finding:
    row = connection.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone()
    drift = abs(time.time() - row[0]) if row else 0.0
    level: Level = "ok" if drift <= CLOCK_DRIFT_SECONDS_MAX else "warn"
    return Finding(level, "clock", f"{drift:.1f} s between this machine and the database")


def _wall(here: Environment, connection: psycopg.Connection[Any]) -> Finding:
    """Row-level security keeps operators apart only for a role that is under it."""
    statement = database.become(here, "web")
    if statement:
        connection.execute(statement)
    row = connection.execute(
        "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    if row and row[0] == database.login("web") and not row[1]:
        return Finding("ok", "roles", "the web works as hotgate_web, under row-level security")
    return Finding("warn", "roles", "the second wall is off: let the database user create roles, then migrate")


Examination = Callable[[Environment], Iterator[Finding]]
EXAMINATIONS: tuple[Examination, ...] = (names, key, clock, disk, listening, server)
