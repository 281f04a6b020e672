"""The same database and role as every other process, in Django's words."""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from hotgate import database
from hotgate.environment import Environment

CONNECTION_SECONDS = 60
ONLY_WHERE_ASKED = 1_000_000_000  # times: a statement is prepared where `store` says so, and never for being frequent
# Many partitions look dear to the planner, so it would compile for seconds what then runs in a millisecond.
NO_JIT = "SET jit = off"


def settings(environment: Environment) -> dict[str, Any]:
    options = database.conninfo(environment, environment.role)
    return {
        "ENGINE": "hotgate.config.postgresql",
        "NAME": options.pop("dbname"),
        "USER": options.pop("user", ""),
        "PASSWORD": options.pop("password", ""),
        "HOST": options.pop("host", ""),
        "PORT": options.pop("port", ""),
        "OPTIONS": options | {"prepare_threshold": ONLY_WHERE_ASKED},
        "CONN_MAX_AGE": CONNECTION_SECONDS,
        "CONN_HEALTH_CHECKS": True,
    }


def take_role_on_connect(environment: Environment) -> None:
    """On a given server a new connection takes its role before its first query. The web's go without JIT."""
    statements = [database.become(environment, environment.role), NO_JIT if environment.role == "web" else None]
    statement = ";".join(filter(None, statements))
    if not statement:
        return

    def take_role(connection: BaseDatabaseWrapper, **_: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    connection_created.connect(take_role, weak=False, dispatch_uid="hotgate.config.take_role")
