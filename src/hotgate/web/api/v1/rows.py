"""Rows that addresses and bodies name, among those of the operator: another operator's answer like none."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.operators import queries as operators
from hotgate.apps.subscribers import listed
from hotgate.domain.errors import DomainError
from hotgate.web.api.access import Caller
from hotgate.web.shared.lookup import found


def one(rows: QuerySet[Any], own: UUID) -> Any:
    """Of an address. Http404."""
    return found(rows.filter(uuid=own).first())


def person(who: Caller, own: UUID) -> Any:
    return one(listed.people(who.operator), own)


def named(rows: QuerySet[Any], own: UUID | None, field: str) -> Any:
    """Of a body; None stays None. DomainError `request_invalid` with the field."""
    if own is None:
        return None
    return _known(rows.filter(uuid=own).first(), field)


def _known(row: Any, field: str) -> Any:
    if row is None:
        text = _("There is none with this id.")
        raise DomainError("request_invalid", text, {field: text})
    return row


def plan(who: Caller, own: UUID | None) -> Any:
    row = None if own is None else catalogue.plan_with(who.operator, own)
    return row if own is None else _known(row, "plan")


def site(who: Caller, own: UUID | None) -> Any:
    return None if own is None else named(operators.sites(who.operator), own, "site")


def realm(who: Caller, own: UUID | None) -> Any:
    row = None if own is None else listed.realm(who.operator, own)
    return row if own is None else _known(row, "realm")


def people(who: Caller) -> QuerySet[Any]:
    return listed.people(who.operator)
