"""Names, types and what a log may show."""

from __future__ import annotations

from enum import IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.radius import attributes as attr
from hotgate.radius import dictionary, passwords
from hotgate.radius.packet import attribute, decode, vendor_attribute
from radius.samples import AUTHENTICATOR, KEY, plain

TYPED = [
    ("User-Name", "nemo", "01066e656d6f"),
    ("Session-Timeout", 3600, "1b0600000e10"),
    ("Acct-Status-Type", "Interim-Update", "280600000003"),
    ("Acct-Status-Type", 99, "280600000063"),
    ("Event-Timestamp", 0x68E77800, "370668e77800"),
    ("Framed-IP-Address", "192.168.1.3", "0806c0a80103"),
    ("Framed-IPv6-Prefix", "2001:db8::/32", "6108002020010db8"),
    ("Framed-IPv6-Address", "2001:db8::1", "a81220010db8000000000000000000000001"),
    ("Class", b"\x00\xff", "190400ff"),
    ("Chargeable-User-Identity", b"\x00", "590300"),
    ("Error-Cause", "Session-Context-Not-Found", "6506000001f7"),
    ("Mikrotik-Rate-Limit", "5M/20M", "1a0e00003a8c0808354d2f32304d"),
    ("WISPr-Bandwidth-Max-Down", 20_000_000, "1a0c0000372a080601312d00"),
    ("ChilliSpot-Max-Total-Octets", 2**32 - 1, "1a0c000038df0306ffffffff"),
    ("MS-MPPE-Encryption-Policy", "Encryption-Allowed", "1a0c00000137070600000001"),
]


@pytest.mark.parametrize(("name", "value", "octets"), TYPED, ids=[case[0] for case in TYPED])
def test_value_is_encoded_by_its_type_and_decoded_back(name: str, value: dictionary.Value, octets: str) -> None:
    encoded = dictionary.encode(name, value)
    assert encoded.hex() == octets
    found = dictionary.find(name)
    packet = decode(plain(2, encoded))
    raw = packet.vendor(found.vendor, found.number) if found.vendor else packet.first(found.number)
    assert raw is not None
    assert dictionary.decode_value(name, raw) == value


UNFIT: list[tuple[str, dictionary.Value]] = [
    ("Session-Timeout", 2**32),
    ("Session-Timeout", -1),
    ("Session-Timeout", "an hour"),
    ("User-Name", 5),
    ("User-Name", "x" * 254),
    ("Mikrotik-Rate-Limit", "x" * 248),
    ("Class", "text"),
    ("Framed-IP-Address", "10.0.0.256"),
    ("Framed-IPv6-Prefix", "2001:db8::1/32"),
    ("Acct-Status-Type", "Begin"),
]


@pytest.mark.parametrize(("name", "value"), UNFIT)
def test_value_that_a_type_cannot_hold_is_refused(name: str, value: dictionary.Value) -> None:
    with pytest.raises(ValueError, match=r"."):
        dictionary.encode(name, value)


def test_unknown_name_is_refused() -> None:
    with pytest.raises(dictionary.UnknownAttribute):
        dictionary.encode("Frobnicate", 1)


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("Session-Timeout", b"\x00\x01"),
        ("Acct-Status-Type", b""),
        ("User-Name", b"\xff"),
        ("Framed-IP-Address", bytes(5)),
        ("Framed-IPv6-Address", bytes(4)),
        ("Framed-IPv6-Prefix", b"\x00"),
        ("Framed-IPv6-Prefix", b"\x00\x81"),
        ("Framed-IPv6-Prefix", b"\x00\x08\x20\x01"),
    ],
)
def test_d05_octets_that_do_not_fit_the_type_stay_octets(name: str, octets: bytes) -> None:
    assert dictionary.decode_value(name, octets) == octets


def test_number_without_a_name_stays_a_number() -> None:
    assert dictionary.decode_value("Acct-Terminate-Cause", b"\x00\x00\x00\x63") == 99


ENUMS = [
    (attr.AcctStatusType, "Acct-Status-Type"),
    (attr.TerminateCause, "Acct-Terminate-Cause"),
    (attr.ErrorCause, "Error-Cause"),
    (attr.ServiceType, "Service-Type"),
    (attr.NasPortType, "NAS-Port-Type"),
]


def folded(name: str) -> str:
    return name.upper().replace("-", "_").replace(".", "_")


