"""Amounts of time and data, and rates, as people write them. 1 MB is 1,000,000 octets (EN-A8)."""

from __future__ import annotations

import re
from decimal import Decimal

from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

KB, MB, GB, TB = 10**3, 10**6, 10**9, 10**12
MINUTE, HOUR, DAY = 60, 3600, 86_400
WEEK = 7 * DAY
QUANTITY_MAX = 10**18
RATE_MAX = 10**12

_OCTETS = {"b": 1, "byte": 1, "bytes": 1, "kb": KB, "mb": MB, "gb": GB, "tb": TB}
_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "minute", "minutes"), MINUTE),
    **dict.fromkeys(("h", "hour", "hours"), HOUR),
    **dict.fromkeys(("d", "day", "days"), DAY),
    **dict.fromkeys(("w", "week", "weeks"), WEEK),
}
_RATES = {"": 1, "bit/s": 1, "bps": 1} | {
    prefix + ending: size
    for prefix, size in {"k": KB, "m": MB, "g": GB}.items()
    for ending in ("", "bit/s", "bps", "bit")
}
_PART = re.compile(r"([0-9]{1,40}(?:[.,][0-9]{1,9})?)\s*([a-z/]*)\s*")


def parse_octets(text: str) -> int:
    """Octets in `10 MB` or `1.5 GB`; the case doesn't matter. DomainError `quantity_invalid`."""
    return _one(text, _OCTETS, _("Please give an amount of data, such as 500 MB or 2 GB."))


def parse_seconds(text: str) -> int:
    """Seconds in `90 min`, `2 days`, `1 h 30 min`; a day is 24 hours. DomainError `quantity_invalid`."""
    hint, typed = _("Please give a time, such as 90 min or 2 days."), text.strip().lower()
    parts = [match[0] for match in _PART.finditer(typed)]
    if not parts or "".join(parts) != typed:
        raise DomainError("quantity_invalid", hint, {"quantity": hint})
    return sum(_one(part, _SECONDS, hint) for part in parts)


def parse_rate(text: str) -> int:
    """Bit per second in `20M`, `512 kbit/s` or `20000000`. DomainError `quantity_invalid`, also beyond 1 Tbit/s."""
    rate = _one(text, _RATES, _("Please give a speed, such as 20M or 512k."))
    if rate > RATE_MAX:
        raise _too_much()
    return rate


def describe_octets(octets: int) -> str:
    """`1.5 GB`: at most three digits that count, rounded down: nobody is promised more than there is."""
    return _with_prefix(octets, (("B", 1), ("kB", KB), ("MB", MB), ("GB", GB), ("TB", TB)))


def describe_rate(bits_per_second: int) -> str:
    """`20 Mbit/s`, rounded down to three digits that count."""
    return _with_prefix(bits_per_second, (("bit/s", 1), ("kbit/s", KB), ("Mbit/s", MB), ("Gbit/s", GB)))


def describe_seconds(seconds: int) -> str:
    """`1 h 30 min`."""
    return " ".join(
        f"{count} {'days' if name == 'day' and count > 1 else name}" for count, name in parts_of_seconds(seconds)
    )


def parts_of_seconds(seconds: int) -> list[tuple[int, str]]:
    """(1, "h"), (30, "min"): the two largest of day, h, min and s that say something; the rest is left out."""
    parts: list[tuple[int, str]] = []
    rest = seconds
    for name, size in (("day", DAY), ("h", HOUR), ("min", MINUTE), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append((count, name))
        elif parts:
            break  # 1 day and 5 seconds is a day
        if len(parts) == 2:
            break
    return parts or [(0, "s")]


def _one(text: str, units: dict[str, int], hint: str) -> int:
    part = _PART.fullmatch(text.strip().lower())
    if part is None or part[2] not in units:
        raise DomainError("quantity_invalid", hint, {"quantity": hint})
    amount = Decimal(part[1].replace(",", ".")) * units[part[2]]
    if amount > QUANTITY_MAX:
        raise _too_much()
    return int(amount)


def _too_much() -> DomainError:
    text = _("That is too much.")
    return DomainError("quantity_invalid", text, {"quantity": text})


def _with_prefix(amount: int, units: tuple[tuple[str, int], ...]) -> str:
    name, size = next(((n, s) for n, s in reversed(units) if amount >= s), units[0])
    if size == 1:
        return f"{amount} {name}"
    places = max(0, 3 - len(str(amount // size)))
    whole, part = divmod(amount * 10**places // size, 10**places)
    decimals = f"{part:0{places}}".rstrip("0") if part else ""
    return f"{whole}.{decimals} {name}" if decimals else f"{whole} {name}"
