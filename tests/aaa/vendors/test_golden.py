"""One grant, the attributes that each maker gets for it by name, and what its NAS reads in them."""

from __future__ import annotations

import pytest

from aaa.vendors.grants import grant
from aaa.vendors.readers import Reading, packet_of, read
from hotgate.aaa import vendors
from hotgate.aaa.vendors.standard import Used
from hotgate.domain import makers
from hotgate.domain.catalogue import Direction
from hotgate.radius import dictionary

TIMES = [("Session-Timeout", "3600"), ("Idle-Timeout", "600"), ("Acct-Interim-Interval", "300")]
NAMES = [("Filter-Id", "guests"), ("Framed-Pool", "pool1")]
WISPR = [("WISPr-Bandwidth-Max-Up", "5000000"), ("WISPr-Bandwidth-Max-Down", "20000000")]
CONTRACTS = [
    (f"Airespace-{kind}-Bandwidth-{share}-Contract{way}", kbps)
    for way, kbps in (("", "20000"), ("-Upstream", "5000"))
    for share in ("Average", "Burst")
    for kind in ("Data", "Real-Time")
]
POLICER = "QU;5000000;937500;1875000;D;20000000;3750000;7500000"

ACCEPTS = {
    "standard": TIMES + NAMES,
    "wispr": TIMES + NAMES + WISPR,
    "mikrotik": [
        *TIMES,
        *NAMES,
        ("Mikrotik-Rate-Limit", "5M/20M"),
        ("Mikrotik-Total-Limit", "705032704"),
        ("Mikrotik-Total-Limit-Gigawords", "1"),
    ],
    "chillispot": [
        *TIMES,
        *NAMES,
        ("ChilliSpot-Bandwidth-Max-Up", "5000"),
        ("ChilliSpot-Bandwidth-Max-Down", "20000"),
        ("ChilliSpot-Max-Total-Octets", "705032704"),
        ("ChilliSpot-Max-Total-Gigawords", "1"),
    ],
    "cisco": [*TIMES, *NAMES, ("Cisco-AVPair", "ip:addr-pool=pool1"), ("Cisco-Account-Info", POLICER)],
    "cisco_wlc": [*TIMES, *NAMES, ("Airespace-ACL-Name", "guests"), *CONTRACTS],
    "aruba": [*TIMES, *NAMES, ("Aruba-User-Role", "guests")],
    "ruckus": [*TIMES, *NAMES, *WISPR, ("Ruckus-User-Groups", "guests")],
    "huawei": [
        *TIMES,
        *NAMES,
        ("Huawei-Input-Average-Rate", "5000000"),
        ("Huawei-Input-Peak-Rate", "5000000"),
        ("Huawei-Output-Average-Rate", "20000000"),
        ("Huawei-Output-Peak-Rate", "20000000"),
        ("Huawei-Remanent-Volume", "5000000"),
    ],
    "juniper": [*TIMES, *NAMES, ("ERX-Cos-Parameter-Type", "T02 20m")],
    "ubiquiti": TIMES + NAMES + WISPR,
    "omada": TIMES + NAMES + WISPR,
    "accel_ppp": [*TIMES, ("Framed-Pool", "pool1"), ("Filter-Id", "20000/5000")],
}

RATED = Reading(5_000_000, 20_000_000, seconds=3600, group="guests")
GB5 = 5_000_000_000
READINGS = {
    "standard": Reading(seconds=3600, group="guests"),
    "wispr": RATED,
    "mikrotik": RATED._replace(total=GB5),
    "chillispot": RATED._replace(total=GB5),
    "cisco": RATED,
    "cisco_wlc": RATED,
    "aruba": Reading(seconds=3600, group="guests"),
    "ruckus": RATED,
    "huawei": RATED._replace(total=GB5),
    "juniper": RATED._replace(upload_bps=None),
    "ubiquiti": RATED,
    "omada": RATED,
    "accel_ppp": RATED._replace(group=""),
}
MAKERS = sorted(vendors.MAKERS)


def test_every_maker_has_its_golden_grant() -> None:
    assert sorted(ACCEPTS) == sorted(READINGS) == MAKERS


@pytest.mark.parametrize("maker", MAKERS)
def test_an_accept_by_name(maker: str) -> None:
    here = vendors.maker(maker)
    octets = here.accept(grant(), here.client_view)
    assert sorted(dictionary.describe(packet_of(octets))) == sorted(ACCEPTS[maker])


@pytest.mark.parametrize("maker", MAKERS)
def test_an_accept_as_the_nas_reads_it(maker: str) -> None:
    here = vendors.maker(maker)
    assert read(maker, here.accept(grant(), here.client_view)) == READINGS[maker]


@pytest.mark.parametrize("maker", MAKERS)
def test_a_change_says_the_same_rates_and_the_time_from_the_start(maker: str) -> None:
    here = vendors.maker(maker)
    after = read(maker, here.change(grant(), Used(60, 1_000), here.client_view))
    before = READINGS[maker]
    assert (after.upload_bps, after.download_bps, after.seconds) == (before.upload_bps, before.download_bps, 3660)
    assert after.total == (GB5 + 1_000 if here.volume_by_coa else None)


@pytest.mark.parametrize(
    ("maker", "direction", "expected"),
    [
        ("mikrotik", Direction.UPLOAD, Reading(uploaded=1_000)),
        ("mikrotik", Direction.DOWNLOAD, Reading(downloaded=1_000)),
        ("chillispot", Direction.UPLOAD, Reading(uploaded=1_000)),
        ("chillispot", Direction.DOWNLOAD, Reading(downloaded=1_000)),
        ("huawei", Direction.DOWNLOAD, Reading()),  # its one volume counts both directions
    ],
)
def test_a_volume_of_one_direction(maker: str, direction: Direction, expected: Reading) -> None:
    here = vendors.maker(maker)
    octets = here.accept(grant(octets=1_000, direction=direction), here.client_view)
    told = read(maker, octets)
    assert (told.total, told.uploaded, told.downloaded) == (expected.total, expected.uploaded, expected.downloaded)


@pytest.mark.parametrize("maker", MAKERS)
def test_the_walled_garden_is_named_where_the_nas_looks_for_names(maker: str) -> None:
    told = packet_of(vendors.maker(maker).confine(300))
    described = dictionary.describe(told)
    assert ("Session-Timeout", "300") in described
    if maker == "chillispot":  # it shows its portal by itself
        assert ("ChilliSpot-Require-UAM", "1") in described
    else:
        assert [value for name, value in described if name != "Session-Timeout"] == ["hotgate-confined"]


@pytest.mark.parametrize(
    ("maker", "octets", "expected"),
    [
        ("standard", 1_000, True),  # it knows no volume, so none is in the way
        ("chillispot", 1_000, True),
        ("mikrotik", 1_000, False),
        ("mikrotik", None, True),
        ("huawei", 1_000, False),
        ("ubiquiti", None, False),
    ],
)
def test_who_takes_a_change(maker: str, octets: int | None, expected: bool) -> None:
    assert vendors.maker(maker).can_change(grant(octets=octets)) is expected


def test_every_maker_that_a_nas_may_be_set_to_has_a_renderer() -> None:
    assert set(makers.LABELS) == set(vendors.MAKERS)
