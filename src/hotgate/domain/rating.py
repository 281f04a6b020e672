"""What use under a tariff costs, and how much of it some money pays for.

Both compare totals: what is due so far, less what was charged. So a replay charges nothing, and a lost
record is charged with the next. Interims round down, the close rounds once (EN-A23).
"""

from __future__ import annotations

from hotgate.domain import money
from hotgate.domain.catalogue import Tariff

UNBOUNDED = (1 << 63) - 1  # units that any money pays for: the tariff's price is 0


def charge_due(tariff: Tariff, units: int, currency: str, *, closed: bool) -> int:
    """Minor units due for `units` (seconds or octets) in all.

    While the session runs, the exact price rounded down; once it is closed, the price of the units rounded
    up to the billing increment, rounded half up. The close is never less than any interim before it.
    """
    if closed:
        return money.divide_half_up(*_price(tariff, _rounded_up(units, tariff.increment), currency))
    numerator, denominator = _price(tariff, units, currency)
    return numerator // denominator


def affordable_units(
    tariff: Tariff, money_minor: int, units_already_rated: int, already_charged_minor: int, currency: str
) -> int:
    """How many more units `money_minor` pays for, in whole increments; not even the close takes more.

    Without money it is 0, though the first part of a cent would round to nothing. At a price of 0 it is
    `UNBOUNDED`.
    """
    numerator, denominator = _price(tariff, 1, currency)
    if numerator == 0:
        return UNBOUNDED
    units = max(money_minor + already_charged_minor, 0) * denominator // numerator
    units -= units % tariff.increment
    return max(min(units, UNBOUNDED) - units_already_rated, 0)


def _price(tariff: Tariff, units: int, currency: str) -> tuple[int, int]:
    """The exact price in minor units, as a fraction: 1/3600 of something has no end as a decimal."""
    numerator, denominator = tariff.unit_price.as_integer_ratio()
    return numerator * units * 10 ** money.decimals(currency), denominator * tariff.unit


def _rounded_up(units: int, increment: int) -> int:
    return -(-units // increment) * increment
