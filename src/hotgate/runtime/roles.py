"""The database `hotgate` and its four logins in the embedded server; the only use of its superuser."""

from typing import Any

import psycopg
from psycopg import sql

from hotgate import database, vault


def ensure(superuser: dict[str, Any], master_key: bytes) -> None:
    """Create what is missing. None of the logins is a superuser or passes by row-level security."""
    with psycopg.connect(**superuser, autocommit=True) as connection:
        for role in database.ROLES:
            _ensure_login(connection, database.login(role), master_key)
        _let_owner_become_others(connection)
        _ensure_database(connection, database.EMBEDDED_DATABASE)


def _ensure_login(connection: psycopg.Connection[Any], login: str, master_key: bytes) -> None:
    if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [login]).fetchone():
        return
    connection.execute(
        sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE NOCREATEDB PASSWORD {}").format(
            sql.Identifier(login), sql.Literal(vault.database_password(master_key, login))
        )
    )


def _let_owner_become_others(connection: psycopg.Connection[Any]) -> None:
    # the set-up at start makes rows through services, as the role those services are written for
    others = [database.login(role) for role in database.ROLES if role != "owner"]
    names = sql.SQL(", ").join(map(sql.Identifier, others))
    connection.execute(sql.SQL("GRANT {} TO {}").format(names, sql.Identifier(database.login("owner"))))


def _ensure_database(connection: psycopg.Connection[Any], name: str) -> None:
    owner = sql.Identifier(database.login("owner"))
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), owner))
    logins = sql.SQL(", ").join(sql.Identifier(database.login(role)) for role in database.ROLES)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(sql.Identifier(name), logins))
