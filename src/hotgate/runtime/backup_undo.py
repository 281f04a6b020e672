"""Take away again what an unfinished restore made in a given database, which was empty before it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg

from hotgate import database
from hotgate.environment import Environment

_NOT_OF_AN_EXTENSION = "NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = {}.oid AND d.deptype = 'e')"

# One statement per thing, in an order in which CASCADE has little left to do.
DROPS = f"""
SELECT format('DROP TABLE IF EXISTS %I CASCADE', c.relname)
  FROM pg_class c
 WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND {_NOT_OF_AN_EXTENSION.format("c")}
UNION ALL
SELECT format('DROP SEQUENCE IF EXISTS %I CASCADE', c.relname)
  FROM pg_class c
 WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'S'
   AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i', 'e'))
UNION ALL
SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure)
  FROM pg_proc p
 WHERE p.pronamespace = current_schema()::regnamespace AND {_NOT_OF_AN_EXTENSION.format("p")}
UNION ALL
SELECT format('DROP TYPE IF EXISTS %I CASCADE', t.typname)
  FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
 WHERE t.typnamespace = current_schema()::regnamespace AND (t.typtype IN ('e', 'd') OR c.relkind = 'c')
   AND {_NOT_OF_AN_EXTENSION.format("t")}
UNION ALL
SELECT format('DROP EXTENSION IF EXISTS %I CASCADE', e.extname)
  FROM pg_extension e
 WHERE e.extnamespace = current_schema()::regnamespace
"""


@contextlib.contextmanager
def unless_finished(here: Environment) -> Iterator[None]:
    """Migrations cannot be one transaction (a new enum value must be committed before its use): so undo them."""
    if here.database_url is None:  # an embedded server is thrown away as a whole
        yield
        return
    kept = set(_drops(here))
    try:
        yield
    except BaseException:
        _drop(here, kept)
        raise


def _drops(here: Environment) -> list[str]:
    with psycopg.connect(**database.conninfo(here, "owner")) as connection:
        return [statement for (statement,) in connection.execute(DROPS).fetchall()]


def _drop(here: Environment, kept: set[str]) -> None:
    with psycopg.connect(**database.conninfo(here, "owner"), autocommit=True) as connection:
        for (statement,) in connection.execute(DROPS).fetchall():
            if statement not in kept:
                connection.execute(statement)