@pytest.mark.parametrize(("enum", "name"), ENUMS, ids=[name for _, name in ENUMS])
def test_enumerations_in_code_agree_with_the_dictionary(enum: type[IntEnum], name: str) -> None:
    names = dictionary.find(name).names
    assert {int(member): member.name for member in enum}.items() <= {n: folded(v) for n, v in names.items()}.items()


def test_numbers_in_code_agree_with_the_dictionary() -> None:
    by_name = {folded(name): each.number for name, each in dictionary.standard().by_name.items()}
    vendors = {folded(name): number for number, name in dictionary.standard().vendors.items()}
    for name, number in vars(attr).items():
        if name.isupper():
            assert (by_name | vendors)[name] == number, name


def test_every_attribute_has_one_name_and_a_number_of_one_octet() -> None:
    known = dictionary.standard()
    assert len(known.by_name) == len(known.by_number) > 200
    assert all(0 < each.number < 256 for each in known.by_number.values())
    assert {0, 311, 14122, 14559, 14988} <= set(known.vendors)


@pytest.mark.parametrize("line", ["1", "1 User-Name", "1 User-Name float", "  1 a b", "vendor 9"])
def test_line_that_says_nothing_is_a_fault(line: str) -> None:
    with pytest.raises(dictionary.BadLine):
        dictionary.parse([line])


def described(*parts: bytes) -> list[tuple[str, str]]:
    return dictionary.describe(decode(plain(1, b"".join(parts))))


def test_packet_is_described_in_order_with_secrets_masked() -> None:
    hidden = passwords.hide_password(b"arctangent", KEY, AUTHENTICATOR)
    lines = described(
        attribute(attr.USER_NAME, b"nemo"),
        attribute(attr.USER_PASSWORD, hidden),
        dictionary.encode("Acct-Status-Type", "Stop"),
        dictionary.encode("Event-Timestamp", 0x68E77800),
        dictionary.encode("Mikrotik-Rate-Limit", "5M/20M"),
        attribute(attr.CLASS, b"\x01\x02"),
    )
    assert lines == [
        ("User-Name", "nemo"),
        ("User-Password", dictionary.MASK),
        ("Acct-Status-Type", "Stop"),
        ("Event-Timestamp", "2025-10-09T08:53:20+00:00"),
        ("Mikrotik-Rate-Limit", "5M/20M"),
        ("Class", "0x0102"),
    ]


SECRETS = [
    attribute(attr.USER_PASSWORD, b"sixteen octets.."),
    attribute(attr.CHAP_PASSWORD, b"\x01sixteen octets.."),
    *(vendor_attribute(attr.MICROSOFT, number, b"sixteen octets..") for number in (1, 3, 4, 5, 6, 12, 16, 17, 25, 27)),
    *(vendor_attribute(attr.MIKROTIK, number, b"sixteen octets..") for number in (7, 16, 20)),
]


@pytest.mark.parametrize("secret", SECRETS, ids=[octets[:9].hex() for octets in SECRETS])
def test_no_secret_is_shown(secret: bytes) -> None:
    (name, value) = described(secret)[0]
    assert value == dictionary.MASK
    assert not name.startswith(("Attribute", "Microsoft", "Mikrotik-1"))


def test_unknown_attributes_are_described_by_number() -> None:
    lines = described(
        attribute(250, b"?"),
        vendor_attribute(65000, 1, b"x"),
        vendor_attribute(14988, 200, b"x"),
        attribute(26, b"\x00\x00\x00\x09"),
    )
    assert lines == [
        ("Attribute-250", "0x3f"),
        ("Vendor-65000-1", "0x78"),
        ("Mikrotik-200", "0x78"),
        ("Vendor-Specific", "0x00000009"),
    ]


def test_a_user_name_cannot_forge_a_log_line() -> None:
    assert described(attribute(1, b"nemo\r\nadmin \x1b[2J")) == [("User-Name", r"nemo\x0d\x0aadmin \x1b[2J")]


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=60)), max_size=20))
def test_any_packet_can_be_described_in_printable_lines(attributes: list[tuple[int, bytes]]) -> None:
    body = b"".join(attribute(number, value) for number, value in attributes)
    packet = decode(bytes((1, 1)) + (20 + len(body)).to_bytes(2, "big") + AUTHENTICATOR + body)
    assert packet.attributes == attributes
    assert all((name + value).isprintable() for name, value in dictionary.describe(packet))
