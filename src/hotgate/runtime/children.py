"""The processes of `hotgate up`: which command, with which rights on the database."""

import functools
import importlib.util
import os
import re
import signal
import subprocess
import sys
from collections.abc import Mapping

from hotgate.environment import Environment
from hotgate.runtime import postgres, processes
from hotgate.runtime.supervisor import Child

SUPERVISED_BY = "SUPERVISED_BY_HOTGATE"
WEB_THREADS = 4
POSTGRES_WORTH_SHOWING = re.compile(r"^(WARNING|ERROR|FATAL|PANIC|STATEMENT):")
POSTGRES_EVERYDAY = re.compile(r"starting up|shutting down|not yet accepting|administrator command")


def mark(environment: Environment) -> str:
    """What every child carries in its environment, so that a later start recognises it."""
    return f"{SUPERVISED_BY}={environment.state}"


def environ_of(environment: Environment, role: str) -> dict[str, str]:
    name, _, value = mark(environment).partition("=")
    own = {"HOTGATE_STATE": str(environment.state), "HOTGATE_ROLE": role, name: value}
    return {**os.environ, **own, "PYTHONUNBUFFERED": "1"}


def database_server(cluster: postgres.Cluster, is_verbose: bool) -> Child:
    return Child(
        "postgres",
        functools.partial(postgres.start, cluster, subprocess.PIPE),
        stop_signal=signal.SIGINT,
        grace_seconds=postgres.STOP_SECONDS,
        shows=lambda line: is_verbose or is_worth_showing(line),
    )


def aaa_servers(environment: Environment) -> list[Child]:
    count = environment.aaa_processes
    names = ["aaa"] if count == 1 else [f"aaa-{number}" for number in range(1, count + 1)]
    return [_child(name, ["-m", "hotgate.aaa"], environ_of(environment, "aaa")) for name in names]


def other_servers(environment: Environment) -> list[Child]:
    """The web and the worker."""
    # granian needs a signal it can pass on to the process that serves
    web = _child("web", _web_command(environment), environ_of(environment, "web"), signal.SIGTERM)
    worker = _child("worker", ["-m", "hotgate.config.worker"], environ_of(environment, "worker"))
    return [web, worker]


def missing_module(child: Child) -> str | None:
    """The module that this child would run, if this installation has none."""
    return None if child.module is None or _exists(child.module) else child.module


def is_worth_showing(line: str) -> bool:
    return bool(POSTGRES_WORTH_SHOWING.match(line)) and not POSTGRES_EVERYDAY.search(line)


def python(
    arguments: list[str], environ: Mapping[str, str], death_signal: int = signal.SIGKILL
) -> subprocess.Popen[bytes]:
    """Without its supervisor it is killed: whatever it had not committed did not happen."""
    # a session of its own: Ctrl-C at the terminal is ours to pass on
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environ,
        start_new_session=True,
        preexec_fn=processes.dies_with_parent(death_signal),
    )


def _child(name: str, arguments: list[str], environ: Mapping[str, str], death_signal: int = signal.SIGKILL) -> Child:
    return Child(name, functools.partial(python, arguments, environ, death_signal), module=arguments[1])


def _web_command(environment: Environment) -> list[str]:
    command = ["-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--log-level", "warning"]
    command += ["--host", environment.http.host, "--port", str(environment.http.port)]
    command += ["--workers", str(environment.web_processes), "--blocking-threads", str(WEB_THREADS)]
    command += ["--respawn-failed-workers"]
    return [*command, "hotgate.config.wsgi:application"]


def _exists(module: str) -> bool:
    try:
        found = importlib.util.find_spec(module)
        if found is not None and found.submodule_search_locations is not None:
            found = importlib.util.find_spec(f"{module}.__main__")
    except ModuleNotFoundError:
        return False
    return found is not None
