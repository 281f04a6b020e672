"""A plan as it is typed, and what must be right about it before it is frozen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from hotgate.apps.core.checking import Checking
from hotgate.domain import examples, pricing, quantities
from hotgate.domain.catalogue import (
    Cap,
    CycleRule,
    Direction,
    Measure,
    Payment,
    Plan,
    ServiceProfile,
    Tariff,
    Validity,
    ValidityKind,
    may_limit_bandwidth,
)
from hotgate.domain.errors import DomainError
from hotgate.domain.examples import Example
from hotgate.domain.money import Money
from hotgate.domain.pricing import Prices, PriceSide
from hotgate.domain.wording import _

NAME_MAX = 100
EXAMPLES_MAX = 20
PRICE_MINOR_MAX = 10**15  # a thousand cycles of it still fit
TOO_DEAR = _("That price is too large.")
REPEATS_MAX = 1000
VALIDITY_MAX = 10_000
BPS_MAX = quantities.RATE_MAX
SECONDS_MAX = 10 * 365 * 86_400
LIMITS_MAX = {
    "download_bps": BPS_MAX,
    "upload_bps": BPS_MAX,
    "idle_timeout_seconds": SECONDS_MAX,
    "session_timeout_seconds": SECONDS_MAX,
    "devices_max": 1_000_000,
}
NOT_QUICK = _("A postpaid plan is not sold as a quick ticket.")
FREE_OF_LENGTH = (ValidityKind.ALWAYS, ValidityKind.END_OF_DAY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Technical limits typed in the plan's own form: a private service profile."""

    download_bps: int | None = None
    upload_bps: int | None = None
    idle_timeout_seconds: int | None = None
    session_timeout_seconds: int | None = None
    interim_seconds: int = 300
    devices_max: int | None = 1
    address_pool: str = ""
    filter_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDraft:
    name: str
    payment: Payment
    measure: Measure
    code: str = ""  # the name unless given (EN-A22)
    amount: int | None = None  # seconds or octets: in all, or per cycle
    price: Money | None = None  # of one ticket, or of one cycle; typed on this side …
    unit_price: Decimal | None = None  # … or on this one, in major units for 1 hour or 10 MB (EN-5)
    validity: Validity = field(default_factory=Validity)
    cycle: CycleRule | None = None
    tariff: Tariff | None = None  # of a postpaid plan
    cap: Cap | None = None
    direction: Direction = Direction.BOTH
    elapsed: bool = False
    for_devices: bool = False
    quick_ticket: bool = False
    self_service: bool = False
    limits: Limits = field(default_factory=Limits)
    examples: tuple[Example, ...] = ()


def check(draft: PlanDraft, currency: str) -> None:
    """Raises DomainError `plan_invalid` with every field that is wrong."""
    checking = Checking("plan_invalid")
    check_names(checking, draft.name.strip(), draft.code.strip() or draft.name.strip())
    _check_amount(checking, draft)
    _check_price(checking, draft, currency)
    _check_cycle(checking, draft)
    _check_validity(checking, draft)
    _check_limits(checking, draft)
    _check_places(checking, draft)
    _check_examples(checking, draft)
    checking.finish()


def check_examples(given: Sequence[Example], plan: Plan) -> None:
    """DomainError `examples_invalid`: those that can't be tried."""
    checking = Checking("examples_invalid")
    _require_possible(checking, given, examples.measure_of(plan))
    checking.finish()


def prices_of(draft: PlanDraft, currency: str) -> Prices:
    """Both prices, the typed one as it was typed (EN-6). DomainError `unit_price_invalid`."""
    if draft.unit_price is not None and draft.amount is not None:
        return pricing.from_unit(draft.unit_price, currency, draft.amount, draft.measure)
    ticket = draft.price or Money(0, currency)
    if draft.amount is None or draft.measure is Measure.NONE:
        return Prices(PriceSide.TICKET, ticket, None)
    return pricing.from_ticket(ticket, draft.amount, draft.measure)


