"""Public identifiers, ordered by time: UUID version 7 (RFC 9562 §5.7). PostgreSQL 15 makes none."""

from __future__ import annotations

import secrets
import time
import uuid

RANDOM_BITS = 74  # rand_a (12) and rand_b (62)


def uuid7() -> uuid.UUID:
    milliseconds = time.time_ns() // 1_000_000
    random = secrets.randbits(RANDOM_BITS)
    rand_a, rand_b = random >> 62, random & ((1 << 62) - 1)
    return uuid.UUID(int=milliseconds << 80 | 0x7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b)


def uuids7(count: int) -> list[bytes]:
    """Very many, as their octets: all of this millisecond."""
    begins = (time.time_ns() // 1_000_000).to_bytes(6, "big")
    random = secrets.token_bytes(10 * count)
    parts = (random[at : at + 10] for at in range(0, 10 * count, 10))
    return [begins + bytes((0x70 | p[0] & 0x0F, p[1], 0x80 | p[2] & 0x3F)) + p[3:] for p in parts]
