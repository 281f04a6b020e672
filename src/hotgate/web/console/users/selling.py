"""What was sold to a user, by plan, with each seller's cost and revenue (HN-21, HN-A13)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hotgate.apps.subscribers import queries
from hotgate.apps.subscribers import sales as services
from hotgate.domain.errors import DomainError
from hotgate.web.console.users.finding import user_of
from hotgate.web.shared import seat
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest


class Part(NamedTuple):
    """One seller's sum over the sales of a plan."""

    seller: str
    revenue_minor: int
    cost_minor: int

    @property
    def margin_minor(self) -> int:
        return self.revenue_minor - self.cost_minor


class OfPlan(NamedTuple):
    plan: str
    sales: list[Any]
    parts: list[Part]  # from the seller upward


@require_GET
def sales(request: StaffRequest, user: UUID) -> HttpResponse:
    row = user_of(request, user)
    names = {each.operator_id: each.name for each in services.seller_chain(row.operator_id)}
    groups = by_plan(queries.sales(row), names)
    total = _sums([part for group in groups for part in group.parts])
    currency = request.seat.operator.currency
    shown = {"user_row": row, "groups": groups, "total": total, "currency": currency}
    return render(request, "console/users/sales.html", shown)


@require_POST
def settle(request: StaffRequest, user: UUID, sale: UUID) -> HttpResponse:
    row = user_of(request, user)
    one = found(queries.sales(row).filter(uuid=sale).first())
    try:
        services.settle_sale(by=seat.by(request), now=timezone.now(), sale=one)
        messages.success(request, _("Marked as paid."))
    except DomainError as error:
        messages.error(request, _(error.text))
    return redirect("user_sales" if request.seat.may(Action.SEE_SALES) else "user", user)


def by_plan(rows: Iterable[Any], names: dict[int, str]) -> list[OfPlan]:
    """The sales of one plan beside each other, the plan sold last first."""
    groups: dict[int, OfPlan] = {}
    for sale in rows:
        groups.setdefault(sale.plan_id, OfPlan(sale.plan.name, [], [])).sales.append(sale)
    return [
        group._replace(parts=_sums([_part(each, names) for sale in group.sales for each in sale.chain]))
        for group in groups.values()
    ]


def _part(each: dict[str, int], names: dict[int, str]) -> Part:
    return Part(names.get(each["seller"], "–"), each["revenue_minor"], each["cost_minor"])


def _sums(parts: list[Part]) -> list[Part]:
    summed: dict[str, Part] = {}
    for part in parts:
        known = summed.get(part.seller, Part(part.seller, 0, 0))
        summed[part.seller] = Part(
            part.seller, known.revenue_minor + part.revenue_minor, known.cost_minor + part.cost_minor
        )
    return list(summed.values())
