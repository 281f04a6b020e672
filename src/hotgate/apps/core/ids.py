"""Public identifiers, ordered by time: UUID version 7 (RFC 9562 §5.7). PostgreSQL 15 makes none."""

from __future__ import annotations

import secrets
import time
import uuid

RANDOM_BITS = 74  # rand_a (12) and rand_b (62)
RANDOM_OCTETS = 10  # they and the version and the variant
_VERSION = bytes(0x70 | octet & 0x0F for octet in range(256))
_VARIANT = bytes(0x80 | octet & 0x3F for octet in range(256))


def uuid7() -> uuid.UUID:
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(RANDOM_BITS)
    rand_a, rand_b = random >> 62, random & ((1 << 62) - 1)
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b)


def uuids7(count: int) -> list[bytes]:
    """Very many, as their octets: all of this millisecond, in their order, which is that of an index."""
    begins = (time.time_ns() // 1_000_000).to_bytes(6, "big")
    random = secrets.token_bytes(RANDOM_OCTETS * count)
    columns = [random[place::RANDOM_OCTETS] for place in range(RANDOM_OCTETS)]
    columns[0], columns[2] = columns[0].translate(_VERSION), columns[2].translate(_VARIANT)
    woven = bytearray(RANDOM_OCTETS * count)
    for place, column in enumerate(columns):
        woven[place::RANDOM_OCTETS] = column
    ends = bytes(woven)
    return sorted(begins + ends[at : at + RANDOM_OCTETS] for at in range(0, len(ends), RANDOM_OCTETS))
