"""Installations to back up and to restore into: embedded ones, and databases of a PostgreSQL 15."""

import contextlib
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import psycopg

from hotgate import database, environment
from hotgate.environment import Environment
from hotgate.runtime import backup_server, binaries, postgres, processes, roles, state

HOTGATE = pathlib.Path(sys.executable).with_name("hotgate")
POSTGRESQL_15 = pathlib.Path("/usr/lib/postgresql/15/bin")
PORT = "5432"  # names a socket file
OWNER = "shop"

Rows = dict[str, list[str]]


def short_folder() -> pathlib.Path:
    made = pathlib.Path(tempfile.mkdtemp(prefix="hotgate-", dir="/tmp"))
    made.chmod(0o711)  # the service user passes through
    return made


class Installation:
    """One HOTGATE_STATE, with a database of its own or a given one."""

    def __init__(self, folder: pathlib.Path, **more: str) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("HOTGATE", "DJANGO"))}
        self.variables = inherited | {"HOTGATE_STATE": str(folder)} | more

    @property
    def here(self) -> Environment:
        return environment.load(self.variables, environment._read_text)

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [HOTGATE, *words], env=self.variables | more, capture_output=True, text=True, check=False, timeout=120
        )

    def refusal(self, *words: str, **more: str) -> str:
        """The one line on stderr of a command that has to refuse."""
        done = self.run(*words, **more)
        assert (done.returncode, done.stdout) == (2, ""), done
        assert done.stderr.count("\n") == 1, done.stderr
        return done.stderr.removeprefix("hotgate: ").strip()

    def set_up(self) -> None:
        """With demo data; what `hotgate up` does before it serves."""
        here = state.prepare(self.here)
        with self.running():
            outcome = here.state / "preparing.json"
            command = [sys.executable, "-m", "hotgate.runtime.preparing", str(outcome), "--demo"]
            environ = self.variables | {"HOTGATE_ROLE": "owner"}
            done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            outcome.unlink()

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """The database answers, and nothing else runs."""
        here = self.here
        if here.database_url or (here.state / "data").exists():
            with backup_server.reachable(here):
                yield
            return
        superuser = database.superuser_conninfo(here)
        cluster = postgres.prepare(here.state, superuser["password"])
        server = postgres.start(cluster, subprocess.DEVNULL, {"fsync": "off"})
        try:
            postgres.wait_until_ready(server, superuser)
            assert here.key is not None
            roles.ensure(superuser, here.key)
            yield
        finally:
            postgres.stop(server)

    @contextlib.contextmanager
    def connected(self, role: str = "owner") -> Iterator[psycopg.Connection[Any]]:
        here = self.here
        with psycopg.connect(**database.conninfo(here, role), autocommit=True) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            statement = database.become(here, role)
            if statement:
                connection.execute(statement)
            yield connection


class GivenServer:
    """A PostgreSQL 15, where Debian's is installed, on a socket of its own; our user may create roles, no more."""

    def __init__(self) -> None:
        self.folder = short_folder()
        self.programs, self.account = POSTGRESQL_15, _account_of_debian()
        if not POSTGRESQL_15.exists():  # then the embedded one plays the given server: the way there is the same
            self.programs, self.account = binaries.copied_to(self.folder / "runtime"), state.service_user()
        if self.account:
            os.chown(self.folder, self.account.pw_uid, self.account.pw_gid)
        self._run("initdb", "-D", "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        command = [self.programs / "postgres", "-D", "data", "-k", self.folder, "-p", PORT]
        command += ["-c", "listen_addresses=", "-c", "fsync=off"]
        log = (self.folder / "log").open("wb")
        self.process = subprocess.Popen(
            command, stdout=log, stderr=log, preexec_fn=processes.dies_with_parent(2), **self._as_account()
        )
        superuser = self._conninfo("postgres", "postgres")
        postgres.wait_until_ready(self.process, superuser)
        with psycopg.connect(**superuser) as connection:
            connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE")

    def new_database(self, name: str) -> str:
        with psycopg.connect(**self._conninfo("postgres", "postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
        return f"postgresql://{OWNER}@/{name}?host={self.folder}&port={PORT}"

    def close(self) -> None:
        postgres.stop(self.process)
        shutil.rmtree(self.folder)

    def _conninfo(self, user: str, dbname: str) -> dict[str, Any]:
        return {"host": str(self.folder), "port": PORT, "user": user, "dbname": dbname}

    def _run(self, program: str, *words: str) -> None:
        subprocess.run([self.programs / program, *words], check=True, capture_output=True, **self._as_account())

    def _as_account(self) -> dict[str, Any]:
        common: dict[str, Any] = {"cwd": self.folder, "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}}
        if self.account is None:
            return common
        return common | {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}


def _account_of_debian() -> pwd.struct_passwd | None:
    return pwd.getpwnam("postgres") if os.geteuid() == 0 and POSTGRESQL_15.exists() else None


def rows(connection: psycopg.Connection[Any]) -> Rows:
    """Every row of every table, as text, by partition."""
    tables = connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' ORDER BY 1"
    ).fetchall()
    return {name: _rows(connection, name) for (name,) in tables}


def _rows(connection: psycopg.Connection[Any], table: str) -> list[str]:
    return [row for (row,) in connection.execute(f'SELECT t::text FROM "{table}" AS t ORDER BY 1').fetchall()]


LAID_DOWN = """
SELECT 'table', relname, relrowsecurity::text || relforcerowsecurity::text FROM pg_class
 WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
UNION ALL
SELECT 'trigger', tgrelid::regclass || '.' || tgname, tgenabled::text || pg_get_triggerdef(oid) FROM pg_trigger
 WHERE NOT tgisinternal
UNION ALL
SELECT 'constraint', conrelid::regclass || '.' || conname, convalidated::text || pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND contype <> 'n'
UNION ALL
SELECT 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
 WHERE indrelid::regclass::text IN (SELECT tablename FROM pg_tables WHERE schemaname = current_schema())
UNION ALL
SELECT 'policy', polrelid::regclass || '.' || polname, pg_get_expr(polqual, polrelid) FROM pg_policy
UNION ALL
SELECT 'right', relname || ' ' || a.grantee::regrole, string_agg(a.privilege_type, ',' ORDER BY a.privilege_type)
  FROM pg_class, aclexplode(relacl) AS a
 WHERE relnamespace = current_schema()::regnamespace AND a.grantee IN (SELECT oid FROM pg_roles WHERE rolname IN
       ('hotgate_aaa', 'hotgate_web', 'hotgate_worker')) GROUP BY relname, a.grantee
UNION ALL
SELECT 'sequence', sequencename, coalesce(last_value::text, 'untouched') FROM pg_sequences
 WHERE schemaname = current_schema()
ORDER BY 1, 2, 3
"""


def laid_down(connection: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    """Tables, triggers, constraints, indexes, policies, rights and sequences."""
    return connection.execute(LAID_DOWN).fetchall()
