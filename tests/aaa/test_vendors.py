"""Golden tests: one grant in the product's words, and the attributes each maker gets for it."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.aaa import translate, vendors
from hotgate.aaa.vendors import chillispot, mikrotik, standard
from hotgate.aaa.vendors.standard import Used
from hotgate.domain.catalogue import Direction, ServiceProfile
from hotgate.domain.limits import Grant
from hotgate.radius import attributes as attr
from hotgate.radius.packet import Packet, attribute, decode, text, uint32, vendor_attribute

GB5 = 5_000_000_000


def grant(**changes: Any) -> Grant:
    profile = ServiceProfile(1, idle_timeout_seconds=600, interim_seconds=300, filter_id="guests", address_pool="pool1")
    whole = Grant(1, 1, profile, 20_000_000, 5_000_000, 3600, GB5, Direction.BOTH)
    return whole._replace(**changes)


def shown(octets: bytes) -> Packet:
    header = bytes((2, 1)) + (20 + len(octets)).to_bytes(2, "big") + bytes(16)
    return decode(header + octets)


STANDARD = (
    attribute(attr.SESSION_TIMEOUT, uint32(3600))
    + attribute(attr.IDLE_TIMEOUT, uint32(600))
    + attribute(attr.ACCT_INTERIM_INTERVAL, uint32(300))
    + attribute(attr.FILTER_ID, text("guests"))
    + attribute(attr.FRAMED_POOL, text("pool1"))
)


@pytest.mark.parametrize(
    ("maker", "more"),
    [
        ("standard", []),
        ("wispr", [(attr.WISPR, 7, uint32(5_000_000)), (attr.WISPR, 8, uint32(20_000_000))]),
        (
            "mikrotik",
            [(attr.MIKROTIK, 8, b"5M/20M"), (attr.MIKROTIK, 17, uint32(705_032_704)), (attr.MIKROTIK, 18, uint32(1))],
        ),
        (
            "chillispot",
            [
                (attr.CHILLISPOT, 4, uint32(5_000)),
                (attr.CHILLISPOT, 5, uint32(20_000)),
                (attr.CHILLISPOT, 3, uint32(705_032_704)),
                (attr.CHILLISPOT, 23, uint32(1)),
            ],
        ),
    ],
)
def test_an_accept(maker: str, more: list[tuple[int, int, bytes]]) -> None:
    expected = STANDARD + b"".join(vendor_attribute(*each) for each in more)
    assert vendors.maker(maker).accept(grant(), False) == expected


@pytest.mark.parametrize(("direction", "limit"), [(Direction.BOTH, 17), (Direction.UPLOAD, 1), (Direction.DOWNLOAD, 2)])
def test_mikrotik_receives_what_the_client_uploads(direction: Direction, limit: int) -> None:
    packet = shown(mikrotik.accept(grant(direction=direction, octets=1_000)))
    assert packet.vendor(attr.MIKROTIK, limit) == uint32(1_000)


@pytest.mark.parametrize(
    ("direction", "client_view", "limit"),
    [
        (Direction.BOTH, True, 3),
        (Direction.DOWNLOAD, True, 1),
        (Direction.UPLOAD, True, 2),
        (Direction.DOWNLOAD, False, 2),
        (Direction.UPLOAD, False, 1),
    ],
)
def test_chillispot_limits_follow_the_view_of_its_counters(direction: Direction, client_view: bool, limit: int) -> None:
    packet = shown(chillispot.accept(grant(direction=direction, octets=1_000), client_view))
    assert packet.vendor(attr.CHILLISPOT, limit) == uint32(1_000)


def test_a_change_to_chillispot_is_the_whole_grant_counted_from_the_start() -> None:
    packet = shown(chillispot.change(grant(octets=1_000), Used(60, 500), True))
    assert packet.vendor(attr.CHILLISPOT, 3) == uint32(1_500)
    assert packet.first(attr.SESSION_TIMEOUT) == uint32(3660)
    assert packet.vendor(attr.CHILLISPOT, 5) == uint32(20_000)


def test_a_change_to_mikrotik_says_nothing_of_volume() -> None:
    packet = shown(mikrotik.change(grant(), Used(60, 500)))
    assert [packet.vendor(attr.MIKROTIK, kind) for kind in (1, 2, 17)] == [None] * 3
    assert packet.vendor(attr.MIKROTIK, 8) == b"5M/20M"


@given(st.integers(min_value=0, max_value=1 << 50))
def test_a_volume_limit_is_never_zero_nor_has_a_zero_low_word(octets: int) -> None:
    low, high = standard.words(octets)
    assert low > 0
    assert 0 <= octets - (low | high << 32) <= 1 or octets == 0


@given(st.integers(min_value=1, max_value=10**11), st.integers(min_value=1, max_value=10**11))
def test_mikrotik_rates_read_back_as_they_were(upload: int, download: int) -> None:
    units = {"k": 1_000, "M": 1_000_000}
    rx, tx = mikrotik.rate_limit(upload, download).split("/")
    assert [int(t.rstrip("kM")) * units.get(t[-1], 1) for t in (rx, tx)] == [upload, download]


def test_no_maker_ever_sends_a_timeout_of_zero() -> None:
    for maker in vendors.MAKERS.values():
        packet = shown(maker.accept(grant(session_seconds=0), maker.client_view))
        assert packet.first(attr.SESSION_TIMEOUT) == uint32(1)


class Gateway(NamedTuple):
    """What an Accept takes of the client that asked."""

    maker: standard.Maker
    client_view: bool = False


@given(st.data())
def test_what_is_said_of_a_plan_once_is_said_of_it_as_it_is_now(data: st.DataObject) -> None:
    """Of one id, with other makers, speeds and times: as after an edit of the profile."""
    one_of = st.sampled_from
    for _ in range(6):
        profile = ServiceProfile(1, session_timeout_seconds=60, idle_timeout_seconds=data.draw(one_of([None, 5, 6])))
        asked = grant(
            profile=profile,
            download_bps=data.draw(one_of([None, 1_000_000])),
            session_seconds=data.draw(one_of([60, 50])),
            octets=data.draw(one_of([None, 7])),
        )
        gateway = Gateway(data.draw(one_of([mikrotik.MAKER, chillispot.MAKER])), data.draw(st.booleans()))
        for _ in range(2):
            said = translate.accept_attributes(asked, gateway, b"token")  # type: ignore[arg-type]
            assert said == attribute(attr.CLASS, b"token") + gateway.maker.accept(asked, gateway.client_view)


def test_an_unknown_maker_gets_what_the_rfcs_say() -> None:
    assert vendors.maker("somebody") is standard.MAKER
