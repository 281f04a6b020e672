"""A plan in one sentence: "1 GB, usable for 7 days from first login, up to 20/5 Mbit/s, 5.00 €"."""

from __future__ import annotations

from hotgate.domain import quantities
from hotgate.domain.catalogue import (
    Cap,
    CapAction,
    CycleRule,
    Measure,
    Payment,
    Period,
    Plan,
    ServiceProfile,
    Unit,
    Validity,
    ValidityKind,
)
from hotgate.domain.money import Money
from hotgate.domain.pricing import unit_of
from hotgate.web.shared.words import amount_of, exact, money

_UNITS = {
    Unit.MINUTE: ("minute", "minutes"),
    Unit.HOUR: ("hour", "hours"),
    Unit.DAY: ("day", "days"),
    Unit.WEEK: ("week", "weeks"),
    Unit.MONTH: ("month", "months"),
}
_PERIODS = {
    Period.DAY: ("day", "days"),
    Period.WEEK: ("week", "weeks"),
    Period.MONTH: ("month", "months"),
    Period.YEAR: ("year", "years"),
}
_CAP_ACTIONS = {
    CapAction.DISCONNECT: "then disconnected until the next {period}",
    CapAction.THROTTLE: "then slower until the next {period}",
    CapAction.OVERAGE: "then overage by agreement",
}


def sentence(plan: Plan) -> str:
    """What the plan gives, until when, how fast and at which price."""
    return f"{gives(plan)}, {price(plan)}"


def gives(plan: Plan) -> str:
    """The sentence without the price, for where that stands beside it."""
    parts = [_amount(plan), _cap(plan.cap), _validity(plan), _speed(plan.profile), _devices(plan.profile)]
    text = ", ".join(part for part in parts if part)
    return text[:1].upper() + text[1:]


def price(plan: Plan) -> str:
    if plan.payment is Payment.FREE:
        return "free"
    amount = money(plan.price_minor, plan.currency)
    if plan.tariff is not None:
        _, unit = unit_of(plan.measure)
        metered = f"{exact(plan.tariff.unit_price, plan.currency)} per {unit.removeprefix('1 ')}, paid afterwards"
        return f"{amount} and {metered}" if plan.price_minor else metered
    return f"{amount} per {_PERIODS[plan.cycle.period][0]}" if plan.cycle else amount


def total(plan: Plan, cycles: int) -> str:
    return money((Money(plan.price_minor, plan.currency) * cycles).minor, plan.currency)


def _amount(plan: Plan) -> str:
    if plan.amount is None:
        return "" if plan.cap else _unlimited(plan)
    text = amount_of(plan.amount, plan.measure)
    if plan.elapsed:
        text += " from first login on, online or not"
    return f"{text} each {_PERIODS[plan.cycle.period][0]}{_times(plan.cycle)}" if plan.cycle else text


def _unlimited(plan: Plan) -> str:
    counted = {Measure.TIME: "time as used", Measure.TRAFFIC: "data as used"}
    text = counted[plan.measure] if plan.tariff and plan.measure in counted else "unlimited use"
    return f"{text}, each {_PERIODS[plan.cycle.period][0]}{_times(plan.cycle)}" if plan.cycle else text


def _times(cycle: CycleRule) -> str:
    if cycle.repeats is None:
        return ""
    return f" for {_counted(cycle.repeats, _PERIODS[cycle.period])}"


def _cap(cap: Cap | None) -> str:
    if cap is None:
        return ""
    period = _PERIODS[cap.cycle.period][0]
    return f"{amount_of(cap.amount, cap.measure)} each {period}, {_CAP_ACTIONS[cap.action].format(period=period)}"


def _validity(plan: Plan) -> str:
    if plan.cycle:
        return ""
    return validity_words(plan.validity)


def validity_words(validity: Validity) -> str:
    if validity.kind is ValidityKind.ALWAYS:
        return "without expiry"
    if validity.kind is ValidityKind.END_OF_DAY:
        return "until the end of the day"
    length = _counted(validity.amount, _UNITS[validity.unit])
    since = "first login" if validity.kind is ValidityKind.FROM_FIRST_USE else "the sale"
    return f"usable for {length} from {since}"


def _speed(profile: ServiceProfile) -> str:
    down, up = profile.download_bps, profile.upload_bps
    if down is None and up is None:
        return ""
    if down is None or up is None:
        side = "download" if up is None else "upload"
        return f"{side} up to {quantities.describe_rate(down or up or 0)}"
    return f"up to {_pair(quantities.describe_rate(down), quantities.describe_rate(up))}"


def _pair(down: str, up: str) -> str:
    """`20 Mbit/s`, `5 Mbit/s` → `20/5 Mbit/s`; different units stay apart."""
    down_number, down_unit = down.split(" ")
    up_number, up_unit = up.split(" ")
    return f"{down_number}/{up_number} {up_unit}" if down_unit == up_unit else f"{down} down, {up} up"


def _devices(profile: ServiceProfile) -> str:
    if profile.devices_max is None:
        return "any number of devices"
    return "" if profile.devices_max == 1 else f"{profile.devices_max} devices at once"


def _counted(count: int, names: tuple[str, str]) -> str:
    return f"{count} {names[0] if count == 1 else names[1]}"
