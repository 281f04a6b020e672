"""Packets and attributes: strict about lengths, indifferent to what attributes mean (RFC 2865 §3, §5)."""

from __future__ import annotations

import ipaddress
import itertools
import struct
from collections.abc import Callable
from enum import IntEnum
from typing import Final

HEADER_OCTETS: Final = 20
PACKET_OCTETS_MAX: Final = 4096
VALUE_OCTETS_MAX: Final = 253
VENDOR_VALUE_OCTETS_MAX: Final = 247

_VENDOR_SPECIFIC: Final = 26
_MESSAGE_AUTHENTICATOR: Final = 80
_ABSENT: Final = 0
_UNUSABLE: Final = -1

_unpack_header = struct.Struct("!BBH16s").unpack_from
_pack_uint32 = struct.Struct("!I").pack
_pack_number = struct.Struct("!BBI").pack
_pack_vendor_header = struct.Struct("!BBIBB").pack


class Code(IntEnum):
    """What a packet is (RFC 2865 §4, 2866 §4, 5176 §2, 5997 §2)."""

    ACCESS_REQUEST = 1
    ACCESS_ACCEPT = 2
    ACCESS_REJECT = 3
    ACCOUNTING_REQUEST = 4
    ACCOUNTING_RESPONSE = 5
    ACCESS_CHALLENGE = 11
    STATUS_SERVER = 12
    DISCONNECT_REQUEST = 40
    DISCONNECT_ACK = 41
    DISCONNECT_NAK = 42
    COA_REQUEST = 43
    COA_ACK = 44
    COA_NAK = 45


class Malformed(ValueError):
    """Octets that are no RADIUS packet. `rule` names the broken rule: D2 (header) or D4 (attribute
    lengths).
    """

    def __init__(self, rule: str, text: str) -> None:
        super().__init__(f"{rule}: {text}")
        self.rule = rule
        self.text = text


class TooLong(ValueError):
    """More attributes than one packet holds (RFC 2865 §3)."""

    def __init__(self, octets: int) -> None:
        super().__init__(f"a packet of {octets} octets: at most {PACKET_OCTETS_MAX} fit")


class Packet:
    """One decoded packet. Treat it as frozen.

    `first(number)` gives the value of the first attribute of that number, or None; `octets` is the packet without
    padding. Look-ups return raw value octets, and never fail on what a vendor wrote inside an attribute.
    """

    __slots__ = (
        "_vendors",
        "authenticator",
        "code",
        "first",
        "firsts",
        "identifier",
        "message_authenticator_at",
        "octets",
        "repeated",
    )

    def __init__(
        self,
        code: int,
        identifier: int,
        authenticator: bytes,
        octets: bytes,
        firsts: dict[int, bytes],
        repeated: list[tuple[int, bytes]],
    ) -> None:
        self.code = code
        self.identifier = identifier
        self.authenticator = authenticator
        self.octets = octets
        self.firsts = firsts
        self.repeated = repeated  # attributes whose number was there before, in order; mostly none
        # A record is asked some twenty times, so it is the dictionary's own method rather than one around it.
        self.first: Callable[[int], bytes | None] = firsts.get
        self._vendors: dict[tuple[int, int], list[bytes]] | None = None
        # Offset of its value in `octets`; 0 when absent, negative when it cannot be valid (twice, or not 16
        # octets).
        self.message_authenticator_at = self._place_to_sign() if _MESSAGE_AUTHENTICATOR in firsts else _ABSENT

    def __repr__(self) -> str:
        # Values stay out of logs: some of them are passwords.
        types = [number for number, _ in self.attributes]
        return f"Packet(code={self.code}, identifier={self.identifier}, types={types})"

    @property
    def attributes(self) -> list[tuple[int, bytes]]:
        """(number, value) of all as they came, in order, unknown ones included."""
        octets, found, at = self.octets, [], HEADER_OCTETS
        while at < len(octets):
            end = at + octets[at + 1]
            found.append((octets[at], octets[at + 2 : end]))
            at = end
        return found

    def lacks(self, numbers: frozenset[int]) -> bool:
        """Is there no attribute of any of these numbers?"""
        return self.firsts.keys().isdisjoint(numbers)  # which are fewer

    def all(self, number: int) -> list[bytes]:
        """The values of all attributes of this number, in order."""
        value = self.first(number)
        if value is None:
            return []
        return [value, *(again for each, again in self.repeated if each == number)] if self.repeated else [value]

    def vendor(self, vendor: int, number: int) -> bytes | None:
        """The first value of a vendor's attribute, or None (RFC 2865 §5.26)."""
        # Most packets have nothing of that vendor; looking for its number spares them the index.
        if self.first(_VENDOR_SPECIFIC) is None or vendor.to_bytes(4, "big") not in self.octets:
            return None
        values = self._vendor_index().get((vendor, number))
        return values[0] if values else None

    def vendor_all(self, vendor: int, number: int) -> list[bytes]:
        """All values of a vendor's attribute, in order, whether in one Vendor-Specific or in several."""
        return list(self._vendor_index().get((vendor, number), ()))

    def _place_to_sign(self) -> int:
        values = self.all(_MESSAGE_AUTHENTICATOR)
        if len(values) > 1 or len(values[0]) != 16:
            return _UNUSABLE
        octets, at = self.octets, HEADER_OCTETS
        while octets[at] != _MESSAGE_AUTHENTICATOR:
            at += octets[at + 1]
        return at + 2

    def _vendor_index(self) -> dict[tuple[int, int], list[bytes]]:
        if self._vendors is None:
            self._vendors = {}
            for value in self.all(_VENDOR_SPECIFIC):
                for key, inner in vendor_values(value):
                    self._vendors.setdefault(key, []).append(inner)
        return self._vendors


