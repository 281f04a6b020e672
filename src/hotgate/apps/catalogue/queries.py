"""What the operator sells or gives."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import QuerySet

from hotgate.apps.catalogue.models import Plan
from hotgate.apps.operators.models import Operator
from hotgate.domain import catalogue
from hotgate.store import terms
from hotgate.store.db import ints


def plans(operator: Operator) -> QuerySet[Plan]:
    """Retired ones too."""
    return Plan.objects.filter(operator=operator).select_related("profile")


def active_plans(operator: Operator) -> QuerySet[Plan]:
    return Plan.objects.filter(operator=operator, active=True).order_by("id")


def plan_named(operator: Operator, text: str) -> Plan | None:
    """The active plan of this name or code, regardless of case; a name goes before a code."""
    active = active_plans(operator)
    return active.filter(name__iexact=text.strip()).first() or active.filter(code__iexact=text.strip()).first()


def terms_of(plan_ids: Iterable[int]) -> dict[int, catalogue.Plan]:
    """Plans as the rules read them, through the same rows as the AAA server."""
    rows = terms.LOAD_PLANS.fetch(connection, ints(plan_ids))
    return {row.id: terms.plan_of(row) for row in rows}
