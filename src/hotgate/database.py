"""Where the database is and with whose rights a process works there.

Embedded: one PostgreSQL login per role, its password derived from the master key. Given by
HOTGATE_DATABASE_URL: everybody connects as that user and then takes its role with SET ROLE, if the first
migration could create the roles; if not, `hotgate doctor` says that the second wall is off.
"""

from typing import Any, Literal

import psycopg
from psycopg.conninfo import conninfo_to_dict

from hotgate import vault
from hotgate.environment import Environment, WrongSetting

Role = Literal["owner", "aaa", "web", "worker"]
ROLES: tuple[Role, ...] = ("owner", "aaa", "web", "worker")

EMBEDDED_DATABASE = "hotgate"
EMBEDDED_PORT = 5432  # names the socket file only: the embedded server does not listen on TCP
CONNECT_TIMEOUT_SECONDS = 5
SERVER_VERSION_MIN = 150000


def login(role: str) -> str:
    """The name of a role in PostgreSQL."""
    if role not in ROLES:
        raise ValueError(f"no database role {role!r}")
    return f"hotgate_{role}"


def conninfo(environment: Environment, role: str) -> dict[str, Any]:
    """Keyword arguments for psycopg.connect. Raises WrongSetting."""
    if environment.database_url:
        parameters = _url_parameters(environment.database_url)
    else:
        parameters = _embedded_parameters(environment, login(role), EMBEDDED_DATABASE)
    return {
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "application_name": login(role),
        **parameters,
    }


def superuser_conninfo(environment: Environment) -> dict[str, Any]:
    """The embedded server's own `postgres`, used by `hotgate up` only to create roles and database."""
    return _embedded_parameters(environment, "postgres", "postgres")


def become(environment: Environment, role: str) -> str | None:
    """SQL to run right after connecting, before anything else; None where the login is the role already.

    Run it in autocommit or commit after it: a rollback would undo it. Migrations stay the URL's own user,
    who owns the tables made before the roles existed.
    """
    if environment.database_url is None or role == "owner":
        return None
    return (
        "SELECT set_config('role', rolname, false) FROM pg_catalog.pg_roles"
        f" WHERE rolname = '{login(role)}' AND pg_catalog.pg_has_role(session_user, oid, 'MEMBER')"
    )


def reason(error: Exception) -> str:
    """What PostgreSQL or libpq says, without the hints on the lines below it."""
    lines = str(error).strip().splitlines()
    return lines[0].removeprefix("connection failed: ") if lines else type(error).__name__


def is_other_key(error: Exception) -> bool:
    """Of the embedded server, whose passwords are made from the master key. libpq gives no SQLSTATE here."""
    return "password authentication failed" in str(error)


def _embedded_parameters(environment: Environment, user: str, database: str) -> dict[str, Any]:
    if environment.key is None:
        raise WrongSetting(f"there is no key at {environment.key_path} yet: `hotgate up` makes it")
    return {
        "host": str(environment.state / "sock"),
        "port": str(EMBEDDED_PORT),
        "dbname": database,
        "user": user,
        "password": vault.database_password(environment.key, user),
    }


def _url_parameters(url: str) -> dict[str, Any]:
    try:
        parameters = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise WrongSetting("HOTGATE_DATABASE_URL: not a connection address PostgreSQL understands") from error
    if not parameters.get("dbname"):
        raise WrongSetting("HOTGATE_DATABASE_URL: names no database")
    return parameters
