"""What each seller of a chain earns by one sale (HN-A13): the price list less its discount is what it owes upward."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from hotgate.domain import money
from hotgate.domain.money import Money


class Share(NamedTuple):
    """One seller's part. Its margin is the difference, and may be negative."""

    revenue_minor: int  # what it gets: from the guest, or from the seller below
    cost_minor: int  # what it owes to the seller above; the root of a chain owes nobody


def shares(price: Money, list_price: Money, percents: Sequence[Decimal]) -> list[Share]:
    """From the seller upward. `percents`: each seller's discount off the list, in the same order.

    >>> shares(Money(1000, "EUR"), Money(800, "EUR"), [Decimal(10), Decimal(25), Decimal(0)])
    [Share(revenue_minor=1000, cost_minor=720), Share(revenue_minor=720, cost_minor=600), \
Share(revenue_minor=600, cost_minor=0)]
    """
    made, revenue = [], price.minor
    for at, percent in enumerate(percents):
        is_root = at == len(percents) - 1
        cost = 0 if is_root else _discounted(list_price, percent)
        made.append(Share(revenue, cost))
        revenue = cost
    return made


def _discounted(list_price: Money, percent: Decimal) -> int:
    left = money.to_decimal(list_price) * (Decimal(100) - percent) / 100
    return money.from_decimal(left, list_price.currency).minor
