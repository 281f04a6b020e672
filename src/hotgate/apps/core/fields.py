"""Columns that Django has no field for, and the few that every table repeats."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import Q

from hotgate.apps.core import ids

if TYPE_CHECKING:
    TextColumn = models.Field[str, str]
    NullTextColumn = models.Field[str | None, str | None]
else:  # Django's fields know their types in the stubs only
    TextColumn = NullTextColumn = models.Field


class CidrField(TextColumn):
    """A network or a single address, as PostgreSQL's cidr: 192.0.2.7/32, 2001:db8::/56."""

    def db_type(self, connection: Any) -> str:
        return "cidr"


class MacField(NullTextColumn):
    def db_type(self, connection: Any) -> str:
        return "macaddr"


def public_id() -> models.UUIDField[Any, Any]:
    """The id that stands in URLs and in the API."""
    return models.UUIDField(unique=True, default=ids.uuid7, editable=False)


def inside(to: str, **options: Any) -> models.ForeignKey[Any, Any]:
    """A foreign key to a row of the same operator.

    The constraint is made by `schema.same_operator`: it compares the operator too, so that no row can point
    across tenants. Django's own constraint would compare ids alone. Indexes are named in the model, where needed.
    """
    options.setdefault("db_index", False)
    options.setdefault("on_delete", models.PROTECT)
    options.setdefault("related_name", "+")
    return models.ForeignKey(to, db_constraint=False, **options)


def inside_one(to: str, **options: Any) -> models.OneToOneField[Any, Any]:
    """The same, where a row has at most one of these."""
    options.setdefault("on_delete", models.PROTECT)
    return models.OneToOneField(to, db_constraint=False, related_name="+", **options)


def one_of(table: str, column: str, values: type[StrEnum]) -> models.CheckConstraint:
    """A closed set. NULL, where the column allows it, passes."""
    return models.CheckConstraint(
        condition=Q(**{f"{column}__in": [str(value) for value in values]}), name=f"{table}_{column}_known"
    )


def holds(table: str, what: str, condition: Q) -> models.CheckConstraint:
    return models.CheckConstraint(condition=condition, name=f"{table}_{what}")
