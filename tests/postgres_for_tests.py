"""One PostgreSQL per pytest run, started by the controller when the first test asks for a database.

Workers ask over a Unix socket; the controller starts the server, migrates a template once and copies it for
each worker. HOTGATE_TEST_DATABASE_URL runs the same on a given server, as a user that may create databases.
"""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from hotgate.runtime import postgres

FOLDER = "HOTGATE_TEST_FOLDER"
GIVEN_URL = "HOTGATE_TEST_DATABASE_URL"
PASSWORD = "only-on-the-socket-of-this-run"
TEMPLATE = "template"
KEY = "11" * 32
ANSWER_OCTETS = 4096


def database_name(suffix: str) -> str:
    """Own names per run, so that two runs on one given server do not meet."""
    run = pathlib.Path(os.environ[FOLDER]).name.removeprefix("hotgate-test-").lower()
    return f"hotgate_test_{run}_{suffix}"


def url_of(suffix: str) -> str:
    given = os.environ.get(GIVEN_URL)
    if given:
        parameters = conninfo_to_dict(given) | {"dbname": database_name(suffix)}
    else:
        parameters = _embedded(database_name(suffix))
    user, password = parameters.pop("user", ""), parameters.pop("password", "")
    login = f"{user}:{password}@" if password else f"{user}@" if user else ""
    query = "&".join(f"{name}={value}" for name, value in parameters.items() if name != "dbname")
    return f"postgresql://{login}/{parameters['dbname']}?{query}"


def prepare_environment(worker: str) -> bool:
    """Point this process and its children at a database that need not exist yet. True in the controller."""
    is_controller = FOLDER not in os.environ
    if is_controller:
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="hotgate-test-", dir="/tmp")
        os.chmod(os.environ[FOLDER], 0o711)  # the service user passes through
    os.environ["HOTGATE_STATE"] = os.environ[FOLDER]
    os.environ["HOTGATE_KEY"] = KEY
    os.environ["HOTGATE_DATABASE_URL"] = url_of(worker)
    os.environ["HOTGATE_ROLE"] = "owner"
    os.environ["HOTGATE_TEST_WORKER"] = worker
    return is_controller


class Controller:
    """Owns the server. Everything happens in one thread: PostgreSQL ends with the thread that started it."""

    def __init__(self) -> None:
        self.folder = pathlib.Path(os.environ[FOLDER])
        self.server: subprocess.Popen[bytes] | None = None
        self.made: list[str] = []
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(str(self.folder / "ask"))
        self.listener.listen(64)
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self) -> None:
        ask("")
        self.thread.join()
        self.listener.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _serve(self) -> None:
        while True:
            connection, _ = self.listener.accept()
            with connection:
                suffix = connection.recv(ANSWER_OCTETS).decode()
                if not suffix:
                    break
                connection.sendall(self._answer(suffix).encode())
        self._end()

    def _answer(self, suffix: str) -> str:
        try:
            self._make(suffix)
        except Exception as error:  # noqa: BLE001 - the worker that asked raises it again
            return str(error)
        return "ready"

    def _make(self, suffix: str) -> None:
        if not self.made:
            self._start()
            self._create(TEMPLATE, "template0")
            _migrate()
        self._create(suffix, database_name(TEMPLATE))

    def _start(self) -> None:
        if os.environ.get(GIVEN_URL) or self.server:
            return
        cluster = postgres.prepare(self.folder, PASSWORD)
        log = (self.folder / "postgres.log").open("ab")
        # nothing here outlives the run, so nothing needs to reach the disk
        self.server = postgres.start(cluster, log, {"fsync": "off", "full_page_writes": "off"})
        postgres.wait_until_ready(self.server, _embedded("postgres"))

    def _create(self, suffix: str, template: str) -> None:
        with _maintenance() as connection:
            connection.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                    sql.Identifier(database_name(suffix)), sql.Identifier(template)
                )
            )
        self.made.append(suffix)

    def _end(self) -> None:
        if self.server:
            postgres.stop(self.server)
            return
        if self.made:
            with _maintenance() as connection:
                for suffix in self.made:
                    name = sql.Identifier(database_name(suffix))
                    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def ask(suffix: str) -> None:
    """Wait until the controller has made this process's database; an empty suffix ends the controller."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.connect(str(pathlib.Path(os.environ[FOLDER], "ask")))
        connection.sendall(suffix.encode())
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(ANSWER_OCTETS).decode()
    if suffix and answer != "ready":
        raise RuntimeError(f"no test database: {answer}")


def _embedded(dbname: str) -> dict[str, Any]:
    folder = os.environ[FOLDER]
    return {
        "host": f"{folder}/sock",
        "port": "5432",
        "user": "postgres",
        "password": PASSWORD,
        "dbname": dbname,
    }


@contextlib.contextmanager
def _maintenance() -> Any:
    given = os.environ.get(GIVEN_URL)
    conninfo = make_conninfo(given) if given else make_conninfo(**_embedded("postgres"))
    with contextlib.closing(psycopg.connect(conninfo, autocommit=True)) as connection:
        yield connection


def _migrate() -> None:
    environ = os.environ | {"HOTGATE_DATABASE_URL": url_of(TEMPLATE), "HOTGATE_ROLE": "owner"}
    command = [sys.executable, "-m", "django", "migrate", "--settings", "hotgate.config.settings", "-v", "0"]
    command += ["--skip-checks"]  # `make check` does them
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the migrations fail:\n{done.stderr[-3000:]}")
