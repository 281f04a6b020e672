"""Packets that are almost right: valid ones with octets changed, cut, doubled and put elsewhere."""

from __future__ import annotations

import random
from collections.abc import Callable

from hotgate.radius import attributes as attr
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.packet import Code, attribute, uint32

ODD_OCTETS = (0, 1, 2, 3, 16, 18, 0x7F, 0x80, 0xFE, 0xFF)
ODD_NUMBERS = (0, 1, 2**31 - 1, 2**31, 2**32 - 1)


def mutated(dice: random.Random, octets: bytes) -> bytes:
    """One to six changes."""
    changed = bytearray(octets)
    for _ in range(dice.randint(1, 6)):
        dice.choice(CHANGES)(dice, changed)
    return bytes(changed)


def _turn_bit(dice: random.Random, octets: bytearray) -> None:
    if octets:
        octets[dice.randrange(len(octets))] ^= 1 << dice.randrange(8)


def _set_octet(dice: random.Random, octets: bytearray) -> None:
    if octets:
        octets[dice.randrange(len(octets))] = dice.choice(ODD_OCTETS)


def _cut(dice: random.Random, octets: bytearray) -> None:
    del octets[dice.randint(0, len(octets)) :]


def _remove(dice: random.Random, octets: bytearray) -> None:
    at = dice.randint(0, len(octets))
    del octets[at : at + dice.randint(1, 8)]


def _insert(dice: random.Random, octets: bytearray) -> None:
    at = dice.randint(0, len(octets))
    octets[at:at] = dice.randbytes(dice.randint(1, 8))


def _copy(dice: random.Random, octets: bytearray) -> None:
    at, other = dice.randint(0, len(octets)), dice.randint(0, len(octets))
    octets[other:other] = octets[at : at + dice.randint(1, 40)]


def _right_length(dice: random.Random, octets: bytearray) -> None:
    if len(octets) >= 4:
        octets[2:4] = len(octets).to_bytes(4, "big")[2:]


CHANGES: tuple[Callable[[random.Random, bytearray], None], ...] = (
    _turn_bit,
    _set_octet,
    _cut,
    _remove,
    _insert,
    _copy,
    _right_length,
    _right_length,
)


def attributes(dice: random.Random) -> bytes:
    """Well-formed attributes with any content: what a broken NAS that knows the secret could send."""
    return b"".join(_attribute(dice) for _ in range(dice.randint(0, 14)))


def _attribute(dice: random.Random) -> bytes:
    kind = dice.choice([dice.choice(KNOWN), dice.choice(KNOWN), dice.randint(1, 255)])
    value = dice.choice(
        [
            uint32(dice.choice(ODD_NUMBERS)),
            uint32(dice.randint(0, 20)),
            dice.randbytes(dice.choice([0, 1, 2, 4, 6, 8, 16, 17, 19, 50, 253])),
            dice.choice(TEXTS),
        ]
    )
    return attribute(kind, value)


KNOWN = tuple(
    value
    for name, value in vars(attr).items()
    if name.isupper() and isinstance(value, int) and value < 256 and value != attr.MESSAGE_AUTHENTICATOR
)
TEXTS = (
    b"guest1",
    b"guest1@realm",
    b"\xff\xfe\x00x",
    "имя\u202e".encode(),
    b"x\0y",
    b"a" * 253,
    b"AA-BB-CC-DD-EE-FF",
    b"'; DROP TABLE nas; --",
    b"%s%n{0}",
    b"\xed\xa0\x80",
    b"1e999",
)


def signed(dice: random.Random, key: ClientKey, identifier: int, *, accounting: bool) -> bytes:
    """Its signatures are right, whatever it says."""
    body = attributes(dice)
    if accounting:
        if dice.random() < 0.8:
            body += attribute(attr.ACCT_STATUS_TYPE, uint32(dice.choice([1, 2, 3, 7, 8, 15, 0, 2**32 - 1])))
        if dice.random() < 0.8:
            body += attribute(attr.ACCT_SESSION_ID, dice.choice([b"0001", b"0002", *TEXTS]))
        return key.sign_request(Code.ACCOUNTING_REQUEST, identifier, body, message_authenticator=False)
    return key.sign_access_request(Code.ACCESS_REQUEST, identifier, dice.randbytes(16), body)
