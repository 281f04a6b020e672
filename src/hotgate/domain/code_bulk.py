"""Very many codes of one batch: the same codes as `codes.generate` makes, in a small part of its time.

One octet becomes one character, by a table; octets at the top of the range that would make some characters likelier
than others are thrown away. So each normal form is exactly as likely as any other, as with `codes.generate`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from hotgate.domain import codes
from hotgate.domain.codes import BatchSettings

Draw = Callable[[int], bytes]  # so many random octets
SYMBOLS_MAX = 256


class Code(NamedTuple):
    printed: str
    normal: str


class _Table(NamedTuple):
    characters: bytes  # of each octet; of those thrown away anything
    unfair: bytes  # the octets thrown away


def generate(draw: Draw, settings: BatchSettings, count: int) -> Iterator[Code]:
    """`count` codes, which may repeat each other once in a very long while."""
    table = _table(codes.spellings_by_normal_form(settings))
    if table is None:
        octets = codes.random_octets(settings)
        for _each in range(count):
            printed = codes.generate(draw(octets), settings)
            yield Code(printed, codes.normalise(printed))
        return
    characters = _characters(draw, table, settings.length * count)
    prefix, end = settings.prefix, _ends(settings)
    normal_prefix = codes.normalise(prefix)
    for start in range(0, settings.length * count, settings.length):
        part = characters[start : start + settings.length]
        normal = codes.fold(part)
        check, printed_check = end(normal)
        yield Code(prefix + part + printed_check, normal_prefix + normal + check)


def _table(spellings: Sequence[str]) -> _Table | None:
    """None: there are more ways to write the characters than octets, if all forms are to be equally likely."""
    ways = math.lcm(*(len(each) for each in spellings))
    if len(spellings) * ways > SYMBOLS_MAX:
        return None
    symbols = "".join(each[i % len(each)] for each in spellings for i in range(ways)).encode()
    fair = SYMBOLS_MAX // len(symbols) * len(symbols)
    return _Table(bytes(symbols[octet % len(symbols)] for octet in range(SYMBOLS_MAX)), bytes(range(fair, SYMBOLS_MAX)))


def _characters(draw: Draw, table: _Table, count: int) -> str:
    found = b""
    while len(found) < count:
        found += draw(count - len(found) + 64).translate(table.characters, table.unfair)
    return found[:count].decode()


def _ends(settings: BatchSettings) -> Callable[[str], tuple[str, str]]:
    """What a random part in normal form is followed by: its check character in normal form, and as printed."""
    check = codes.check_of(settings)
    if check is None:
        return lambda _: ("", "")
    rows = _weights(settings, check)
    start = codes.weighted_sum(codes.normalise(settings.prefix) + "0" * settings.length, check, 2)
    start -= codes.weighted_sum("0" * settings.length, check, 2)
    modulus, symbols = codes.MODULUS[check], codes.SYMBOLS[check]
    printed = {symbol: codes.in_case_of(settings, symbol) for symbol in symbols}

    def end(normal: str) -> tuple[str, str]:
        symbol = symbols[-(start + sum(map(_of, rows, normal))) % modulus]
        return symbol, printed[symbol]

    return end


def _of(row: Mapping[str, int], character: str) -> int:
    return row[character]


def _weights(settings: BatchSettings, check: codes.Check) -> list[dict[str, int]]:
    """For each place of the random part, what a character there adds to the sum."""
    values = codes.VALUES[check]
    turn = codes.MODULUS[check] - 1
    places = reversed(range(settings.length))  # weights count from the end
    return [{c: ((place + 1) % turn + 1) * value for c, value in values.items()} for place in places]
