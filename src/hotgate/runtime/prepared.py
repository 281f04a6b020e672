"""Whether an earlier start did the set-up of this version, asked without Django, which takes a second to load."""

import pathlib

import psycopg

import hotgate
from hotgate import database, vault
from hotgate.environment import Environment

HAS_TABLES = "SELECT to_regclass('installation') IS NOT NULL AND to_regclass('django_migrations') IS NOT NULL"
WHOSE_KEY = "SELECT key_fingerprint FROM installation"
APPLIED = "SELECT app, name FROM django_migrations"


def is_prepared(environment: Environment) -> bool:
    """Are all our migrations applied, and is the key this database's? False too where nobody can say."""
    try:
        with psycopg.connect(**database.conninfo(environment, "owner")) as connection:
            if connection.execute(HAS_TABLES).fetchone() != (True,):
                return False
            keys = connection.execute(WHOSE_KEY).fetchall()
            applied = connection.execute(APPLIED).fetchall()
    except psycopg.Error:
        return False
    return (
        environment.key is not None and keys == [(vault.fingerprint(environment.key),)] and migrations() <= {*applied}
    )


def migrations() -> set[tuple[str, str]]:
    """(app, name) of each one of our own that this version brings."""
    files = pathlib.Path(hotgate.__file__).parent.glob("**/migrations/[0-9]*.py")
    return {(file.parent.parent.name, file.stem) for file in files}
