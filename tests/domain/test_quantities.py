"""Decimal units, as people write and read them (EN-5, EN-A8)."""

from decimal import ROUND_DOWN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.domain import quantities
from hotgate.domain.errors import DomainError
from hotgate.domain.quantities import DAY, GB, HOUR, KB, MB, MINUTE, TB


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("10 MB", 10_000_000),
        ("10mb", 10_000_000),
        ("1 Gb", 1_000_000_000),
        ("1.5 GB", 1_500_000_000),
        ("1,5 GB", 1_500_000_000),
        ("2 TB", 2 * 10**12),
        (" 700 kB ", 700_000),
        ("512 bytes", 512),
        ("0 MB", 0),
    ],
)
def test_parse_octets(text: str, octets: int) -> None:
    """EN-A8: MB or Mb, it means bytes."""
    assert quantities.parse_octets(text) == octets


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1 h", 3600),
        ("90 min", 5400),
        ("2 days", 172_800),
        ("1 h 30 min", 5400),
        ("1h30m", 5400),
        ("1 day 2 h 3 min 4 s", DAY + 2 * HOUR + 3 * MINUTE + 4),
        ("1 week", 604_800),
        ("0.5 h", 1800),
        ("1,5 Hours", 5400),
    ],
)
def test_parse_seconds(text: str, seconds: int) -> None:
    assert quantities.parse_seconds(text) == seconds


@pytest.mark.parametrize(
    ("text", "bps"),
    [
        ("20M", 20_000_000),
        ("20 Mbit/s", 20_000_000),
        ("512k", 512_000),
        ("1.5 Gbps", 1_500_000_000),
        ("20000000", 20_000_000),
        ("64 kbit", 64_000),
        ("300 bit/s", 300),
    ],
)
def test_parse_rate(text: str, bps: int) -> None:
    assert quantities.parse_rate(text) == bps


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        (quantities.parse_octets, "10"),
        (quantities.parse_octets, "10 MiB"),
        (quantities.parse_octets, "10 20 MB"),
        (quantities.parse_octets, "-10 MB"),
        (quantities.parse_octets, "1e9 B"),
        (quantities.parse_octets, "1000001 TB"),
        (quantities.parse_octets, ""),
        (quantities.parse_seconds, "90"),
        (quantities.parse_seconds, "1 h 30"),
        (quantities.parse_seconds, "1 h, 30 min"),
        (quantities.parse_seconds, "1 month"),
        (quantities.parse_seconds, "an hour"),
        (quantities.parse_seconds, ""),
        (quantities.parse_seconds, "1" * 5000),
        (quantities.parse_rate, "20 000 000"),
        (quantities.parse_rate, "20 MB"),
        (quantities.parse_rate, "fast"),
        (quantities.parse_rate, "1001 Gbit/s"),
    ],
)
def test_what_is_not_plain_is_refused(parse: object, text: str) -> None:
    with pytest.raises(DomainError) as refusal:
        parse(text)  # type: ignore[operator]
    assert refusal.value.code == "quantity_invalid"


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (10 * MB, "10 MB"),
        (700 * MB, "700 MB"),
        (1_500_000_000, "1.5 GB"),
        (1_239_999_999, "1.23 GB"),
        (999_999, "999 kB"),
        (12_340_000, "12.3 MB"),
        (5000 * GB, "5 TB"),
        (12_345 * 10**12, "12345 TB"),
    ],
)
def test_describe_octets(octets: int, text: str) -> None:
    assert quantities.describe_octets(octets) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (45, "45 s"),
        (90, "1 min 30 s"),
        (3600, "1 h"),
        (5400, "1 h 30 min"),
        (3605, "1 h"),
        (DAY, "1 day"),
        (2 * DAY, "2 days"),
        (DAY + 2 * HOUR + 3 * MINUTE, "1 day 2 h"),
        (DAY + 5 * MINUTE, "1 day"),
    ],
)
def test_describe_seconds(seconds: int, text: str) -> None:
    assert quantities.describe_seconds(seconds) == text


@pytest.mark.parametrize(
    ("bps", "text"),
    [(20_000_000, "20 Mbit/s"), (512_000, "512 kbit/s"), (1_500_000_000, "1.5 Gbit/s"), (300, "300 bit/s")],
)
def test_describe_rate(bps: int, text: str) -> None:
    assert quantities.describe_rate(bps) == text


@given(st.integers(0, 10**18))
def test_three_digits_that_count_as_decimals_have_them(octets: int) -> None:
    """The same by exact decimals."""
    text, name = quantities.describe_octets(octets).split()
    value = Decimal(octets) / {"B": 1, "kB": KB, "MB": MB, "GB": GB, "TB": TB}[name]
    places = max(0, 3 - len(str(int(value))))
    assert Decimal(text) == value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_DOWN)
    assert not (text.endswith("0") and "." in text)


@given(st.integers(0, 10**15))
def test_what_is_shown_is_never_more_than_there_is(amount: int) -> None:
    shown = quantities.parse_octets(quantities.describe_octets(amount))
    assert amount * 0.98 <= shown <= amount
    rate = min(amount, quantities.RATE_MAX)
    assert quantities.parse_rate(quantities.describe_rate(rate)) <= rate
    assert quantities.parse_seconds(quantities.describe_seconds(amount)) <= amount