def decode(datagram: bytes) -> Packet:
    """The packet in `datagram`; octets after its Length are padding and ignored (RFC 2865 §3, rule D3).

    Raises Malformed with rule D2 when the header is wrong and D4 when an attribute's length is (RFC 2865 §5).
    """
    size = len(datagram)
    if size < HEADER_OCTETS:
        raise Malformed("D2", f"{size} octets are less than a header")
    code, identifier, length, authenticator = _unpack_header(datagram)
    if not HEADER_OCTETS <= length <= PACKET_OCTETS_MAX or length > size:
        raise Malformed("D2", f"Length {length} in a datagram of {size} octets")
    octets = datagram[:length]
    layout = _layouts.get(length)
    if layout is not None and layout.fits(octets):
        return Packet(code, identifier, authenticator, octets, layout.firsts_of(octets), [])
    firsts: dict[int, bytes] = {}
    repeated: list[tuple[int, bytes]] = []
    at, last = HEADER_OCTETS, length - 1
    while at < last:
        number, begins = octets[at], at + 2
        at += octets[at + 1]
        if at < begins:
            raise Malformed("D4", f"attribute {number} at octet {begins - 2} has length {octets[begins - 1]}")
        if number in firsts:
            repeated.append((number, octets[begins:at]))
        else:
            firsts[number] = octets[begins:at]
    if at > length:
        raise Malformed("D4", f"attribute {number} ends {at - length} octets behind the packet")
    if at < length:
        raise Malformed("D4", "one octet after the last attribute")
    packet = Packet(code, identifier, authenticator, octets, firsts, repeated)
    if not repeated and next(_is_remembered):
        _layouts[length] = _Layout(packet)
    return packet


