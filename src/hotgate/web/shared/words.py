"""Amounts and times as people read them. Also filters of every template; see `config.settings`."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils import formats, timezone

from hotgate.domain import money as amounts
from hotgate.domain import quantities
from hotgate.domain.catalogue import Measure

register = template.Library()

_SYMBOLS = {"EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "BRL": "R$"}  # others by their code: $ has many owners


@register.filter
def octets(number: int | None) -> str:
    return "–" if number is None else quantities.describe_octets(number)


@register.filter
def duration(seconds: int | float | None) -> str:
    return "–" if seconds is None else quantities.describe_seconds(int(seconds))


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
    return formats.date_format(local, "j M Y, H:i")


@register.filter
def ago(at: datetime | None) -> str:
    """`4 min ago`; a clock that runs ahead says just now."""
    if at is None:
        return "never"
    seconds = int((timezone.now() - at).total_seconds())
    if seconds < 10:
        return "just now"
    return f"{quantities.describe_seconds(seconds if seconds < 60 else seconds - seconds % 60)} ago"


@register.filter
def short(text: Any, length: int = 80) -> str:
    """Cut long values from the network, which may have any length."""
    whole = str(text)
    return whole if len(whole) <= length else whole[: length - 1] + "…"


def amount_of(number: int, measure: Measure) -> str:
    """Seconds or octets in words."""
    if measure is Measure.TIME:
        return quantities.describe_seconds(number)
    return quantities.describe_octets(number) if measure is Measure.TRAFFIC else "unlimited use"
