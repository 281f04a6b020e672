"""The price of a ticket and of a unit, each from the other (EN-4 … EN-8, EN-A7).

What the operator typed is kept, and on which side; the other side follows from it and is a hint. So 10.00
for 90 minutes shows 6.66666667 an hour, and stays 10.00.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from hotgate.domain import money
from hotgate.domain.catalogue import Measure, Period
from hotgate.domain.errors import DomainError
from hotgate.domain.money import Money
from hotgate.domain.quantities import HOUR, MB
from hotgate.domain.wording import _

UNIT_PRICE_DECIMALS = 8
UNIT_PRICE_MAX = 10**12  # in major units

_UNITS = {Measure.TIME: (HOUR, "1 hour"), Measure.TRAFFIC: (10 * MB, "10 MB")}
_EXAMPLES = {Period.DAY: (7, 14), Period.WEEK: (2, 4), Period.MONTH: (3, 6), Period.YEAR: (2, 3)}


class PriceSide(StrEnum):
    TICKET = "ticket"
    UNIT = "unit"


class Prices(NamedTuple):
    """Both prices of a plan; that of `side` is as it was typed."""

    side: PriceSide
    ticket: Money  # what is charged
    unit_price: Decimal | None  # major units for 1 hour or 10 MB; None: no amount, so no unit price


def unit_of(measure: Measure) -> tuple[int, str]:
    """The size of the unit that prices are given for, in seconds or octets, and its name (EN-8).

    ValueError for a flat plan, which has none.
    """
    if measure not in _UNITS:
        raise ValueError("a plan that counts nothing has no unit")
    return _UNITS[measure]


def unit_price(price_minor: int, currency: str, amount: int, measure: Measure) -> Decimal | None:
    """What a unit costs, in major units to 8 decimals, when `amount` costs `price_minor`; None if it is 0."""
    if amount <= 0 or measure is Measure.NONE:
        return None
    units, _name = unit_of(measure)
    scaled = price_minor * units * 10**UNIT_PRICE_DECIMALS
    scaled = money.divide_half_up(scaled, amount * 10 ** money.decimals(currency))
    return Decimal(scaled).scaleb(-UNIT_PRICE_DECIMALS)


def ticket_price(price_of_unit: Decimal, currency: str, amount: int, measure: Measure) -> Money:
    """The price of `amount` seconds or octets, rounded half up to the currency.

    DomainError `unit_price_invalid` for one that is negative, has more than 8 decimals or is no number.
    """
    if not is_possible(price_of_unit):
        text = _("Please give a price of 0 or more, with at most 8 decimals.")
        raise DomainError("unit_price_invalid", text, {"unit_price": text})
    units, _name = unit_of(measure)
    numerator, denominator = price_of_unit.as_integer_ratio()
    minor = money.divide_half_up(numerator * amount * 10 ** money.decimals(currency), denominator * units)
    return Money(minor, currency)


def from_ticket(ticket: Money, amount: int, measure: Measure) -> Prices:
    """Both prices, where that of the ticket was typed."""
    return Prices(PriceSide.TICKET, ticket, unit_price(ticket.minor, ticket.currency, amount, measure))


def from_unit(price_of_unit: Decimal, currency: str, amount: int, measure: Measure) -> Prices:
    """Both prices, where that of the unit was typed. DomainError `unit_price_invalid`."""
    return Prices(PriceSide.UNIT, ticket_price(price_of_unit, currency, amount, measure), price_of_unit)


def cost_per_unit(price: Money, amount: int, measure: Measure) -> Decimal | None:
    """What a unit costs in an offer, to compare offers of different size by (EN-7)."""
    return unit_price(price.minor, price.currency, amount, measure)


def cost_for(price: Money, amount: int, wanted: int) -> Money:
    """What `wanted` costs in whole tickets of `amount`: an hour is four tickets of 15 minutes (EN-7)."""
    if amount <= 0:
        raise ValueError("a ticket without an amount can't be bought by the piece")
    return price * -(-wanted // amount)


class Offer(NamedTuple):
    """A prepaid amount at a price, as it is compared with others that count the same."""

    name: str
    price: Money
    amount: int


class Undercut(NamedTuple):
    """`pieces` of a smaller offer hold at least as much as one bigger, and each unit of them costs less."""

    small: Offer
    big: Offer
    pieces: int
    cost: Money  # of all the pieces


def undercuts(offers: Sequence[Offer]) -> list[Undercut]:
    """Where small tickets are cheaper by the unit than a big one, so that nobody would buy that (EN-7)."""
    return [
        Undercut(small, big, -(-big.amount // small.amount), cost_for(small.price, small.amount, big.amount))
        for big in offers
        for small in offers
        if small.amount < big.amount and small.price.minor * big.amount < big.price.minor * small.amount
    ]


def total(price_per_cycle: Money, cycles: int) -> Money:
    """The price of a cyclic plan for all its cycles, short first month or not (EN-34, EN-A12).

    DomainError `cycles_invalid` below one cycle.
    """
    if cycles < 1:
        raise DomainError("cycles_invalid", _("At least one cycle is needed."), {"cycles": _("at least 1")})
    return price_per_cycle * cycles


def total_examples(period: Period) -> tuple[int, ...]:
    """For which numbers of cycles the total is shown once a price is typed (EN-35)."""
    return _EXAMPLES[period]


def is_possible(price: Decimal) -> bool:
    """Can it be the price of a unit: 0 or more, below 10^12, with at most 8 decimals?"""
    if not price.is_finite() or price.is_signed() or price >= UNIT_PRICE_MAX:
        return False
    return price == price.quantize(Decimal(1).scaleb(-UNIT_PRICE_DECIMALS))
