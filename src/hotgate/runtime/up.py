"""`hotgate up`: from an empty folder to a running Hotgate, and to an orderly end."""

import json
import os
import pathlib
import time
from typing import Any

import psycopg

from hotgate import __version__, database
from hotgate.environment import Environment
from hotgate.runtime import children, ports, postgres, prepared, processes, roles, state
from hotgate.runtime.errors import CannotStart
from hotgate.runtime.supervisor import Child, Supervisor, say_on_stderr

LEFTOVER_SECONDS = 10.0
WEB_READY_SECONDS = 30.0
DATABASE_CRASHES_MAX = 3
PREPARING = "hotgate.runtime.preparing"


def run(environment: Environment, *, demo: bool, is_verbose: bool) -> None:
    """Returns after Ctrl-C or SIGTERM, when everything has ended. Raises CannotStart, WrongSetting."""
    environment = state.prepare(environment)
    if demo:  # to look around comes first; a banner says what is missing
        os.environ.setdefault("HOTGATE_SECOND_FACTOR", "later")
    with state.hold_lock(environment):
        processes.stop_marked(children.mark(environment), LEFTOVER_SECONDS)
        _check_ports(environment)
        supervisor = Supervisor(say_on_stderr)
        with supervisor.listening_to_signals():
            try:
                _start_and_wait(environment, supervisor, demo, is_verbose)
            finally:
                supervisor.close()


def _start_and_wait(environment: Environment, supervisor: Supervisor, demo: bool, is_verbose: bool) -> None:
    _start_database(environment, supervisor, is_verbose)
    # After a crash NASes wait for answers: what the set-up does is for people.
    is_early = not supervisor.stop_requests and prepared.is_prepared(environment)
    aaa = children.aaa_servers(environment)
    _add(supervisor, aaa if is_early else [])
    told = _prepare(environment, supervisor, demo) if not supervisor.stop_requests else []
    if supervisor.stop_requests:
        return
    _add(supervisor, [*([] if is_early else aaa), *children.other_servers(environment)])
    _wait_for_web(environment, supervisor)
    if not supervisor.stop_requests:
        print("\n".join(_greeting(environment, told)), flush=True)
    supervisor.run()


def _add(supervisor: Supervisor, servers: list[Child]) -> None:
    for child in servers:
        missing = children.missing_module(child)
        if missing:
            supervisor.say(f"{child.name}: not part of this installation ({missing})")
        else:
            supervisor.add(child)


def _check_ports(environment: Environment) -> None:
    for port in ports.of(environment):
        obstacle = ports.obstacle(port)
        if obstacle:
            raise CannotStart(obstacle)


def _start_database(environment: Environment, supervisor: Supervisor, is_verbose: bool) -> None:
    if environment.database_url:
        _check_given_database(environment)
        return
    assert environment.key is not None  # state.prepare has made it
    superuser = database.superuser_conninfo(environment)
    cluster = postgres.prepare(environment.state, superuser["password"])
    server = children.database_server(cluster, is_verbose)
    supervisor.add(server)
    _wait_for_database(supervisor, server, superuser)
    if not supervisor.stop_requests:
        roles.ensure(superuser, environment.key)


def _wait_for_database(supervisor: Supervisor, server: Child, superuser: dict[str, Any]) -> None:
    started = time.monotonic()
    while not supervisor.stop_requests:
        supervisor.tick(postgres.POLL_SECONDS)
        try:
            psycopg.connect(**superuser).close()
            return
        except psycopg.OperationalError as error:
            # the first may come too early after a crash: processes of the old server are still ending
            if server.crashes > DATABASE_CRASHES_MAX:
                raise CannotStart("PostgreSQL ends as soon as it starts: see its lines above") from error
            postgres.check_patience(error, time.monotonic() - started)


def _check_given_database(environment: Environment) -> None:
    try:
        with psycopg.connect(**database.conninfo(environment, "owner")) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as error:
        raise CannotStart(f"HOTGATE_DATABASE_URL: {database.reason(error)}") from error
    if version < database.SERVER_VERSION_MIN:
        raise CannotStart("HOTGATE_DATABASE_URL: PostgreSQL 15 or later is needed")


def _prepare(environment: Environment, supervisor: Supervisor, demo: bool) -> list[str]:
    outcome = environment.state / "preparing.json"
    outcome.unlink(missing_ok=True)
    arguments = ["-m", PREPARING, str(outcome), *(["--demo"] if demo else [])]
    process = children.python(arguments, children.environ_of(environment, "owner"))
    supervisor.watch_once("set-up", process)
    if supervisor.stop_requests:
        return []
    if process.returncode != 0:
        raise CannotStart("the set-up did not succeed: see its lines above")
    return _taken(outcome)


def _taken(outcome: pathlib.Path) -> list[str]:
    lines: list[str] = json.loads(outcome.read_text())
    outcome.unlink()  # it may name a password that is shown once
    return lines


def _wait_for_web(environment: Environment, supervisor: Supervisor) -> None:
    deadline = time.monotonic() + WEB_READY_SECONDS
    while not supervisor.stop_requests and time.monotonic() < deadline:
        if ports.is_answering(environment.http):
            return
        supervisor.tick()


def _greeting(environment: Environment, told: list[str]) -> list[str]:
    where = "given by HOTGATE_DATABASE_URL" if environment.database_url else "embedded PostgreSQL"
    return [
        "",
        f"Hotgate {__version__} is running.",
        f"  Console    {environment.public_url}",
        f"  RADIUS     {environment.radius_auth} (login), {environment.radius_acct} (accounting)",
        f"  Database   {where}",
        f"  State      {environment.state}",
        *(f"  {line}" if line else "" for line in told),
        "",
        "Ctrl-C ends everything; the data stays.",
    ]
