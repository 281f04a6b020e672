"""Whatever is granted, the NAS reads no limit of 0 and none that is lower than granted by more than its unit."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aaa.vendors.grants import GRANTS
from aaa.vendors.readers import G, K, M, packet_of, read, routeros_rate
from hotgate.aaa import vendors
from hotgate.aaa.vendors import accel_ppp, cisco, juniper, mikrotik
from hotgate.aaa.vendors.standard import INTERIM_SECONDS_MIN, Used
from hotgate.domain.catalogue import Direction
from hotgate.domain.limits import Grant
from hotgate.radius import attributes as attr

# (unit of a rate, the most that can be said, the least that is understood); those missing say no rates
SAYS_RATES = {
    "wispr": (1, (1 << 32) - 1, 1),
    "mikrotik": (1, None, 1),
    "chillispot": (K, None, K),
    "cisco": (1, 10 * G, 8 * K),
    "cisco_wlc": (K, None, K),
    "ruckus": (1, (1 << 32) - 1, 1),
    "huawei": (1, (1 << 32) - 1, 1),
    "juniper": (1, None, K),
    "ubiquiti": (1, (1 << 32) - 1, 1),
    "omada": (1, (1 << 32) - 1, 1),
    "accel_ppp": (K, 10 * G, K),
}
VOLUME_UNITS = {"mikrotik": 1, "chillispot": 1, "huawei": K}
MAKERS = sorted(vendors.MAKERS)


def expected_rate(bps: int | None, maker: str) -> int | None:
    unit, most, least = SAYS_RATES[maker]
    if bps is None or (most is not None and bps > most):
        return None
    return max(-(-bps // unit) * unit, least)


@pytest.mark.parametrize("maker", sorted(SAYS_RATES))
@given(granted=GRANTS)
def test_rates(maker: str, granted: Grant) -> None:
    here = vendors.maker(maker)
    for octets in (here.accept(granted, here.client_view), here.change(granted, Used(5, 5), here.client_view)):
        told = read(maker, octets)
        up, down = expected_rate(granted.upload_bps, maker), expected_rate(granted.download_bps, maker)
        if maker == "juniper":
            up = None
        if maker == "accel_ppp" and (up is None) != (down is None):
            up, down = up or 10 * G, down or 10 * G  # it shapes both or neither
        assert (told.upload_bps, told.download_bps) == (up, down)


@pytest.mark.parametrize("maker", sorted(VOLUME_UNITS))
@given(granted=GRANTS)
def test_volumes(maker: str, granted: Grant) -> None:
    here = vendors.maker(maker)
    told = read(maker, here.accept(granted, here.client_view))
    limit = {
        Direction.BOTH: told.total,
        Direction.UPLOAD: told.uploaded,
        Direction.DOWNLOAD: told.downloaded,
    }[granted.direction]
    assert [told.total, told.uploaded, told.downloaded].count(None) >= 2
    if granted.octets is None or (maker == "huawei" and granted.direction is not Direction.BOTH):
        assert limit is None
    elif limit is None:
        assert maker == "huawei"
        assert granted.octets > K * ((1 << 32) - 3)
    else:
        assert -1 <= limit - granted.octets < VOLUME_UNITS[maker]


@given(granted=GRANTS, used=st.integers(0, 1 << 50))
def test_a_change_of_volume_counts_from_the_start(granted: Grant, used: int) -> None:
    here = vendors.maker("chillispot")
    told = read("chillispot", here.change(granted, Used(0, used), here.client_view))
    limit = told.total or told.uploaded or told.downloaded
    if granted.octets is None:
        assert limit is None
    else:
        assert limit is not None
        assert -1 <= limit - used - granted.octets <= 0


def test_ten_thousand_plans_read_back_on_routeros() -> None:
    dice = random.Random(14988)
    for _ in range(10_000):
        up, down = (dice.randrange(1, 10 ** dice.randrange(1, 12)) * dice.choice((1, K, M)) for _ in range(2))
        assert routeros_rate(mikrotik.rate_limit(up, down)) == (up, down)


@pytest.mark.parametrize("maker", MAKERS)
@given(granted=GRANTS, used=st.integers(0, 1 << 33))
def test_times(maker: str, granted: Grant, used: int) -> None:
    here = vendors.maker(maker)
    most = (1 << 31) - 1
    for octets, gone in ((here.accept(granted, False), 0), (here.change(granted, Used(used, 0), False), used)):
        packet = packet_of(octets)
        told = read(maker, octets).seconds
        left = granted.session_seconds
        assert told == (None if left is None else min(max(left, 1) + gone, most))
        interim = packet.first(attr.ACCT_INTERIM_INTERVAL)
        assert interim is not None
        assert int.from_bytes(interim, "big") >= INTERIM_SECONDS_MIN


@pytest.mark.parametrize("maker", MAKERS)
@given(granted=GRANTS)
def test_every_number_that_is_sent_is_above_0_but_gigawords(maker: str, granted: Grant) -> None:
    here = vendors.maker(maker)
    gigawords = {(attr.MIKROTIK, kind) for kind in (14, 15, 18)} | {(attr.CHILLISPOT, kind) for kind in (21, 22, 23)}
    packet = packet_of(here.accept(granted, here.client_view))
    for vendor in (attr.WISPR, attr.CHILLISPOT, attr.MIKROTIK, 14179, 2011):
        for kind in range(256):
            value = packet.vendor(vendor, kind)
            assert value is None or (vendor, kind) in gigawords or value != bytes(4)


@given(st.integers(1, 10**11), st.integers(1, 10**11))
def test_texts_read_back_as_they_were(up: int, down: int) -> None:
    assert routeros_rate(mikrotik.rate_limit(up, down)) == (up, down)
    assert cisco.policer(max(up, 8_000) % cisco.BPS_MAX or 1, None).split(";")[0] == "QU"
    text = juniper.shaping_rate(down)
    units = {"k": K, "m": M, "g": G}
    assert int(text.rstrip("kmg")) * units.get(text[-1], 1) == down


@pytest.mark.parametrize(
    ("up", "down", "expected"),
    [
        (5_000_000, 20_000_000, "5M/20M"),
        (64_000, 64_000, "64k/64k"),
        (1_500_000, 1_000_001, "1500k/1000001"),
        (None, 20_000_000, "0/20M"),
        (0, 0, "1/1"),
    ],
)
def test_a_routeros_rate(up: int | None, down: int | None, expected: str) -> None:
    assert mikrotik.rate_limit(up, down) == expected


@pytest.mark.parametrize(
    ("up", "down", "expected"),
    [
        (5_000_000, 20_000_000, "20000/5000"),
        (None, 20_000_000, "20000/10000000"),
        (1, None, "10000000/1"),
        (None, None, ""),
        (20 * G, 20 * G, ""),
    ],
)
def test_an_accel_shaper(up: int | None, down: int | None, expected: str) -> None:
    assert accel_ppp.shaper(up, down) == expected


@pytest.mark.parametrize(
    ("up", "down", "expected"),
    [
        (5_000_000, None, "QU;5000000;937500;1875000"),
        (None, 1_000, "QD;8000;3000;6000"),
        (None, None, ""),
    ],
)
def test_an_isg_policer(up: int | None, down: int | None, expected: str) -> None:
    assert cisco.policer(up, down) == expected
