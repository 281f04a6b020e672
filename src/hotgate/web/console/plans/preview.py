"""What a plan will be, while it is being typed: the sentence, the other price, totals, dates, its examples."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hotgate.apps.catalogue import drafts
from hotgate.apps.catalogue.drafts import PlanDraft
from hotgate.domain import cycles, examples, money, pricing, validity
from hotgate.domain.catalogue import CycleRule, Measure, Period, Plan
from hotgate.domain.errors import DomainError
from hotgate.domain.pricing import PriceSide
from hotgate.web.console.plans import example_rows, prices
from hotgate.web.console.plans.example_rows import Told
from hotgate.web.console.plans.forms import PlanForm
from hotgate.web.shared import plan_words, words

RESETS_SHOWN = 3


class Preview(NamedTuple):
    sentence: str = ""
    other_price: str = ""  # of a unit where that of the ticket was typed, and the other way round
    totals: tuple[tuple[str, str], ...] = ()  # number of cycles, price of all (EN-35)
    dates: tuple[str, ...] = ()  # of a cyclic plan sold now
    examples: tuple[Told, ...] = ()
    problem: str = ""  # why there is no sentence yet


def preview_of(currency: str, typed: QueryDict | dict[str, Any], zone: ZoneInfo, now: datetime) -> Preview:
    if not typed:
        return Preview(problem=_("Type what you sell: the plan reads here in one sentence."))
    form = PlanForm(currency, typed)
    form.fields["name"].required = False  # one may type the name last
    if not form.is_valid():
        return Preview(problem=_first_problem(form))
    try:
        return _of(form.draft(), currency, zone, now)
    except DomainError as error:
        return Preview(problem=_(error.text))


def with_one_price(typed: QueryDict) -> QueryDict:
    """What was typed without the price that follows from the other one, and with the side on which it was typed."""
    data = typed.copy()
    side = data.get("typed") or data.get("price_side") or (PriceSide.UNIT if not data.get("price") else "ticket")
    side = side if side in prices.FIELDS else str(PriceSide.TICKET)
    data["price_side"] = side
    data["price" if side == PriceSide.UNIT else "unit_price"] = ""
    return data


def other_box(currency: str, data: QueryDict) -> tuple[Any, Any]:
    """The box of the other price with what follows from the typed one, and the hidden side: both to be swapped in."""
    form = PlanForm(currency, data)
    form.is_valid()
    side = PriceSide(str(data["price_side"]))
    other = "unit_price" if side is PriceSide.TICKET else "price"
    follows = _text_of(prices.following(currency, form.cleaned_data, side), other)
    shown = PlanForm(currency, initial={other: follows, "price_side": str(side)})
    for name in (other, "price_side"):
        shown.fields[name].widget.attrs["hx-swap-oob"] = "true"
    return shown[other], shown["price_side"]


def _text_of(both: pricing.Prices | None, name: str) -> str:
    if both is None:
        return ""
    if name == "price":
        return money.plain(both.ticket)
    price = both.unit_price
    return "" if price is None else f"{price.normalize():f}"


def _of(draft: PlanDraft, currency: str, zone: ZoneInfo, now: datetime) -> Preview:
    plan = drafts.terms_of(draft, currency)
    both = drafts.prices_of(draft, currency)
    counted = examples.measure_of(plan)
    return Preview(
        plan_words.sentence(plan),
        _other_price(both, draft.measure, currency),
        totals_of(plan),
        dates_of(plan, zone, now),
        tuple(example_rows.told(examples.run(plan, each, zone), counted) for each in draft.examples),
    )


def totals_of(plan: Plan) -> tuple[tuple[str, str], ...]:
    """What typical numbers of cycles cost together (EN-35)."""
    if plan.cycle is None:
        return ()
    counts = sorted({plan.cycle.repeats or 1, *pricing.total_examples(plan.cycle.period)})
    return tuple((plan_words.cycles_words(plan.cycle.period, n), plan_words.total(plan, n)) for n in counts)


def dates_of(plan: Plan, zone: ZoneInfo, now: datetime) -> tuple[str, ...]:
    """When the amount of a plan that starts now comes again, and when it ends (EN-32, EN-33, EN-A11, EN-A12)."""
    rule = plan.cycle
    if rule is None:
        return ()
    sold = validity.grant(plan, id=0, created_at=now, starts_at=now, zone=zone)
    end = cycles.end_of_life(rule, sold.cycles, now, zone)
    assert end is not None, "a plan has a number of cycles"
    resets = cycles.borders_between(rule, now, zone, now, end)[:RESETS_SHOWN] if (sold.cycles or 1) > 1 else []
    said = [_("Started now, it ends on %(end)s.") % {"end": _day(end, zone)}]
    if resets:
        days = ", ".join(_day(each, zone) for each in resets)
        said.insert(0, _("Started now, the amount comes again on %(days)s.") % {"days": days})
    return (*said, *_month_words(rule, now, zone))


def _month_words(rule: CycleRule, now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
    if rule.period is not Period.MONTH:
        return ()
    local = now.astimezone(zone)
    june = local.replace(month=6, day=20)
    ends = cycles.cycle_containing(rule, june, zone, june).ends_at
    last = date_format(ends.astimezone(zone) - cycles.DAY, "j F")
    return (
        _(
            "Months begin on the 1st: bought on 20 June it works at once, but its first cycle ends on %(last)s, at the"
            " full price. Let it start on the 1st to get all of it."
        )
        % {"last": last},
    )


def _day(instant: datetime, zone: ZoneInfo) -> str:
    return date_format(instant.astimezone(zone), "j M Y, H:i")


def _other_price(both: pricing.Prices, measure: Measure, currency: str) -> str:
    if both.unit_price is None or not both.ticket:
        return ""
    if both.side is PriceSide.UNIT:
        return _("%(price)s for the whole") % {"price": words.money(both.ticket.minor, currency)}
    unit = pricing.unit_of(measure)[1]
    return _("%(price)s for %(unit)s") % {"price": words.exact(both.unit_price, currency), "unit": _(unit)}


def _first_problem(form: PlanForm) -> str:
    name, errors = next(iter(form.errors.items()))
    label = form.fields[name].label or name.capitalize() if name in form.fields else ""
    return f"{label}: {errors[0]}" if label else str(errors[0])
