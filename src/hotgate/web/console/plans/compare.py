"""Plans side by side: what an hour or 10 MB costs in each, and where small tickets undercut a big one (EN-7)."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from hotgate.apps.catalogue import queries
from hotgate.domain import pricing
from hotgate.domain.catalogue import Measure, Payment, Plan
from hotgate.domain.money import Money
from hotgate.domain.pricing import Offer, Undercut
from hotgate.web.shared import plan_words, words
from hotgate.web.shared.seat import StaffRequest


class Line(NamedTuple):
    plan: Plan
    gives: str
    price: str
    per_unit: str
    order: Decimal


class Side(NamedTuple):
    """Plans that can be compared, the cheapest by the unit first."""

    unit: str
    lines: list[Line]
    warnings: list[str]


def page(request: StaffRequest) -> HttpResponse:
    rows = list(queries.active_plans(request.seat.operator))
    terms = queries.terms_of(row.id for row in rows)
    comparable = [(row, terms[row.id]) for row in rows if unit_price_of(terms[row.id]) is not None]
    asked = set(request.GET.getlist("plan"))
    chosen = [plan for row, plan in comparable if str(row.uuid) in asked]
    shown = {
        "choices": [(row, str(row.uuid) in asked or not chosen) for row, _plan in comparable],
        "sides": sides_of(chosen or [plan for _row, plan in comparable]),
    }
    return render(request, "console/plans/compare.html", shown)


def unit_price_of(plan: Plan) -> Decimal | None:
    """What 1 hour or 10 MB costs, in major units; None where nothing is counted or paid."""
    if plan.tariff is not None:
        return plan.tariff.unit_price
    if plan.payment is Payment.FREE or plan.measure is Measure.NONE or plan.amount is None:
        return None
    return pricing.unit_price(plan.price_minor, plan.currency, plan.amount, plan.measure)


def sides_of(plans: list[Plan]) -> list[Side]:
    by = sorted(plans, key=_group)
    return [_side(list(group)) for _key, group in groupby(by, key=_group)]


def _group(plan: Plan) -> tuple[str, str]:
    return str(plan.measure), plan.currency


def _side(plans: list[Plan]) -> Side:
    lines = sorted(map(_line, plans), key=lambda line: line.order)
    offers = [
        Offer(plan.name, Money(plan.price_minor, plan.currency), plan.amount)
        for plan in plans
        if plan.amount is not None and plan.cycle is None and plan.tariff is None
    ]
    unit = _(pricing.unit_of(plans[0].measure)[1])
    return Side(unit, lines, [undercut_words(each, unit) for each in pricing.undercuts(offers)])


def _line(plan: Plan) -> Line:
    price = unit_price_of(plan)
    assert price is not None, "only what has a price of a unit is compared"
    return Line(plan, plan_words.gives(plan), plan_words.price(plan), words.exact(price, plan.currency), price)


def undercut_words(found: Undercut, unit: str) -> str:
    told: dict[str, Any] = {
        "pieces": found.pieces,
        "small": found.small.name,
        "big": found.big.name,
        "cost": words.money(found.cost.minor, found.cost.currency),
        "price": words.money(found.big.price.minor, found.big.price.currency),
        "unit": unit,
    }
    if found.cost < found.big.price:
        return _("%(pieces)s × “%(small)s” cost %(cost)s, less than one “%(big)s” for %(price)s.") % told
    return _("“%(small)s” is cheaper for %(unit)s than “%(big)s”, which is bigger.") % told