def terms_of(draft: PlanDraft, currency: str) -> Plan:
    """The plan as the rules will read it. DomainError `unit_price_invalid`."""
    limits = draft.limits
    profile = ServiceProfile(
        0,
        limits.download_bps,
        limits.upload_bps,
        limits.idle_timeout_seconds,
        limits.session_timeout_seconds,
        limits.interim_seconds,
        limits.devices_max,
    )
    return Plan(
        id=0,
        name=draft.name,
        payment=draft.payment,
        measure=draft.measure,
        profile=profile,
        currency=currency,
        price_minor=prices_of(draft, currency).ticket.minor,
        amount=draft.amount,
        validity=draft.validity,
        cycle=draft.cycle and draft.cycle._replace(repeats=draft.cycle.repeats or 1),  # EN-29
        tariff=draft.tariff,
        cap=draft.cap,
        direction=draft.direction,
        elapsed=draft.elapsed,
        for_devices=draft.for_devices,
    )


def columns_of(draft: PlanDraft, currency: str) -> dict[str, Any]:
    """The plan's terms as columns of its table."""
    prices = prices_of(draft, currency)
    return {
        "name": draft.name.strip(),
        "code": draft.code.strip() or draft.name.strip(),
        "payment": draft.payment,
        "measure": draft.measure,
        "currency": currency,
        "price_minor": prices.ticket.minor,
        "price_side": prices.side,
        "unit_price": prices.unit_price,
        "amount": draft.amount,
        "validity_kind": draft.validity.kind,
        "validity_amount": draft.validity.amount,
        "validity_unit": draft.validity.unit,
        "direction": draft.direction,
        "elapsed": draft.elapsed,
        "for_devices": draft.for_devices,
        "quick_ticket": draft.quick_ticket,
        "self_service": draft.self_service,
        **_cycle_columns(draft.cycle),
        **_tariff_columns(draft.tariff),
        **_cap_columns(draft.cap),
    }


def check_names(checking: Checking, name: str, code: str) -> None:
    checking.require(0 < len(name) <= NAME_MAX, "name", _("A name has 1 to 100 characters."))
    checking.require(0 < len(code) <= NAME_MAX, "code", _("A code has 1 to 100 characters."))


def _check_amount(checking: Checking, draft: PlanDraft) -> None:
    given = draft.amount
    checking.require(given is None or 0 < given <= quantities.QUANTITY_MAX, "amount", _("An amount is more than zero."))
    checking.require(given is None or draft.measure is not Measure.NONE, "amount", _("A flat plan counts no amount."))
    checking.require(given is None or draft.cap is None, "cap", _("A plan has an amount or a cap, not both."))
    cap = draft.cap
    capped = cap is None or (0 < cap.amount <= quantities.QUANTITY_MAX and cap.measure is not Measure.NONE)
    checking.require(capped, "cap", _("A cap is an amount of time or traffic."))


def _check_price(checking: Checking, draft: PlanDraft, currency: str) -> None:
    price, per_unit, tariff = draft.price, draft.unit_price, draft.tariff
    checking.require(price is None or per_unit is None, "price", _("Type one of the two prices."))
    right = price is None or (price.minor >= 0 and price.currency == currency)
    wrong = gettext("A price is zero or more, in %(currency)s.") % {"currency": currency}
    checking.require(right, "price", wrong)
    checking.require(price is None or price.minor <= PRICE_MINOR_MAX, "price", TOO_DEAR)
    checking.require(per_unit is None or draft.amount is not None, "unit_price", _("A price per unit needs an amount."))
    is_free = draft.payment is Payment.FREE
    checking.require(not is_free or not (price or per_unit or tariff), "price", _("A free plan has no price."))
    is_postpaid = draft.payment is Payment.POSTPAID
    checking.require(tariff is None or is_postpaid, "tariff", _("Only a postpaid plan charges use."))
    needs_tariff = is_postpaid and draft.measure is not Measure.NONE
    checking.require(not needs_tariff or tariff is not None, "tariff", _("A postpaid plan needs a price per unit."))
    if tariff is not None:
        size = pricing.unit_of(draft.measure)[0] if draft.measure is not Measure.NONE else 0
        right = pricing.is_possible(tariff.unit_price) and tariff.unit == size and tariff.increment >= 1
        checking.require(right, "tariff", _("A tariff is a price per hour or per 10 MB, with at most 8 decimals."))
    if not checking.wrong:
        _check_both_prices(checking, draft, currency)


def _check_both_prices(checking: Checking, draft: PlanDraft, currency: str) -> None:
    """The price that was not typed has to be possible as well."""
    try:
        prices = prices_of(draft, currency)
    except DomainError as error:
        checking.require(False, "unit_price", error.text)
        return
    fits = prices.ticket.minor <= PRICE_MINOR_MAX and (prices.unit_price is None or prices.unit_price < 10**12)
    checking.require(fits, "unit_price" if draft.unit_price is not None else "price", TOO_DEAR)


