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
