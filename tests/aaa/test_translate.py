"""Packets to the rules' words, without a network."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aaa.running import KEY, number
from hotgate.aaa import translate
from hotgate.aaa.clients import Client, Clients, client_of
from hotgate.radius import attributes as attr
from hotgate.radius.packet import Packet, attribute, decode, text, vendor_attribute
from hotgate.store.network import NasRow

NOW = datetime(2026, 6, 20, 12, 0, tzinfo=UTC)
ROW = NasRow(
    id=1,
    operator_id=1,
    address="10.0.0.1/32",
    identifier="",
    maker="standard",
    require_message_authenticator="yes",
    has_sent_message_authenticator=False,
    limit_proxy_state=True,
    octets_swapped=None,
    lacks_gigawords=False,
    sends_accounting=True,
    can_confine=False,
    mac_login=False,
    strict=False,
    coa_address=None,
    coa_port=3799,
    reject_delay_ms=None,
    sealed_secret=b"sealed",
)


def client(**changes: object) -> Client:
    return client_of(ROW._replace(**changes), KEY)  # type: ignore[arg-type]


def packet(*attributes: bytes) -> Packet:
    body = b"".join(attributes)
    return decode(bytes((4, 1)) + (20 + len(body)).to_bytes(2, "big") + bytes(16) + body)


@pytest.mark.parametrize(
    "written", ["aa:bb:cc:00:00:01", "AA-BB-CC-00-00-01", "aabb.cc00.0001", "aabbcc000001", "AABBCC-000001"]
)
def test_a_mac_is_one_however_it_is_written(written: str) -> None:
    assert translate.canonical_device(written) == "AA-BB-CC-00-00-01"


@pytest.mark.parametrize("written", ["", "office-pc", "aa:bb:cc:00:00", "zz:bb:cc:00:00:01", "aabbcc0000  "])
def test_what_is_no_mac_stays_as_it_is(written: str) -> None:
    assert translate.canonical_device(written) == written


def stamp(at: datetime) -> bytes:
    return number(attr.EVENT_TIMESTAMP, int(at.timestamp()))


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ([], NOW),
        ([number(attr.ACCT_DELAY_TIME, 3600)], NOW - HOUR),
        ([stamp(NOW - timedelta(seconds=20))], NOW - timedelta(seconds=20)),
        ([stamp(NOW - HOUR), number(attr.ACCT_DELAY_TIME, 3600)], NOW - HOUR),  # the delay is in it already
        ([stamp(NOW - 26 * HOUR), number(attr.ACCT_DELAY_TIME, 0)], NOW),  # a clock that is off
        ([stamp(NOW + 26 * HOUR)], NOW),
        ([stamp(datetime(1970, 1, 2, tzinfo=UTC))], NOW),
        ([stamp(NOW - 72 * HOUR)], NOW - 72 * HOUR),  # without a delay it may have waited for us
    ],
)
def test_when_it_happened(attributes: list[bytes], expected: datetime) -> None:
    """B4, G5"""
    event_at, _is_timed = translate.event_time(packet(*attributes), NOW)
    assert event_at == expected


@pytest.mark.parametrize(
    ("attributes", "is_timed"),
    [
        ([], False),
        ([number(attr.ACCT_DELAY_TIME, 3600)], False),
        ([stamp(NOW - timedelta(seconds=20))], True),
        ([stamp(NOW - 26 * HOUR), number(attr.ACCT_DELAY_TIME, 0)], False),
        ([stamp(datetime(1970, 1, 2, tzinfo=UTC))], False),
    ],
)
def test_B10_whether_the_clock_of_the_nas_can_be_right(attributes: list[bytes], is_timed: bool) -> None:
    assert translate.event_time(packet(*attributes), NOW)[1] is is_timed


@pytest.mark.parametrize(("attributes", "tells"), [([], False), ([0], False), ([1], True)])
def test_B10_whether_a_record_tells_that_it_may_have_been_sent_before(attributes: list[int], tells: bool) -> None:
    told = packet(*(number(attr.ACCT_DELAY_TIME, each) for each in attributes))
    report = translate.accounting_report(told, client(), "192.0.2.1", NOW, b"key")
    assert report.record.tells_delay is tells


def octets(first: int, second: int) -> list[bytes]:
    return [
        number(attr.ACCT_INPUT_OCTETS, first & 0xFFFFFFFF),
        number(attr.ACCT_INPUT_GIGAWORDS, first >> 32),
        number(attr.ACCT_OUTPUT_OCTETS, second & 0xFFFFFFFF),
        number(attr.ACCT_OUTPUT_GIGAWORDS, second >> 32),
    ]


def view(point: int) -> bytes:
    return vendor_attribute(attr.CHILLISPOT, 10, point.to_bytes(4, "big"))


@pytest.mark.parametrize(
    ("more", "client_view", "expected"),
    [
        ([], False, (5_000_000_000, 7, True)),
        ([], True, (7, 5_000_000_000, True)),
        ([view(1)], True, (5_000_000_000, 7, True)),  # the packet's own word goes before the setting
        ([view(2)], False, (7, 5_000_000_000, True)),
    ],
)
def test_octets_from_the_client_come_first(
    more: list[bytes], client_view: bool, expected: tuple[int, int, bool]
) -> None:
    told = packet(*octets(5_000_000_000, 7), *more)
    assert translate.counters(told, client_view) == expected


@pytest.mark.parametrize(
    ("octets_in", "packets_in", "is_odd"),
    [
        (1_500_000, 1000, False),
        (0, 0, False),
        (1_500_000, None, False),  # it counts none
        (1, 0, True),
        (65_536, 1, True),
        (30 << 32, 7, False),  # so much that packets may have begun anew at 2^32
    ],
)
@pytest.mark.parametrize("is_first", [True, False])
def test_B16_packets_that_do_not_fit_their_octets(
    octets_in: int, packets_in: int | None, is_odd: bool, is_first: bool
) -> None:
    pair = (octets_in, 0) if is_first else (0, octets_in)
    kind = attr.ACCT_INPUT_PACKETS if is_first else attr.ACCT_OUTPUT_PACKETS
    told = packet(*octets(*pair), *([] if packets_in is None else [number(kind, packets_in)]))
    assert translate.has_odd_packets(told) is is_odd


def test_a_misshapen_number_is_absent() -> None:
    """D5"""
    assert translate.number(packet(attribute(attr.SERVICE_TYPE, b"\0\0\1")), attr.SERVICE_TYPE) is None


def test_addresses_of_both_families_are_kept() -> None:
    told = packet(
        attribute(attr.FRAMED_IPV6_PREFIX, bytes((0, 64)) + bytes.fromhex("20010db800000001")),
        attribute(attr.FRAMED_IPV6_ADDRESS, bytes.fromhex("20010db8000000010000000000000009")),
        attribute(attr.DELEGATED_IPV6_PREFIX, bytes((0, 200))),
    )
    assert translate.ipv6_of(told) == ("2001:db8:0:1::/64", "2001:db8:0:1::9")


def test_text_of_a_refusal_ends_with_a_whole_character() -> None:
    assert translate.clipped("ä" * 200) == ("ä" * 126).encode()


def test_without_secrets() -> None:
    told = packet(
        attribute(attr.USER_NAME, text("anna")),
        attribute(attr.USER_PASSWORD, bytes(16)),
        vendor_attribute(attr.MICROSOFT, 25, bytes(50)),
    )
    shown, raw = translate.without_secrets(told)
    assert shown == {"1": [b"anna".hex()]}
    assert raw == attribute(attr.USER_NAME, b"anna")


def test_the_longest_prefix_wins() -> None:
    clients = Clients(lambda _, __: b"a secret of sixteen octets")
    clients.replace([ROW._replace(id=1, address="10.0.0.0/8"), ROW._replace(id=2, address="10.0.0.1/32")])
    found = [clients.find(host) for host in ("10.0.0.1", "10.0.0.2", "::ffff:10.0.0.1", "192.0.2.1")]
    assert [None if each is None else each.row.id for each in found] == [2, 1, 2, None]


def test_a_secret_that_does_not_open_leaves_its_nas_out() -> None:
    clients = Clients(lambda _, __: b"")
    clients.replace([ROW])
    assert clients.find("10.0.0.1") is None
    assert clients.unreadable == [1]


@pytest.mark.parametrize(("attributes", "has_gigawords"), [(octets(5 << 32, 1), True), (octets(1, 1)[::2], False)])
def test_B6_gigawords_that_are_left_out_are_told_from_a_0(attributes: list[bytes], has_gigawords: bool) -> None:
    report = translate.accounting_report(packet(*attributes), client(), "192.0.2.1", NOW, b"key")
    assert report.record.has_gigawords is has_gigawords
