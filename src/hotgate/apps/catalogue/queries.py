"""What the operator sells or gives."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import QuerySet

from hotgate.apps.catalogue.models import Plan, PlanExample
from hotgate.apps.core import quick
from hotgate.apps.operators.models import Operator
from hotgate.domain import catalogue, examples
from hotgate.domain.examples import Example, Expectation, Result
from hotgate.store import terms
from hotgate.store.db import ints

TERMS_KEPT = 1000
_TERMS: dict[UUID, catalogue.Plan] = {}


def plans(operator: Operator) -> QuerySet[Plan]:
    """Retired ones too."""
    return Plan.objects.filter(operator=operator).select_related("profile")


def plan_with(operator: Operator, own: UUID) -> Plan | None:
    """Retired ones too."""
    return quick.row(Plan, "uuid = $1 AND operator_id = $2", own, operator.id)


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


def lasting_terms(plan: Plan) -> catalogue.Plan:
    """The same of one plan, read once by each process: terms never change, only its profile may have since."""
    known = _TERMS.get(plan.uuid)
    if known is None:
        if len(_TERMS) >= TERMS_KEPT:
            _TERMS.clear()
        known = _TERMS[plan.uuid] = terms_of([plan.id])[plan.id]
    return known._replace(name=plan.name)


def examples_of(plan: Plan) -> list[Example]:
    """In the order in which they were typed."""
    rows = PlanExample.objects.filter(plan=plan).order_by("position")
    return [Example(row.used, row.day, Expectation(row.expected)) for row in rows]


def results_of(plan: Plan) -> list[Result]:
    """Its examples, tried on the rules in the operator's zone."""
    given = examples_of(plan)
    if not given:
        return []
    terms, zone = terms_of([plan.id])[plan.id], ZoneInfo(plan.operator.time_zone)
    return [examples.run(terms, example, zone) for example in given]


def stamp_of(plan: Plan) -> str:
    """Of all that may change about a plan: another one after any change."""
    return sha256(
        repr((plan.name, plan.code, plan.description, plan.quick_ticket, plan.self_service)).encode()
    ).hexdigest()[:16]
