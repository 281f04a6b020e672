"""What a plan will be, while it is being typed: the sentence, the other price, totals, and what can't be changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from hotgate.apps.catalogue import drafts
from hotgate.apps.catalogue.drafts import PlanDraft
from hotgate.domain import pricing
from hotgate.domain.catalogue import Measure, Plan, ServiceProfile
from hotgate.domain.errors import DomainError
from hotgate.web.console.plans.forms import PlanForm
from hotgate.web.shared import plan_words
from hotgate.web.shared.words import exact, money


class Preview(NamedTuple):
    sentence: str = ""
    other_price: str = ""  # of a unit where that of the ticket was typed, and the other way round
    totals: tuple[str, ...] = ()
    problem: str = ""  # why there is no sentence yet


def preview_of(currency: str, typed: Mapping[str, Any]) -> Preview:
    if not typed:
        return Preview(problem="Type what you sell: the plan reads here in one sentence.")
    form = PlanForm(currency, typed)
    form.fields["name"].required = False  # one may type the name last
    if not form.is_valid():
        return Preview(problem=_first_problem(form))
    draft = form.draft()
    try:
        return _of(draft, currency)
    except DomainError as error:
        return Preview(problem=error.text)


def _of(draft: PlanDraft, currency: str) -> Preview:
    prices = drafts.prices_of(draft, currency)
    plan = _terms(draft, prices.ticket.minor, currency)
    totals: tuple[str, ...] = ()
    if plan.cycle and plan.price_minor:
        counts = (plan.cycle.repeats or 1, *pricing.total_examples(plan.cycle.period))
        totals = tuple(f"{n} × = {plan_words.total(plan, n)}" for n in dict.fromkeys(counts) if n > 1)
    return Preview(plan_words.sentence(plan), _other_price(prices, draft.measure, currency), totals)


def _other_price(prices: pricing.Prices, measure: Measure, currency: str) -> str:
    if prices.unit_price is None or not prices.ticket:
        return ""
    if prices.side is pricing.PriceSide.UNIT:
        return f"{money(prices.ticket.minor, currency)} for the whole"
    _, unit = pricing.unit_of(measure)
    return f"{exact(prices.unit_price, currency)} for {unit}"


def _terms(draft: PlanDraft, price_minor: int, currency: str) -> Plan:
    limits = draft.limits
    return Plan(
        id=0,
        name=draft.name,
        payment=draft.payment,
        measure=draft.measure,
        profile=ServiceProfile(0, limits.download_bps, limits.upload_bps, devices_max=limits.devices_max),
        currency=currency,
        price_minor=price_minor,
        amount=draft.amount,
        validity=draft.validity,
        cycle=draft.cycle,
        tariff=draft.tariff,
        cap=draft.cap,
        elapsed=draft.elapsed,
    )


def _first_problem(form: PlanForm) -> str:
    name, errors = next(iter(form.errors.items()))
    label = form.fields[name].label or name.capitalize() if name in form.fields else ""
    return f"{label}: {errors[0]}" if label else str(errors[0])
