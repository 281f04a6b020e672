"""One row of a model by a condition that is always the same: nothing is composed, where that would cost the most."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import connection, models

from hotgate.store import db
from hotgate.store.db import Call, Statement

Row = TypeVar("Row", bound=models.Model)


def row(model: type[Row], condition: str, *values: Any) -> Row | None:
    """The first that fits. `condition`: of SQL, with `$1` for the first value."""
    (found,) = db.at_once(connection, call(model, condition, *values))
    return found[0] if found else None


def call(model: type[models.Model], condition: str, *values: Any) -> Call:
    """The same, to go along with others in one round trip."""
    return _statement(model, condition), values


@functools.cache
def _statement(model: type[models.Model], condition: str) -> Statement[Any]:
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    table = model._meta.db_table
    # PostgreSQL cuts names at 63 octets
    name = f"ONE_{table[:40].upper()}_{_statement.cache_info().currsize}"
    sql = f'SELECT {columns} FROM "{table}" WHERE {condition} LIMIT 1'
    made: Statement[Any] = Statement(name, "one row of a model", sql, tuple, is_prepared=True)
    made.make = _maker(model)
    return made


def _maker(model: type[models.Model]) -> Callable[[Sequence[Any]], models.Model]:
    fields = model._meta.concrete_fields
    names = [field.attname for field in fields]
    # a statement gives JSON as values already
    converted = [
        (at, each.from_db_value)
        for at, each in enumerate(fields)
        if hasattr(each, "from_db_value") and not isinstance(each, models.JSONField)
    ]

    def make(values: Sequence[Any]) -> models.Model:
        given = list(values)
        for at, convert in converted:
            given[at] = convert(given[at], None, connection)
        return model.from_db(connection.alias, names, given)

    return make
