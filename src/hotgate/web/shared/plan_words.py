"""A plan in one sentence: "1 GB, usable for 7 days from first login, up to 20/5 Mbit/s, 5.00 €"."""

from __future__ import annotations

from django.utils.translation import get_language_bidi, gettext, ngettext

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
from hotgate.domain.wording import _
from hotgate.web.shared.words import amount_of, exact, localised, money, rate

# What depends on the period is a text of its own: other languages say "each week" and "each month" in different ways.
_EACH = {
    Period.DAY: _("%(what)s each day"),
    Period.WEEK: _("%(what)s each week"),
    Period.MONTH: _("%(what)s each month"),
    Period.YEAR: _("%(what)s each year"),
}
_PER = {
    Period.DAY: _("%(amount)s per day"),
    Period.WEEK: _("%(amount)s per week"),
    Period.MONTH: _("%(amount)s per month"),
    Period.YEAR: _("%(amount)s per year"),
}
_DISCONNECTED = {
    Period.DAY: _("then disconnected until the next day"),
    Period.WEEK: _("then disconnected until the next week"),
    Period.MONTH: _("then disconnected until the next month"),
    Period.YEAR: _("then disconnected until the next year"),
}
_SLOWER = {
    Period.DAY: _("then slower until the next day"),
    Period.WEEK: _("then slower until the next week"),
    Period.MONTH: _("then slower until the next month"),
    Period.YEAR: _("then slower until the next year"),
}
_METERED = {
    Measure.TIME: _("%(price)s per hour, paid afterwards"),
    Measure.TRAFFIC: _("%(price)s per 10 MB, paid afterwards"),
}
_AS_USED = {Measure.TIME: _("time as used"), Measure.TRAFFIC: _("data as used")}


def sentence(plan: Plan) -> str:
    """What the plan gives, until when, how fast and at which price."""
    return gettext(", ").join((gives(plan), price(plan)))


def gives(plan: Plan) -> str:
    """The sentence without the price, for where that stands beside it."""
    parts = [_amount(plan), _cap(plan.cap), _validity(plan), speed(plan.profile), _devices(plan.profile)]
    text = gettext(", ").join(part for part in parts if part)
    text = text[:1].upper() + text[1:]
    # a sentence that begins with "1 GB" would be taken for one from left to right
    return f"\N{RIGHT-TO-LEFT MARK}{text}" if get_language_bidi() else text


def price(plan: Plan) -> str:
    if plan.payment is Payment.FREE:
        return gettext("free")
    amount = money(plan.price_minor, plan.currency)
    if plan.tariff is not None:
        metered = gettext(_METERED[plan.measure]) % {"price": exact(plan.tariff.unit_price, plan.currency)}
        both = {"amount": amount, "metered": metered}
        return gettext("%(amount)s and %(metered)s") % both if plan.price_minor else metered
    return gettext(_PER[plan.cycle.period]) % {"amount": amount} if plan.cycle else amount


def cycles_words(period: Period, count: int) -> str:
    """`3 months`."""
    return _counted(count, period)


def total(plan: Plan, cycles: int) -> str:
    return money((Money(plan.price_minor, plan.currency) * cycles).minor, plan.currency)


def _amount(plan: Plan) -> str:
    if plan.amount is None:
        return "" if plan.cap else _unlimited(plan)
    text = amount_of(plan.amount, plan.measure)
    if plan.elapsed:
        text = gettext("%(amount)s from first login on, online or not") % {"amount": text}
    return _times(text, plan.cycle) if plan.cycle else text


def _unlimited(plan: Plan) -> str:
    text = gettext(_AS_USED[plan.measure] if plan.tariff and plan.measure in _AS_USED else "unlimited use")
    return _times(f"{text},", plan.cycle) if plan.cycle else text


def _times(what: str, cycle: CycleRule) -> str:
    text = gettext(_EACH[cycle.period]) % {"what": what}
    if cycle.repeats is None:
        return text
    return gettext("%(what)s for %(length)s") % {"what": text, "length": _counted(cycle.repeats, cycle.period)}


def _cap(cap: Cap | None) -> str:
    if cap is None:
        return ""
    period = cap.cycle.period
    amount = gettext(_EACH[period]) % {"what": amount_of(cap.amount, cap.measure)}
    if cap.action is CapAction.OVERAGE:
        then = gettext("then overage by agreement")
    else:
        then = gettext((_SLOWER if cap.action is CapAction.THROTTLE else _DISCONNECTED)[period])
    return f"{amount}, {then}"


def _validity(plan: Plan) -> str:
    if plan.cycle:
        return ""
    return validity_words(plan.validity)


def validity_words(validity: Validity) -> str:
    if validity.kind is ValidityKind.ALWAYS:
        return gettext("without expiry")
    if validity.kind is ValidityKind.END_OF_DAY:
        return gettext("until the end of the day")
    length = {"length": _counted(validity.amount, validity.unit)}
    if validity.kind is ValidityKind.FROM_FIRST_USE:
        return gettext("usable for %(length)s from first login") % length
    return gettext("usable for %(length)s from the sale") % length


def speed(profile: ServiceProfile) -> str:
    down, up = profile.download_bps, profile.upload_bps
    if down is None and up is None:
        return ""
    if down is None or up is None:
        one = {"rate": rate(down or up or 0)}
        return gettext("download up to %(rate)s") % one if up is None else gettext("upload up to %(rate)s") % one
    return gettext("up to %(rate)s") % {"rate": _pair(quantities.describe_rate(down), quantities.describe_rate(up))}


def _pair(down: str, up: str) -> str:
    """`20 Mbit/s`, `5 Mbit/s` → `20/5 Mbit/s`; different units stay apart."""
    down_number, down_unit = down.split(" ")
    up_number, up_unit = up.split(" ")
    if down_unit == up_unit:
        return localised(f"{down_number}/{up_number} {up_unit}")
    return gettext("%(down)s down, %(up)s up") % {"down": localised(down), "up": localised(up)}


def _devices(profile: ServiceProfile) -> str:
    most = profile.devices_max
    if most is None:
        return gettext("any number of devices")
    if most == 1:
        return ""
    return ngettext("%(count)s device at once", "%(count)s devices at once", most) % {"count": most}


def _counted(count: int, unit: Unit | Period) -> str:
    text = {
        "minute": ngettext("%(count)s minute", "%(count)s minutes", count),
        "hour": ngettext("%(count)s hour", "%(count)s hours", count),
        "day": ngettext("%(count)s day", "%(count)s days", count),
        "week": ngettext("%(count)s week", "%(count)s weeks", count),
        "month": ngettext("%(count)s month", "%(count)s months", count),
        "year": ngettext("%(count)s year", "%(count)s years", count),
    }[unit.value]
    return text % {"count": count}