class _Layout:
    """Where which attributes stand. What a NAS sends over and over, `struct` takes apart at once, in half the time."""

    __slots__ = ("_heads", "_mask", "_numbers", "_unpack")

    def __init__(self, packet: Packet) -> None:
        mask, pattern, at = bytearray(len(packet.octets)), [f"!{HEADER_OCTETS}x"], HEADER_OCTETS
        for _, value in packet.attributes:
            mask[at : at + 2] = b"\xff\xff"
            pattern.append(f"2x{len(value)}s")
            at += 2 + len(value)
        self._mask = int.from_bytes(mask, "big")
        self._heads = int.from_bytes(packet.octets, "big") & self._mask  # number and length of each
        self._numbers = tuple(packet.firsts)
        self._unpack = struct.Struct("".join(pattern)).unpack

    def fits(self, octets: bytes) -> bool:
        """Have these, which are as many, the same attributes in the same places?"""
        return int.from_bytes(octets, "big") & self._mask == self._heads

    def firsts_of(self, octets: bytes) -> dict[int, bytes]:
        """The value of each, of octets that fit."""
        return dict(zip(self._numbers, self._unpack(octets), strict=True))


# By the length of the packet. Every sixteenth of another layout takes the place of the one before, so that what comes
# once is not learned.
_layouts: dict[int, _Layout] = {}
_is_remembered = itertools.cycle([True, *[False] * 15])


def vendor_values(value: bytes) -> list[tuple[tuple[int, int], bytes]]:
    """((vendor, number), value) of each attribute inside a Vendor-Specific value.

    A vendor may use another layout (RFC 2865 §5.26 only recommends this one): then the list is empty, for a
    part of it could not be told from chance (rule D5).
    """
    if len(value) < 6:
        return []
    vendor = int.from_bytes(value[:4], "big")
    found: list[tuple[tuple[int, int], bytes]] = []
    at, size = 4, len(value)
    while at + 2 <= size:
        end = at + value[at + 1]
        if end < at + 2 or end > size:
            return []
        found.append(((vendor, value[at]), value[at + 2 : end]))
        at = end
    return found if at == size else []


def attribute(number: int, value: bytes) -> bytes:
    """Type, length and value. Raises ValueError above 253 octets: RADIUS cannot say more in one attribute."""
    if len(value) > VALUE_OCTETS_MAX:
        raise ValueError(f"attribute {number}: {len(value)} octets, at most {VALUE_OCTETS_MAX} fit")
    return bytes((number, len(value) + 2)) + value


def number_attribute(number: int, value: int) -> bytes:
    """Type, length and four octets. Raises ValueError outside 0 … 2^32 - 1."""
    if not 0 <= value <= 0xFFFFFFFF:
        raise ValueError(f"{value} does not fit in 32 bits")
    return _pack_number(number, 6, value)


def vendor_attribute(vendor: int, number: int, value: bytes) -> bytes:
    """A Vendor-Specific attribute with one vendor attribute in it (RFC 2865 §5.26): at most 247 octets of
    value.
    """
    size = len(value)
    if size > VENDOR_VALUE_OCTETS_MAX:
        limit = VENDOR_VALUE_OCTETS_MAX
        raise ValueError(f"vendor {vendor} attribute {number}: {size} octets, at most {limit} fit")
    return _pack_vendor_header(_VENDOR_SPECIFIC, size + 8, vendor, number, size + 2) + value


def uint32(number: int) -> bytes:
    """Four octets, big end first. Raises ValueError outside 0 … 2^32 - 1 rather than wrap."""
    if not 0 <= number <= 0xFFFFFFFF:
        raise ValueError(f"{number} does not fit in 32 bits")
    return _pack_uint32(number)


def text(characters: str) -> bytes:
    """UTF-8 (RFC 2865 §5)."""
    return characters.encode()


def ipv4(address: str) -> bytes:
    """Four octets of a dotted address; ValueError when it is none."""
    return ipaddress.IPv4Address(address).packed


def ipv6(address: str) -> bytes:
    """Sixteen octets of an IPv6 address; ValueError when it is none."""
    return ipaddress.IPv6Address(address).packed


def ipv6_prefix(network: str) -> bytes:
    """Reserved octet, prefix length and only the octets of the prefix that it covers (RFC 3162 §2.3)."""
    prefix = ipaddress.IPv6Network(network)
    octets = prefix.network_address.packed[: (prefix.prefixlen + 7) // 8]
    return bytes((0, prefix.prefixlen)) + octets
