"""Lengths, order, vendors; what a broken datagram does (rules D2 to D5)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.radius import packet as wire
from hotgate.radius.packet import Malformed, attribute, decode, vendor_attribute
from radius.samples import AUTHENTICATOR, access_request, plain

BODY = attribute(1, b"nemo")

D2 = {
    "empty": b"",
    "nineteen octets": bytes(19),
    "Length below 20": b"\x01\x01\x00\x13" + bytes(16),
    "Length of zero": b"\x01\x01\x00\x00" + bytes(16),
    "Length above 4096": b"\x01\x01\x10\x01" + bytes(4093),
    "datagram shorter than Length": plain(1, BODY)[:-1],
}
D4 = {
    "length zero": plain(1, BODY + b"\x02\x00"),
    "length one": plain(1, BODY + b"\x02\x01"),
    "length one before another": plain(1, b"\x02\x01" + BODY),
    "one octet over the end": plain(1, BODY + b"\x02\x03"),
    "far over the end": plain(1, b"\x02\xff" + BODY),
    "a lone type octet at the end": plain(1, BODY + b"\x02"),
}


@pytest.mark.parametrize("datagram", D2.values(), ids=D2)
def test_d02_wrong_header_is_malformed(datagram: bytes) -> None:
    with pytest.raises(Malformed, match="D2"):
        decode(datagram)


def test_d02_four_thousand_and_ninety_six_octets_are_accepted() -> None:
    body = attribute(1, bytes(253)) * 15 + attribute(2, bytes(249))
    assert len(decode(plain(4, body)).octets) == 4096


def test_d03_octets_after_length_are_padding() -> None:
    datagram = access_request()
    padded = decode(datagram + b"\x01\x00padding")
    assert padded.octets == datagram
    assert padded.attributes == decode(datagram).attributes


@pytest.mark.parametrize("datagram", D4.values(), ids=D4)
def test_d04_wrong_attribute_length_spoils_the_packet(datagram: bytes) -> None:
    with pytest.raises(Malformed, match="D4"):
        decode(datagram)


def test_d04_padding_does_not_lend_a_length_to_a_lone_octet() -> None:
    with pytest.raises(Malformed, match="D4"):
        decode(plain(1, BODY + b"\x02") + b"\x02\x02")


@pytest.mark.parametrize(
    "value",
    [
        b"",
        bytes(3),
        bytes(4),
        b"\x00\x00\x3a\x8c\x08",
        b"\x00\x00\x3a\x8c\x08\x01",
        b"\x00\x00\x3a\x8c\x08\x09x",
        b"\x00\x00\x3a\x8c\x08\x03x\x08",
    ],
    ids=[
        "empty",
        "short vendor",
        "no attribute",
        "no length",
        "length one",
        "length over the end",
        "one octet after an attribute",
    ],
)
def test_d05_malformed_vendor_specific_is_ignored_and_the_rest_read(value: bytes) -> None:
    packet = decode(plain(1, attribute(26, value) + vendor_attribute(14988, 8, b"5M/20M") + BODY))
    assert packet.vendor(14988, 8) == b"5M/20M"
    assert packet.first(1) == b"nemo"


def test_d05_unknown_attributes_are_kept_raw_and_in_order() -> None:
    packet = decode(plain(1, attribute(241, b"\x01\x05x") + attribute(0, b"") + attribute(250, b"?")))
    assert packet.attributes == [(241, b"\x01\x05x"), (0, b""), (250, b"?")]


def test_a13_order_within_a_type_is_kept_whatever_stands_between() -> None:
    packet = decode(plain(1, attribute(25, b"a") + BODY + attribute(25, b"b") + attribute(25, b"c")))
    assert packet.first(25) == b"a"
    assert packet.all(25) == [b"a", b"b", b"c"]
    assert packet.all(1) == [b"nemo"]


def test_absent_attributes_are_none_or_empty() -> None:
    packet = decode(plain(1, BODY))
    assert packet.first(25) is None
    assert packet.all(25) == []
    assert packet.vendor(311, 25) is None
    assert packet.vendor_all(311, 25) == []


def test_vendor_attributes_are_found_in_one_vendor_specific_and_in_several() -> None:
    together = attribute(26, b"\x00\x00\x3a\x8c" + attribute(8, b"a") + attribute(19, b"list") + attribute(8, b"b"))
    packet = decode(plain(1, together + vendor_attribute(14988, 8, b"c") + vendor_attribute(311, 8, b"other")))
    assert packet.vendor(14988, 8) == b"a"
    assert packet.vendor_all(14988, 8) == [b"a", b"b", b"c"]
    assert packet.vendor(14988, 19) == b"list"


def test_repr_shows_no_value() -> None:
    assert "nemo" not in repr(decode(plain(1, BODY)))


@pytest.mark.parametrize("size", [0, 1, 253])
def test_attribute_holds_up_to_253_octets(size: int) -> None:
    assert attribute(11, bytes(size)) == bytes((11, size + 2)) + bytes(size)


def test_longer_values_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="attribute 11: 254 octets, at most 253 fit"):
        attribute(11, bytes(254))
    with pytest.raises(ValueError, match="vendor 14988 attribute 8: 248 octets, at most 247 fit"):
        vendor_attribute(14988, 8, bytes(248))
    assert len(vendor_attribute(14988, 8, bytes(247))) == 255


@pytest.mark.parametrize("number", [-1, 2**32])
def test_numbers_beyond_32_bits_are_refused_and_never_wrap(number: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        wire.uint32(number)


VALUES = [
    (wire.uint32(2**32 - 1), "ffffffff"),
    (wire.ipv4("192.168.1.3"), "c0a80103"),
    (wire.ipv6("2001:db8::1"), "20010db8000000000000000000000001"),
    (wire.ipv6_prefix("2001:db8::/40"), "002820010db800"),
    (wire.ipv6_prefix("::/0"), "0000"),
    (wire.text("Zürich"), "5ac3bc72696368"),
]


@pytest.mark.parametrize(("value", "expected"), VALUES)
def test_values_have_the_octets_of_the_rfc(value: bytes, expected: str) -> None:
    assert value.hex() == expected


ATTRIBUTES = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=253)), max_size=15)


@given(ATTRIBUTES, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=40))
def test_any_attributes_come_back_as_they_were(
    attributes: list[tuple[int, bytes]], code: int, identifier: int, padding: bytes
) -> None:
    body = b"".join(attribute(number, value) for number, value in attributes)
    packet = decode(plain(code, body, identifier=identifier) + padding)
    assert packet.attributes == attributes
    assert (packet.code, packet.identifier, packet.authenticator) == (code, identifier, AUTHENTICATOR)


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 255), st.binary(max_size=247)), max_size=9))
def test_any_vendor_attributes_come_back_in_order(attributes: list[tuple[int, int, bytes]]) -> None:
    packet = decode(plain(1, b"".join(vendor_attribute(*each) for each in attributes)))
    for vendor, number, _ in attributes:
        wanted = [value for v, n, value in attributes if (v, n) == (vendor, number)]
        assert packet.vendor_all(vendor, number) == wanted


def rule_of(datagram: bytes) -> str | None:
    try:
        decode(datagram)
    except Malformed as error:
        return error.rule
    return None


@given(st.binary(max_size=300))
def test_any_octets_decode_or_are_malformed(octets: bytes) -> None:
    assert rule_of(octets) in {None, "D2", "D4"}


@given(st.binary(max_size=200))
def test_any_body_decodes_or_is_malformed(body: bytes) -> None:
    assert rule_of(plain(1, body)) in {None, "D4"}


@given(st.binary(max_size=253))
def test_any_vendor_specific_leaves_every_lookup_standing(value: bytes) -> None:
    packet = decode(plain(1, attribute(26, value)))
    assert packet.first(26) == value
    for (vendor, number), inner in wire.vendor_values(value):
        assert inner in packet.vendor_all(vendor, number)


SMALL = st.lists(st.tuples(st.sampled_from([1, 2, 26, 80]), st.binary(max_size=3)), max_size=5)


def heads(pairs: list[tuple[int, bytes]]) -> bytes:
    return b"".join(attribute(number, value) for number, value in pairs)


@given(SMALL, SMALL, st.binary(max_size=4))
def test_what_was_learned_of_a_layout_changes_no_packet(
    known: list[tuple[int, bytes]], told: list[tuple[int, bytes]], tail: bytes
) -> None:
    """The first came often; another one, which may be spoiled, is as long."""
    first, other = heads(known), heads(told) + tail
    missing = len(other) - len(first)
    first += attribute(3, bytes(missing - 2)) if missing >= 2 else b""
    other = attribute(3, bytes(-missing - 2)) + other if missing <= -2 else other
    for _ in range(16):
        read(plain(1, first))
    found = read(plain(1, other))
    wire._layouts.clear()
    assert found == read(plain(1, other))


def test_a_layout_is_learned() -> None:
    wire._layouts.clear()
    datagram = plain(1, heads([(1, b"nemo"), (2, b"x"), (80, bytes(16))]))
    before = read(datagram)
    for _ in range(16):
        assert read(datagram) == before
    assert wire._layouts[len(datagram)].fits(datagram)


def read(datagram: bytes) -> object:
    """All that a packet says, or by which rule it is none."""
    try:
        packet = decode(datagram)
    except Malformed as error:
        return error.rule
    return packet.firsts, list(packet.firsts), packet.repeated, packet.attributes, packet.message_authenticator_at