def _check_cycle(checking: Checking, draft: PlanDraft) -> None:
    cycle = draft.cycle
    if cycle is None:
        return
    checking.require(draft.payment is Payment.PREPAID, "cycle", _("Cyclic plans are prepaid."))  # EN-30
    checking.require(draft.amount is not None, "amount", _("A cyclic plan has an amount for each cycle."))
    checking.require(cycle.repeats is None or cycle.repeats >= 1, "cycle", _("At least one cycle is needed."))
    checking.require((cycle.repeats or 1) <= REPEATS_MAX, "cycle", _("At most 1000 cycles."))
    at_end_of_day = draft.validity.kind is ValidityKind.END_OF_DAY
    checking.require(not at_end_of_day, "validity", _("A cyclic plan does not end with the day."))  # EN-A13


def _check_validity(checking: Checking, draft: PlanDraft) -> None:
    kind, amount = draft.validity.kind, draft.validity.amount
    # of a cyclic plan the validity says only when it starts (EN-A13): a length may be missing
    needs_length = kind not in FREE_OF_LENGTH and draft.cycle is None
    checking.require(amount >= (1 if needs_length else 0), "validity", _("Say how long it is valid."))
    checking.require(amount <= VALIDITY_MAX, "validity", _("That is too long."))


def _check_limits(checking: Checking, draft: PlanDraft) -> None:
    limits = draft.limits
    for name in ("download_bps", "upload_bps", "idle_timeout_seconds", "session_timeout_seconds", "devices_max"):
        value = getattr(limits, name)
        checking.require(value is None or value > 0, name, _("A limit is more than zero."))
        checking.require(value is None or value <= LIMITS_MAX[name], name, _("That is too much."))
    in_range = 60 <= limits.interim_seconds <= 86_400
    checking.require(in_range, "interim_seconds", _("Between 60 and 86400 seconds."))  # RFC 2869 §5.16
    _check_slower(checking, draft)
    for name in ("download_bps", "upload_bps"):
        may_limit = may_limit_bandwidth(draft.cycle) or getattr(limits, name) is None
        checking.require(may_limit, name, _("A cyclic plan has no limit of bandwidth."))  # EN-18


def _check_slower(checking: Checking, draft: PlanDraft) -> None:
    """The speeds to which a cap throttles."""
    speeds = (draft.cap.throttle_download_bps, draft.cap.throttle_upload_bps) if draft.cap else ()
    fits = all(each is None or 0 < each <= BPS_MAX for each in speeds)
    checking.require(fits, "cap", _("A speed is more than zero, up to 1 Tbit/s."))


def _check_places(checking: Checking, draft: PlanDraft) -> None:
    may = draft.payment is not Payment.POSTPAID or not draft.quick_ticket
    checking.require(may, "quick_ticket", NOT_QUICK)  # EN-A21


def _check_examples(checking: Checking, draft: PlanDraft) -> None:
    counted = draft.cap.measure if draft.cap else draft.measure
    _require_possible(checking, draft.examples, Measure.TIME if counted is Measure.TIME else Measure.TRAFFIC)


def _require_possible(checking: Checking, given: Sequence[Example], measure: Measure) -> None:
    checking.require(len(given) <= EXAMPLES_MAX, "examples", _("That is too many examples."))
    for example in given:
        problem = examples.problem(example, measure)
        checking.require(not problem, "examples", problem)


def _cycle_columns(cycle: CycleRule | None) -> dict[str, Any]:
    if cycle is None:
        return {}
    count = 1 if cycle.repeats is None else cycle.repeats  # EN-29
    return {"cycle_period": cycle.period, "cycle_count": count, "cycle_calendar": cycle.calendar}


def _tariff_columns(tariff: Tariff | None) -> dict[str, Any]:
    if tariff is None:
        return {}
    return {
        "tariff_unit_price": tariff.unit_price,
        "tariff_unit": tariff.unit,
        "tariff_increment": tariff.increment,
    }


def _cap_columns(cap: Cap | None) -> dict[str, Any]:
    if cap is None:
        return {}
    return {
        "cap_amount": cap.amount,
        "cap_action": cap.action,
        "cap_period": cap.cycle.period,
        "cap_calendar": cap.cycle.calendar,
        "cap_measure": cap.measure,
        "cap_throttle_download_bps": cap.throttle_download_bps,
        "cap_throttle_upload_bps": cap.throttle_upload_bps,
    }
