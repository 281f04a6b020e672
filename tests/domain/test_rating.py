"""Interims floor, the close rounds once, and money pays for what it says it pays for (EN-4, EN-A23)."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hotgate.domain import rating
from hotgate.domain.catalogue import Tariff

HOURLY = Tariff(Decimal("1.00"), 3600)
PER_10_MB = Tariff(Decimal("0.071429"), 10_000_000)
STARTED_MINUTE = HOURLY._replace(increment=60)
tariffs = st.builds(
    Tariff,
    st.integers(0, 10**12).map(lambda n: Decimal(n).scaleb(-8)),
    st.sampled_from([3600, 10_000_000]),
    st.sampled_from([1, 60, 10**6, 10_000_000]),
)
currencies = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])
units = st.integers(0, 10**12)


@pytest.mark.parametrize(
    ("tariff", "used", "currency", "running", "closed"),
    [
        (HOURLY, 3600, "EUR", 100, 100),
        (HOURLY, 1800, "EUR", 50, 50),
        (HOURLY, 1799, "EUR", 49, 50),
        (HOURLY, 17, "EUR", 0, 0),
        (HOURLY, 18, "EUR", 0, 1),
        (HOURLY, 0, "EUR", 0, 0),
        (STARTED_MINUTE, 61, "EUR", 1, 3),
        (PER_10_MB, 700_000_000, "EUR", 500, 500),
        (HOURLY, 3600, "JPY", 1, 1),
        (HOURLY, 1800, "JPY", 0, 1),
        (HOURLY, 1, "KWD", 0, 0),
        (HOURLY, 2, "KWD", 0, 1),
    ],
    ids=[
        "EN-4 an hour",
        "half an hour",
        "EN-A23 down, then half up",
        "under half a cent",
        "half a cent",
        "nothing",
        "EN-A23 started minutes",
        "EN-4 per 10 MB",
        "yen",
        "half a yen",
        "fils",
        "half a fils and more",
    ],
)
def test_charge_due(tariff: Tariff, used: int, currency: str, running: int, closed: int) -> None:
    assert rating.charge_due(tariff, used, currency, closed=False) == running
    assert rating.charge_due(tariff, used, currency, closed=True) == closed


@given(tariffs, currencies, units, units)
def test_more_use_never_costs_less(tariff: Tariff, currency: str, one: int, more: int) -> None:
    """EN-A23: neither a later interim nor the close is ever below what was charged before."""
    before = rating.charge_due(tariff, one, currency, closed=False)
    assert before <= rating.charge_due(tariff, one + more, currency, closed=False)
    assert before <= rating.charge_due(tariff, one, currency, closed=True)
    assert rating.charge_due(tariff, one, currency, closed=True) <= rating.charge_due(
        tariff, one + more, currency, closed=True
    )


@given(tariffs, currencies, st.lists(st.integers(0, 10**9), max_size=10))
def test_the_way_there_does_not_matter(tariff: Tariff, currency: str, steps: list[int]) -> None:
    """Charging what is due less what was charged comes to the same, however the use was reported."""
    charged = used = 0
    for step in steps:
        used += step
        charged += rating.charge_due(tariff, used, currency, closed=False) - charged
    charged += rating.charge_due(tariff, used, currency, closed=True) - charged
    assert charged == rating.charge_due(tariff, sum(steps), currency, closed=True)


@pytest.mark.parametrize(
    ("tariff", "money", "rated", "charged", "affordable"),
    [
        (HOURLY, 100, 0, 0, 3600),
        (HOURLY, 0, 0, 0, 0),
        (HOURLY, -5, 0, 0, 0),
        (HOURLY, 50, 1800, 50, 1800),
        (HOURLY, 0, 1800, 50, 0),
        (HOURLY, 0, 1790, 49, 0),
        (STARTED_MINUTE, 3, 0, 0, 60),
        (STARTED_MINUTE, 3, 30, 0, 30),
        (PER_10_MB, 500, 0, 0, 699_995_800),
        (Tariff(Decimal(0), 3600), 0, 0, 0, rating.UNBOUNDED),
    ],
    ids=[
        "an hour",
        "no money",
        "in debt",
        "half is used",
        "all is used",
        "the rest of a cent is gone",
        "whole minutes only",
        "the minute that runs",
        "per 10 MB",
        "for free",
    ],
)
def test_affordable_units(tariff: Tariff, money: int, rated: int, charged: int, affordable: int) -> None:
    assert rating.affordable_units(tariff, money, rated, charged, "EUR") == affordable


@given(tariffs, currencies, st.integers(0, 10**9), units)
def test_what_is_affordable_is_paid_for(tariff: Tariff, currency: str, wallet: int, rated: int) -> None:
    assume(tariff.unit_price > 0)
    charged = rating.charge_due(tariff, rated, currency, closed=False)
    more = rating.affordable_units(tariff, wallet, rated, charged, currency)
    if more:
        assert rating.charge_due(tariff, rated + more, currency, closed=True) - charged <= wallet
        further = rated + more + tariff.increment
        due = rating.charge_due(tariff, further, currency, closed=True)
        assert due - charged >= wallet or further > rating.UNBOUNDED
