"""The list of plans: a column for each option, and what is done to several at once (EN-9 … EN-13)."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from hotgate.apps.catalogue import queries, services
from hotgate.domain import money
from hotgate.domain.catalogue import Measure
from hotgate.web.console.plans import choices
from hotgate.web.console.plans.compare import unit_price_of
from hotgate.web.shared import plan_words, seat, words
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.listing import Bulk, Column, Filter, Shape
from hotgate.web.shared.seat import StaffRequest


class Shown(NamedTuple):
    """A plan with what it says about itself."""

    plan: Any
    price: str
    unit_price: str
    amount: str
    kind: str
    payment: str
    measure: str
    bandwidth: str
    offers: tuple[tuple[str, str, bool], ...]  # name of the switch, what it offers, is it on


def shown(request: StaffRequest, rows: list[Any]) -> list[Shown]:
    terms = queries.terms_of(plan.id for plan in rows)
    return [_one(row, terms[row.id]) for row in rows]


def _one(row: Any, plan: Any) -> Shown:
    return Shown(
        row,
        "" if plan.tariff else plan_words.price(plan),
        _unit_price(plan),
        "" if plan.amount is None else words.amount_of(plan.amount, plan.measure),
        str(dict(choices.CYCLES)[plan.cycle.period]) if plan.cycle else "",
        str(choices.SHORT[plan.payment]),
        str(choices.SHORT[plan.measure]),
        plan_words.speed(plan.profile),
        (
            ("quick_ticket", str(_("Quick ticket")), row.quick_ticket),
            ("self_service", str(_("Portal")), row.self_service),
        ),
    )


def _unit_price(plan: Any) -> str:
    price = unit_price_of(plan)
    if price is None:
        return ""
    unit = _("%(price)s per hour") if plan.measure is Measure.TIME else _("%(price)s per 10 MB")
    return (unit % {"price": words.exact(price, plan.currency)}).replace("10 MB", "10\N{NO-BREAK SPACE}MB")


def _price(row: Shown) -> Any:
    """As a number in the plan's currency."""
    return money.to_decimal(money.Money(row.plan.price_minor, row.plan.currency))


def _retire_one(request: StaffRequest, row: Any) -> bool:
    if not row.active:
        return False
    services.retire_plan(by=seat.by(request), now=timezone.now(), plan=row)
    return True


def _offering(**switch: bool) -> Any:
    def act(request: StaffRequest, row: Any) -> bool:
        if not row.active or all(getattr(row, name) == on for name, on in switch.items()):
            return False
        services.offer_plan(by=seat.by(request), now=timezone.now(), plan=row, **switch)
        return True

    return act


def _ask_offer(count: int) -> str:
    text = ngettext("Change where %(count)s plan is offered?", "Change where %(count)s plans are offered?", count)
    return text % {"count": count}


def _ask_retire(count: int) -> str:
    text = ngettext(
        "Retire %(count)s plan? It is no longer sold; what was sold stays valid.",
        "Retire %(count)s plans? They are no longer sold; what was sold stays valid.",
        count,
    )
    return text % {"count": count}


SHAPE = Shape(
    name="plans",
    columns=(
        Column("name", _("Plan"), "name", value="plan__name"),
        Column("code", _("Code"), value="plan__code", is_hidden=True),
        Column("payment", _("Payment"), "payment", value="payment"),
        Column("measure", _("Counts"), "measure", value="measure"),
        Column("kind", _("Cycle"), value="kind"),
        Column("amount", _("Amount"), numeric=True, value="amount"),
        Column("unit_price", _("Price of a unit"), numeric=True, value="unit_price"),
        Column("price", _("Price"), "price_minor", numeric=True, value=_price),
        Column("bandwidth", _("Bandwidth"), value="bandwidth", is_hidden=True),
        Column("quick", _("Quick ticket?"), value="plan__quick_ticket"),
        Column("portal", _("Portal?"), value="plan__self_service"),
        Column("since", _("Since"), "created_at", value="plan__created_at", is_hidden=True),
        Column("menu", ""),
    ),
    sort="name",
    search=lambda text: Q(name__icontains=text) | Q(code__icontains=text),
    chips={
        "quick": Filter(_("Quick ticket"), Q(quick_ticket=True, active=True)),
        "retired": Filter(_("Retired"), Q(active=False)),
        "prepaid": Filter(_("Prepaid"), Q(payment="prepaid"), "payment"),
        "postpaid": Filter(_("Postpaid"), Q(payment="postpaid"), "payment"),
    },
    prepare=shown,
    order_box=True,
    named="name",
    actions=(
        Bulk("quick", _("Offer as quick ticket"), Action.EDIT_PLANS, _offering(quick_ticket=True), _ask_offer),
        Bulk("not_quick", _("No quick ticket"), Action.EDIT_PLANS, _offering(quick_ticket=False), _ask_offer),
        Bulk("retire", _("Retire"), Action.EDIT_PLANS, _retire_one, _ask_retire, is_dangerous=True),
    ),
)
