"""Ticket price and unit price, each from the other (EN-4 … EN-8, EN-34, EN-35, EN-A7)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.domain import money, pricing
from hotgate.domain.catalogue import Measure, Period
from hotgate.domain.errors import DomainError
from hotgate.domain.money import Money
from hotgate.domain.pricing import Offer
from hotgate.domain.quantities import DAY, GB, HOUR, MB, MINUTE

TIME, TRAFFIC = Measure.TIME, Measure.TRAFFIC
currencies = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])
measures = st.sampled_from([TIME, TRAFFIC])


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def test_EN_8_the_unit_is_one_hour_or_ten_megabytes() -> None:
    """EN-8"""
    assert pricing.unit_of(TIME) == (3600, "1 hour")
    assert pricing.unit_of(TRAFFIC) == (10_000_000, "10 MB")
    with pytest.raises(ValueError, match="no unit"):
        pricing.unit_of(Measure.NONE)


@pytest.mark.parametrize(
    ("minor", "currency", "amount", "measure", "price"),
    [
        (1000, "EUR", 90 * MINUTE, TIME, "6.66666667"),
        (500, "EUR", 700 * MB, TRAFFIC, "0.07142857"),
        (1000, "EUR", DAY, TIME, "0.41666667"),
        (500, "JPY", HOUR, TIME, "500"),
        (1000, "EUR", 0, TIME, None),
        (1000, "EUR", 0, Measure.NONE, None),
    ],
    ids=["EN-6 90 min", "EN-6 700 MB", "EN-A7 a day is 24 h", "yen", "EN-A7 no amount", "flat"],
)
def test_unit_price(minor: int, currency: str, amount: int, measure: Measure, price: str | None) -> None:
    assert pricing.unit_price(minor, currency, amount, measure) == (None if price is None else Decimal(price))


@pytest.mark.parametrize(
    ("price", "amount", "measure", "minor"),
    [
        ("6.6667", 90 * MINUTE, TIME, 1000),
        ("6.67", 90 * MINUTE, TIME, 1001),
        ("0.071429", 700 * MB, TRAFFIC, 500),
        ("0.07", 700 * MB, TRAFFIC, 490),
        ("0.07", 2 * GB, TRAFFIC, 1400),
        ("0.01", 30 * MINUTE, TIME, 1),
        ("0", HOUR, TIME, 0),
    ],
    ids=[
        "four decimals",
        "two would change it",
        "six decimals",
        "two lose 10 cents",
        "GB",
        "half up",
        "free",
    ],
)
def test_ticket_price(price: str, amount: int, measure: Measure, minor: int) -> None:
    """EN-6, EN-A7"""
    assert pricing.ticket_price(Decimal(price), "EUR", amount, measure) == eur(minor)


@pytest.mark.parametrize("price", ["-1", "0.000000001", "NaN", "Infinity", "1e12", "1e-40"])
def test_impossible_unit_prices(price: str) -> None:
    with pytest.raises(DomainError) as refusal:
        pricing.ticket_price(Decimal(price), "EUR", HOUR, TIME)
    assert refusal.value.code == "unit_price_invalid"


@given(st.integers(0, 10**9), st.integers(1, 10**11), currencies, measures)
def test_a_typed_ticket_price_never_changes(minor: int, amount: int, currency: str, measure: Measure) -> None:
    """EN-6: and while the amount is below a million units, its hint leads back to it."""
    prices = pricing.from_ticket(Money(minor, currency), amount, measure)
    assert prices.ticket == Money(minor, currency)
    assert prices.unit_price is not None
    units, _ = pricing.unit_of(measure)
    if amount * 10 ** money.decimals(currency) < units * 10**8 and prices.unit_price < 10**12:
        again = pricing.from_unit(prices.unit_price, currency, amount, measure)
        assert again.ticket == prices.ticket


@given(st.integers(0, 10**12), st.integers(1, 10**11), currencies, measures)
def test_a_typed_unit_price_never_changes(scaled: int, amount: int, currency: str, measure: Measure) -> None:
    typed = Decimal(scaled).scaleb(-8)
    prices = pricing.from_unit(typed, currency, amount, measure)
    assert (prices.side, prices.unit_price) == (pricing.PriceSide.UNIT, typed)
    exact = typed * amount / pricing.unit_of(measure)[0]
    assert abs(money.to_decimal(prices.ticket) - exact) * 10 ** money.decimals(currency) <= Decimal("0.5000001")


class TestCompare:
    """EN-7: four tickets of 15 minutes should cost more than one of an hour."""

    def test_by_what_an_hour_costs(self) -> None:
        assert pricing.cost_for(eur(60), 15 * MINUTE, HOUR) == eur(240) > eur(200)
        assert pricing.cost_for(eur(60), 15 * MINUTE, 16 * MINUTE) == eur(120)
        with pytest.raises(ValueError, match="amount"):
            pricing.cost_for(eur(60), 0, HOUR)

    def test_by_unit(self) -> None:
        quarter = pricing.cost_per_unit(eur(60), 15 * MINUTE, TIME)
        hour = pricing.cost_per_unit(eur(200), HOUR, TIME)
        assert (quarter, hour) == (Decimal("2.4"), Decimal("2"))

    @pytest.mark.parametrize(
        ("quarter", "found"),
        [(40, [(4, 160)]), (49, [(4, 196)]), (50, []), (60, [])],
        ids=["EN-7 four cost less than one", "by a hair", "the same", "EN-7 four cost more than one"],
    )
    def test_EN_7_four_tickets_of_15_minutes_and_one_of_an_hour(
        self, quarter: int, found: list[tuple[int, int]]
    ) -> None:
        offers = [Offer("1 hour", eur(200), HOUR), Offer("15 min", eur(quarter), 15 * MINUTE)]
        told = pricing.undercuts(offers)
        assert [(each.pieces, each.cost.minor) for each in told] == found
        assert all((each.small.name, each.big.name) == ("15 min", "1 hour") for each in told)


def test_totals_of_cyclic_plans() -> None:
    """EN-34, EN-35"""
    assert [pricing.total(eur(150), n) for n in pricing.total_examples(Period.DAY)] == [eur(1050), eur(2100)]
    assert [pricing.total(eur(2999), n) for n in pricing.total_examples(Period.MONTH)] == [
        eur(8997),
        eur(17994),
    ]
    assert all(pricing.total_examples(period) for period in Period)
    with pytest.raises(DomainError) as refusal:
        pricing.total(eur(150), 0)
    assert refusal.value.code == "cycles_invalid"
