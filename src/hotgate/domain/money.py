"""Amounts in minor units of a currency, and the only place that rounds them.

Halves are rounded away from zero, as invoices in the EU are; a share or a tax is what is left of a
whole, so that parts always add up to it. No float comes near.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

# Decimals by ISO 4217, where they aren't 2.
_BY_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_DECIMALS = {code: places for places, codes in _BY_DECIMALS.items() for code in codes.split()}
_TOO_FINE = {
    0: _("This currency has no decimals."),
    2: _("This currency has 2 decimals."),
    3: _("This currency has 3 decimals."),
    4: _("This currency has 4 decimals."),
}
_AMOUNT = re.compile(r"(-?)([0-9]+)(?:[.,]([0-9]+))?")
MINOR_MAX = 10**18 - 1  # a bigint holds 9 times as much


class Money(NamedTuple):
    """An amount. Arithmetic and order refuse mixed currencies (ValueError): there is no rate between them."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:  # type: ignore[override]
        return Money(self.minor + self._minor_of(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._minor_of(other), self.currency)

    def __mul__(self, times: int) -> Money:  # type: ignore[override]
        return Money(self.minor * times, self.currency)

    def __rmul__(self, times: int) -> Money:  # type: ignore[override]
        return self * times

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __bool__(self) -> bool:
        return self.minor != 0

    def __lt__(self, other: Money) -> bool:  # type: ignore[override]
        return self.minor < self._minor_of(other)

    def __le__(self, other: Money) -> bool:  # type: ignore[override]
        return self.minor <= self._minor_of(other)

    def __gt__(self, other: Money) -> bool:  # type: ignore[override]
        return self.minor > self._minor_of(other)

    def __ge__(self, other: Money) -> bool:  # type: ignore[override]
        return self.minor >= self._minor_of(other)

    def _minor_of(self, other: Money) -> int:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} don't mix")
        return other.minor


def decimals(currency: str) -> int:
    """How many decimals the minor unit of a currency stands for; 2 for those not in the table."""
    return _DECIMALS.get(currency, 2)


def parse(text: str, currency: str) -> Money:
    """What somebody typed: `1.50` or `1,50`, no thousands. DomainError `amount_invalid` for anything else.

    More decimals than the currency has are refused, not rounded.
    """
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise _invalid(_("Please give an amount such as 12.50."))
    sign, whole, fraction = match[1], match[2], match[3] or ""
    places = decimals(currency)
    if len(fraction) > places:
        raise _invalid(_TOO_FINE[places])
    # The length is checked first, since int() of a very long text takes very long.
    if len(whole.lstrip("0")) > 18 - places:
        raise _invalid(_("That amount is too large."))
    minor = int(whole + fraction.ljust(places, "0"))
    return Money(-minor if sign else minor, currency)


def plain(money: Money) -> str:
    """The amount as a decimal number with a point and all its decimals, for machines: `5.00`."""
    return f"{to_decimal(money):f}"


def to_decimal(money: Money) -> Decimal:
    """The amount in major units, exactly."""
    return Decimal(money.minor).scaleb(-decimals(money.currency))


def from_decimal(major: Decimal, currency: str) -> Money:
    """An amount in major units, rounded to the currency. DomainError `amount_invalid` if it is no amount."""
    if not major.is_finite() or abs(major) > MINOR_MAX:
        raise _invalid(_("That amount is not possible."))
    numerator, denominator = major.as_integer_ratio()
    return Money(divide_half_up(numerator * 10 ** decimals(currency), denominator), currency)


def round_half_up(value: Decimal) -> int:
    """The nearest whole number, halves away from zero: 0.5 is 1, −0.5 is −1."""
    return int(value.to_integral_value(rounding=ROUND_HALF_UP))


def round_down(value: Decimal) -> int:
    """The whole number towards zero."""
    return int(value.to_integral_value(rounding=ROUND_DOWN))


def divide_half_up(numerator: int, denominator: int) -> int:
    """`round_half_up` of an exact fraction with a positive denominator: a Decimal can't hold one third."""
    if numerator < 0:
        return -divide_half_up(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def split(money: Money, parts_or_weights: int | Sequence[int]) -> list[Money]:
    """Shares of an amount, equal or by weight, that add up to it: the largest remainders get one more.

    10.00 in three is 3.34, 3.33, 3.33; −10.00 is the same with a minus. ValueError without any weight.
    """
    weights = [1] * parts_or_weights if isinstance(parts_or_weights, int) else list(parts_or_weights)
    total = sum(weights)
    if total <= 0 or min(weights) < 0:
        raise ValueError("weights are 0 or more, and not all 0")
    shares = [abs(money.minor) * weight // total for weight in weights]
    remainders = [abs(money.minor) * weight % total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -remainders[i])
    for i in by_remainder[: abs(money.minor) - sum(shares)]:
        shares[i] += 1
    return [Money(share if money.minor >= 0 else -share, money.currency) for share in shares]


def tax_inside(gross: Money, rate: Decimal) -> Money:
    """The tax in a price that includes it, at a rate such as 0.22: gross minus the rounded net.

    Never net times rate: 9.99 at 22 % is 8.19 and 1.80.
    """
    numerator, denominator = (1 + rate).as_integer_ratio()
    return gross - Money(divide_half_up(gross.minor * denominator, numerator), gross.currency)


def _invalid(text: str) -> DomainError:
    return DomainError("amount_invalid", text, {"amount": text})
