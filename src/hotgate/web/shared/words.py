"""Amounts and times as people read them. Also filters of every template; see `config.settings`."""

from __future__ import annotations

import functools
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils import formats, timezone
from django.utils.translation import get_language, get_language_bidi, gettext_noop, ngettext
from django.utils.translation import gettext as _

from hotgate.domain import money as amounts
from hotgate.domain import quantities
from hotgate.domain.catalogue import Measure

register = template.Library()

_SYMBOLS = {"EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "BRL": "R$"}  # others by their code: $ has many owners

_UNITS = {"h": gettext_noop("%(count)s h"), "min": gettext_noop("%(count)s min"), "s": gettext_noop("%(count)s s")}


@register.filter
def octets(number: int | None) -> str:
    return "–" if number is None else localised(quantities.describe_octets(number))


@register.filter
def duration(seconds: int | float | None) -> str:
    """`1 h 30 min`."""
    return "–" if seconds is None else " ".join(_part(*part) for part in quantities.parts_of_seconds(int(seconds)))


@register.filter
def money(minor: int | None, currency: str) -> str:
    """`5.00 €`."""
    if minor is None:
        return "–"
    value = amounts.to_decimal(amounts.Money(minor, currency))
    number = formats.number_format(value, amounts.decimals(currency), use_l10n=True, force_grouping=True)
    return f"{number}\N{NO-BREAK SPACE}{_SYMBOLS.get(currency, currency)}"


def exact(price: Decimal, currency: str) -> str:
    """A price per unit with all the decimals that it has, and at least those of the currency: `1.50 €`."""
    places = max(amounts.decimals(currency), -int(price.normalize().as_tuple().exponent))
    number = formats.number_format(price, places, use_l10n=True)
    return f"{number}\N{NO-BREAK SPACE}{_SYMBOLS.get(currency, currency)}"


@register.filter
def address(network: str) -> str:
    """A single address without the `/32` that the database adds."""
    return network.removesuffix("/128" if ":" in network else "/32")


@register.filter
def moment(at: datetime | None) -> str:
    """Day and minute in the zone of the operator."""
    if at is None:
        return "–"
    local = timezone.localtime(at)
    return _minute(local.replace(second=0, microsecond=0, tzinfo=None), get_language())


@functools.lru_cache(maxsize=4096)  # the rows of a list often share a minute
def _minute(local: datetime, _language: str | None) -> str:
    return formats.date_format(local, "j M Y, H:i")


def day_of_month(on: date) -> str:
    """`7 Mar`."""
    return _day_of_month(on, get_language())


@functools.lru_cache(maxsize=4096)  # a chart has the same ninety as the one before it
def _day_of_month(on: date, _language: str | None) -> str:
    return formats.date_format(on, "j M")


def second(at: datetime) -> str:
    """`2026-03-07 14:05:09`, in the zone of the operator."""
    return timezone.localtime(at).isoformat(" ", "seconds")[:19]


@register.filter
def day_part(at: datetime) -> str:
    """`2026-03-07`: what `date:"Y-m-d"` gives, for a tenth of its time."""
    return second(at)[:10]


@register.filter
def time_part(at: datetime) -> str:
    """`14:05:09`."""
    return second(at)[11:]


@register.filter
def ago(at: datetime | None) -> str:
    """`4 min ago`; a clock that runs ahead says just now."""
    if at is None:
        return _("never")
    seconds = int((timezone.now() - at).total_seconds())
    if seconds < 10:
        return _("just now")
    return _("%(time)s ago") % {"time": duration(seconds if seconds < 60 else seconds - seconds % 60)}


@register.filter
def translated(text: str) -> str:
    """A text of the rules, which is English."""
    return _(text) if text else ""


@register.filter
def short(text: Any, length: int = 80) -> str:
    """Cut long values from the network, which may have any length."""
    whole = str(text)
    return whole if len(whole) <= length else whole[: length - 1] + "…"


def rate(bits_per_second: int) -> str:
    """`20 Mbit/s`."""
    return localised(quantities.describe_rate(bits_per_second))


def amount_of(number: int, measure: Measure) -> str:
    """Seconds or octets in words."""
    if measure is Measure.TIME:
        return duration(number)
    return octets(number) if measure is Measure.TRAFFIC else _("unlimited use")


def localised(text: str) -> str:
    """`1.5 GB` with the decimal separator of the language; between Arabic words too, it reads from left to right."""
    if "." in text:
        text = text.replace(".", _separator(get_language()))
    return f"\N{LEFT-TO-RIGHT MARK}{text}" if get_language_bidi() else text


@functools.cache
def _separator(_language: str | None) -> str:
    return str(formats.get_format("DECIMAL_SEPARATOR"))


def _part(count: int, unit: str) -> str:
    if unit == "day":
        return ngettext("%(count)s day", "%(count)s days", count) % {"count": count}
    return _(_UNITS[unit]) % {"count": count}
