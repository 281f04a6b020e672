"""G12: our decoder against pyrad's on packets that are almost right. Each difference has a reason in RFC 2865."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

from pyrad import packet as oracle
from pyrad.dictionary import Dictionary

from faults import mutation, scale
from faults.test_fuzz import CORPUS, by_the_letter
from hotgate.radius.packet import Malformed, decode
from radius import samples

PACKETS = scale.count(short=4_000, full=1_000_000)
SEED = 121
NAMES = Dictionary(str(Path(samples.__file__).parent / "oracle.dictionary"))
VENDOR_SPECIFIC = 26


def test_G12_no_difference_to_pyrad_is_unexplained() -> None:
    dice = random.Random(SEED)
    found: Counter[str] = Counter()
    for _ in range(PACKETS):
        octets = mutation.mutated(dice, dice.choice(CORPUS))
        verdict = compared(octets)
        found[verdict] += 1
        assert verdict in EXPLAINED, f"{verdict}: {octets.hex()}"
    scale.note("G12 pyrad", packets=PACKETS, seed=SEED, found=dict(found))
    assert found["both read the same"] > PACKETS // 50


EXPLAINED = {
    "both read the same",
    "both refuse",
    "pyrad reads what the RFC says to drop",
    "pyrad fails inside a vendor's attribute, which is no reason to drop the packet",
    "pyrad takes octets behind Length for a fault, which are padding",
}


def compared(octets: bytes) -> str:
    ours, theirs = read_by_us(octets), read_by_pyrad(octets)
    if ours is None:
        return "both refuse" if theirs is None else "pyrad reads what the RFC says to drop"
    if theirs is None:
        if VENDOR_SPECIFIC in ours:
            return "pyrad fails inside a vendor's attribute, which is no reason to drop the packet"
        has_padding = len(octets) > int.from_bytes(octets[2:4], "big")
        return "pyrad takes octets behind Length for a fault, which are padding" if has_padding else "pyrad refuses"
    without = {kind: values for kind, values in ours.items() if kind != VENDOR_SPECIFIC}
    return "both read the same" if without == theirs else f"we read {without}, pyrad {theirs}"


def read_by_us(octets: bytes) -> dict[int, list[bytes]] | None:
    try:
        attributes = decode(octets).attributes
    except Malformed:
        assert by_the_letter(octets) is None
        return None
    read: dict[int, list[bytes]] = {}
    for kind, value in attributes:
        read.setdefault(kind, []).append(value)
    return read


def read_by_pyrad(octets: bytes) -> dict[int, list[bytes]] | None:
    try:
        read: Any = oracle.Packet(packet=octets, secret=samples.SECRET, dict=NAMES)
    except Exception:  # noqa: BLE001 - it raises whatever its parser stumbles over
        return None
    return {
        kind: list(dict.__getitem__(read, kind)) for kind in read if isinstance(kind, int) and kind != VENDOR_SPECIFIC
    }
