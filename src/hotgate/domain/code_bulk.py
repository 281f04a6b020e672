"""Very many codes of one batch: the same codes as `codes.generate` makes, in a small part of its time.

One octet becomes one character, by a table; octets at the top of the range that would make some characters likelier
than others are thrown away. So each normal form is exactly as likely as any other, as with `codes.generate`.

The codes stand below each other, and what is done is done to a column of them at once: to the first characters of
all codes, to the second, and so on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from hotgate.domain import codes
from hotgate.domain.codes import BatchSettings, Check

Draw = Callable[[int], bytes]  # so many random octets
SYMBOLS_MAX = 256
FOLDED = bytes(ord(codes.fold(chr(octet))) if octet < 128 else octet for octet in range(256))  # `codes.fold`, by octet


class Codes(NamedTuple):
    """As they are printed, and in normal form: two lists, for very many pairs would take longer than all else."""

    printed: list[str]
    normal: list[str]


class _Table(NamedTuple):
    characters: bytes  # of each octet; of those thrown away anything
    unfair: bytes  # the octets thrown away


def generate(draw: Draw, settings: BatchSettings, count: int) -> Codes:
    """`count` codes, which may repeat each other once in a very long while."""
    table = _table(codes.spellings_by_normal_form(settings))
    if table is None:
        octets = codes.random_octets(settings)
        return of_printed([codes.generate(draw(octets), settings) for _each in range(count)])
    printed = [_characters(draw, table, count) for _place in range(settings.length)]
    normal = [column.translate(FOLDED) for column in printed]
    check = codes.check_of(settings)
    if check is not None:
        normal.append(_check_column(settings, check, normal, count))
        printed.append(codes.in_case_of(settings, normal[-1].decode()).encode())
    normal_prefix = codes.normalise(settings.prefix)
    return Codes(_lines(settings.prefix, printed, count), _lines(normal_prefix, normal, count))


def of_printed(printed: Sequence[str]) -> Codes:
    """Codes that are there already."""
    return Codes(list(printed), [codes.normalise(code) for code in printed])


def _lines(prefix: str, columns: Sequence[bytes], count: int) -> list[str]:
    """The codes themselves: across the columns."""
    width = len(columns)
    woven = bytearray(width * count)
    for place, column in enumerate(columns):
        woven[place::width] = column
    text = woven.decode()
    return [prefix + text[start : start + width] for start in range(0, width * count, width)]


def _table(spellings: Sequence[str]) -> _Table | None:
    """None: there are more ways to write the characters than octets, if all forms are to be equally likely."""
    ways = math.lcm(*(len(each) for each in spellings))
    if len(spellings) * ways > SYMBOLS_MAX:
        return None
    symbols = "".join(each[i % len(each)] for each in spellings for i in range(ways)).encode()
    fair = SYMBOLS_MAX // len(symbols) * len(symbols)
    return _Table(bytes(symbols[octet % len(symbols)] for octet in range(SYMBOLS_MAX)), bytes(range(fair, SYMBOLS_MAX)))


def _characters(draw: Draw, table: _Table, count: int) -> bytes:
    found = b""
    while len(found) < count:
        found += draw(count - len(found) + 64).translate(table.characters, table.unfair)
    return found[:count]


def _check_column(settings: BatchSettings, check: Check, normal: Sequence[bytes], count: int) -> bytes:
    """The check characters of codes in normal form: what `codes.check_character` says of each."""
    modulus, symbols = codes.MODULUS[check], codes.SYMBOLS[check]
    start = codes.weighted_sum(codes.normalise(settings.prefix) + "0" * settings.length, check, 2)
    start -= codes.weighted_sum("0" * settings.length, check, 2)
    rest = bytes(octet % modulus for octet in range(256))
    sums = bytes([start % modulus]) * count
    for place, column in enumerate(normal):
        sums = _added(sums, column.translate(_values(check, settings.length - place))).translate(rest)
    return sums.translate(bytes(ord(symbols[-octet % modulus]) for octet in range(256)))


def _values(check: Check, from_the_end: int) -> bytes:
    """What a character adds to the sum, by its octet; `from_the_end` 1 is the last before the check character."""
    modulus, values = codes.MODULUS[check], codes.VALUES[check]
    weight = from_the_end % (modulus - 1) + 1
    return bytes(weight * values.get(chr(octet), 0) % modulus for octet in range(256))


def _added(one: bytes, other: bytes) -> bytes:
    """Octet by octet, of octets under the modulus: as one large number each, since no octet's sum reaches the next."""
    total = int.from_bytes(one, "little") + int.from_bytes(other, "little")
    return total.to_bytes(len(one), "little")
