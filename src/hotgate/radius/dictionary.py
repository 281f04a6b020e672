"""Attributes by name: typed values to octets and back, and packets as lines for a log.

The dictionaries are data files of this package, written from RFCs and vendors' documents: `number name
type` a line, the values of an enum indented under it, `vendor number name` at the top.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any, Final, TypeAlias

from hotgate.radius import packet as wire
from hotgate.radius.attributes import VENDOR_SPECIFIC
from hotgate.radius.packet import Packet, attribute, vendor_attribute, vendor_values

Value: TypeAlias = str | int | bytes

MASK: Final = "•••"


@dataclass(frozen=True, slots=True)
class Attribute:
    """One line of a dictionary. `names` are the names of an enum's numbers; vendor 0 is RADIUS itself."""

    vendor: int
    number: int
    name: str
    type: str
    names: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dictionary:
    """Attributes by name and by (vendor, number), and vendors' names."""

    by_name: Mapping[str, Attribute]
    by_number: Mapping[tuple[int, int], Attribute]
    vendors: Mapping[int, str]


class UnknownAttribute(LookupError):
    """No dictionary has this name."""


class BadLine(ValueError):
    """A dictionary's line that says nothing: a fault of the file, found when it is read."""


@cache
def standard() -> Dictionary:
    """The dictionaries of this package, read once."""
    folder = resources.files(__package__) / "dictionaries"
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".txt")), key=lambda each: each.name)
    return parse(line for file in files for line in file.read_text("utf-8").splitlines())


def parse(lines: Iterable[str]) -> Dictionary:
    """A dictionary from its lines. Raises BadLine."""
    by_number: dict[tuple[int, int], Attribute] = {}
    vendors: dict[int, str] = {}
    vendor, names = 0, dict[int, str]()
    for line in lines:
        words = line.partition("#")[0].split()
        match words:
            case []:
                continue
            case ["vendor", number, name]:
                vendor = int(number)
                vendors[vendor] = name
            case [number, name] if line[0].isspace():
                names[int(number)] = name
            case [number, name, kind] if kind in _ENCODERS:
                names = {}
                key = (vendor, int(number))
                by_number[key] = Attribute(vendor, int(number), name, kind, names)
            case _:
                raise BadLine(line)
    return Dictionary({each.name: each for each in by_number.values()}, by_number, vendors)


def find(name: str) -> Attribute:
    """The attribute of this name. Raises UnknownAttribute."""
    found = standard().by_name.get(name)
    if found is None:
        raise UnknownAttribute(name)
    return found


def encode(name: str, value: Value) -> bytes:
    """A whole attribute, header included, a vendor's in its Vendor-Specific.

    `value` is text, a number, an address as text or octets, by the attribute's type; an enum takes number
    or name. Raises UnknownAttribute, or ValueError for a value that this type cannot hold.
    """
    found = find(name)
    try:
        octets = _ENCODERS[found.type](_number_of(found, value))
    except (TypeError, AttributeError) as error:
        raise ValueError(f"{name} is {found.type}: {value!r} is none") from error
    if found.vendor:
        return vendor_attribute(found.vendor, found.number, octets)
    return attribute(found.number, octets)


def decode_value(name: str, octets: bytes) -> Value:
    """The typed value in an attribute's value octets; the octets themselves where they don't fit the type
    (rule D5).

    An enum's number without a name stays a number; a time is seconds since 1970.
    """
    return _decoded(find(name), octets)


def describe(packet: Packet) -> list[tuple[str, str]]:
    """(name, value) of every attribute in order, for a log: secrets masked, control characters escaped."""
    return describe_attributes(packet.attributes)


def describe_attributes(attributes: Iterable[tuple[int, bytes]]) -> list[tuple[str, str]]:
    """The same of attributes without their packet."""
    described: list[tuple[str, str]] = []
    for number, octets in attributes:
        inner = vendor_values(octets) if number == VENDOR_SPECIFIC else []
        if inner:
            described += [_described(vendor, inner_number, value) for (vendor, inner_number), value in inner]
        else:
            described.append(_described(0, number, octets))
    return described


def _described(vendor: int, number: int, octets: bytes) -> tuple[str, str]:
    known = standard()
    found = known.by_number.get((vendor, number))
    if found is None:
        name = f"Attribute-{number}" if not vendor else f"{known.vendors.get(vendor, f'Vendor-{vendor}')}-{number}"
        return name, _hex(octets)
    if found.type == "secret":
        return found.name, MASK
    value = _decoded(found, octets)
    if isinstance(value, bytes):
        return found.name, _hex(value)
    if found.type == "time" and isinstance(value, int):
        return found.name, datetime.fromtimestamp(value, UTC).isoformat()
    return found.name, _printable(str(value))


def _decoded(found: Attribute, octets: bytes) -> Value:
    try:
        value = _DECODERS[found.type](octets)
    except ValueError:
        return octets
    return found.names.get(value, value) if isinstance(value, int) else value


def _number_of(found: Attribute, value: Value) -> Value:
    if found.type != "enum" or not isinstance(value, str):
        return value
    for number, name in found.names.items():
        if name == value:
            return number
    raise ValueError(f"{found.name} has no value {value!r}")


def _hex(octets: bytes) -> str:
    return "0x" + octets.hex()


def _printable(text: str) -> str:
    # A user name with a line feed in it would otherwise forge a log line.
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text)


def _octets(value: bytes) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError
    return value


def _uint32_in(octets: bytes) -> int:
    if len(octets) != 4:
        raise ValueError(f"{len(octets)} octets are no uint32")
    return int.from_bytes(octets, "big")


def _ipv4_in(octets: bytes) -> str:
    return str(ipaddress.IPv4Address(octets))


def _ipv6_in(octets: bytes) -> str:
    return str(ipaddress.IPv6Address(octets))


def _prefix_in(octets: bytes) -> str:
    # RFC 3162 §2.3: the octets beyond the prefix length may be cut off, and bits beyond it must be zero.
    if not 2 <= len(octets) <= 18 or octets[1] > 128:
        raise ValueError("no IPv6 prefix")
    address = ipaddress.IPv6Address(octets[2:].ljust(16, b"\0"))
    return str(ipaddress.IPv6Network((address, octets[1])))


_ENCODERS: Final[Mapping[str, Callable[[Any], bytes]]] = {
    "text": wire.text,
    "octets": _octets,
    "secret": _octets,
    "uint32": wire.uint32,
    "time": wire.uint32,
    "enum": wire.uint32,
    "ipv4": wire.ipv4,
    "ipv6": wire.ipv6,
    "ipv6prefix": wire.ipv6_prefix,
}
_DECODERS: Final[Mapping[str, Callable[[bytes], Value]]] = {
    "text": bytes.decode,
    "octets": _octets,
    "secret": _octets,
    "uint32": _uint32_in,
    "time": _uint32_in,
    "enum": _uint32_in,
    "ipv4": _ipv4_in,
    "ipv6": _ipv6_in,
    "ipv6prefix": _prefix_in,
}
