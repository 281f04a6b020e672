"""Worked figures of the rules on money (§5.1), and what must always hold."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.domain import money
from hotgate.domain.errors import DomainError
from hotgate.domain.money import Money

currencies = st.sampled_from(["EUR", "JPY", "KWD", "CLF", "CHF", "MGA", "UGX"])
amounts = st.integers(-(10**15), 10**15)


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


@pytest.mark.parametrize(
    ("currency", "places"),
    [
        ("EUR", 2),
        ("JPY", 0),
        ("XOF", 0),
        ("UYI", 0),
        ("KWD", 3),
        ("TND", 3),
        ("CLF", 4),
        ("UYW", 4),
        ("MGA", 2),
    ],
)
def test_decimals(currency: str, places: int) -> None:
    assert money.decimals(currency) == places


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("1.50", "EUR", 150),
        ("1,50", "EUR", 150),
        (" 12 ", "EUR", 1200),
        ("0.5", "EUR", 50),
        ("-3.34", "EUR", -334),
        ("500", "JPY", 500),
        ("1.234", "KWD", 1234),
        ("0.0001", "CLF", 1),
        ("007", "EUR", 700),
        ("9999999999999999.99", "EUR", 10**18 - 1),
    ],
)
def test_parse(text: str, currency: str, minor: int) -> None:
    assert money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "EUR"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        ("10^18", "EUR"),
        ("1e3", "EUR"),
        ("1.505", "EUR"),
        ("1.5", "JPY"),
        ("1,234.50", "EUR"),
        ("1.", "EUR"),
        (".5", "EUR"),
        ("--1", "EUR"),
        ("٣", "EUR"),
        ("1_000", "EUR"),
        ("10000000000000000", "EUR"),
        ("1000000000000000000", "JPY"),
        ("9" * 5000, "EUR"),
        ("€ 5", "EUR"),
    ],
)
def test_junk_is_refused(text: str, currency: str) -> None:
    with pytest.raises(DomainError) as refusal:
        money.parse(text, currency)
    assert refusal.value.code == "amount_invalid"


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (eur(500), "5.00"),
        (Money(5, "JPY"), "5"),
        (eur(-334), "-3.34"),
        (Money(7, "KWD"), "0.007"),
        (eur(0), "0.00"),
    ],
)
def test_plain(amount: Money, text: str) -> None:
    assert money.plain(amount) == text


@given(amounts, currencies)
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    amount = Money(minor, currency)
    assert money.parse(money.plain(amount), currency) == amount
    assert money.from_decimal(money.to_decimal(amount), currency) == amount


@pytest.mark.parametrize(
    ("major", "minor"),
    [("0.125", 13), ("1.005", 101), ("2.675", 268), ("-0.125", -13), ("8.1885", 819), ("0", 0)],
)
def test_halves_go_away_from_zero(major: str, minor: int) -> None:
    assert money.from_decimal(Decimal(major), "EUR") == eur(minor)
    assert money.round_half_up(Decimal(major) * 100) == minor


@pytest.mark.parametrize("major", ["NaN", "Infinity", "1e30"])
def test_no_sensible_number(major: str) -> None:
    with pytest.raises(DomainError):
        money.from_decimal(Decimal(major), "EUR")


def test_round_down_goes_towards_zero() -> None:
    assert [money.round_down(Decimal(x)) for x in ("1.99", "-1.99", "2")] == [1, -1, 2]


class TestArithmetic:
    def test_within_one_currency(self) -> None:
        assert eur(150) + eur(50) - eur(20) == eur(180)
        assert -eur(5) == eur(-5)
        assert eur(5) * 3 == 3 * eur(5) == eur(15)
        assert eur(1) < eur(2) <= eur(2) < eur(3)
        assert eur(3) > eur(2) >= eur(2)
        assert max(eur(1), eur(3), eur(2)) == eur(3)
        assert eur(1)
        assert not eur(0)

    @pytest.mark.parametrize("operation", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
    def test_currencies_never_mix(self, operation: str) -> None:
        with pytest.raises(ValueError, match="EUR and USD"):
            getattr(eur(1), operation)(Money(1, "USD"))
        assert eur(1) != Money(1, "USD")


class TestSplit:
    @pytest.mark.parametrize(
        ("minor", "by", "shares"),
        [
            (1000, 3, [334, 333, 333]),
            (-1000, 3, [-334, -333, -333]),
            (100, [1, 1, 2], [25, 25, 50]),
            (100, [0, 1, 2], [0, 33, 67]),
            (2999, [11, 19], [1100, 1899]),
            (1, 3, [1, 0, 0]),
        ],
        ids=["10.00 in 3", "-10.00 in 3", "weights", "a weight of 0", "11 of 30 days", "one cent"],
    )
    def test_largest_remainder(self, minor: int, by: int | list[int], shares: list[int]) -> None:
        assert [share.minor for share in money.split(eur(minor), by)] == shares

    @given(amounts, st.lists(st.integers(0, 10**9), min_size=1, max_size=20).filter(any))
    def test_the_sum_is_the_whole(self, minor: int, weights: list[int]) -> None:
        shares = money.split(eur(minor), weights)
        assert sum(share.minor for share in shares) == minor
        total = sum(weights)
        assert all(abs(s.minor * total - minor * w) < total for s, w in zip(shares, weights, strict=True))

    @pytest.mark.parametrize("weights", [0, [], [0, 0], [-1, 2]])
    def test_without_weights(self, weights: int | list[int]) -> None:
        with pytest.raises(ValueError, match="weights"):
            money.split(eur(5), weights)


class TestTaxInside:
    @pytest.mark.parametrize(
        ("gross", "rate", "tax"),
        [(999, "0.22", 180), (99, "0.22", 18), (693, "0.22", 125), (-999, "0.22", -180), (999, "0", 0)],
        ids=["9.99", "one line of 0.99", "the document of 6.93", "a credit note", "untaxed"],
    )
    def test_figures(self, gross: int, rate: str, tax: int) -> None:
        assert money.tax_inside(eur(gross), Decimal(rate)) == eur(tax)

    def test_by_line_is_not_by_document(self) -> None:
        by_line = 7 * money.tax_inside(eur(99), Decimal("0.22"))
        assert (by_line, money.tax_inside(7 * eur(99), Decimal("0.22"))) == (eur(126), eur(125))
