"""What people type and read: "25 MB", "20M", "1h30m"; decimal units, as network gear counts."""

from __future__ import annotations

import re
from typing import Final

_OCTET_UNITS: Final = {"": 1, "b": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_RATE_UNITS: Final = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}
_SECOND_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_OCTETS: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)b?")
_RATE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([kmg]?)(?:bit/s|bps|bit)?")
_DURATION_PART: Final = re.compile(r"(\d+(?:\.\d+)?)([smhd])")
_SHOWN_UNITS: Final = ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def octets(text: str) -> int:
    """Octets of "25 MB", "1.5GB" or "1000". Raises ValueError."""
    number, unit = _parts(_OCTETS, text, "an amount of data such as 25MB or 1.5 GB")
    return round(float(number) * _OCTET_UNITS[unit]) if "." in number else int(number) * _OCTET_UNITS[unit]


def bits_per_second(text: str) -> int:
    """Bits a second of "20M", "512k" or "1G". Raises ValueError."""
    number, unit = _parts(_RATE, text, "a line speed in bits a second such as 20M or 512k")
    rate = round(float(number) * _RATE_UNITS[unit])
    if rate <= 0:
        raise ValueError("a line speed must be more than 0")
    return rate


def seconds(text: str) -> float:
    """Seconds of "90", "90s" or "1h30m". Raises ValueError."""
    compact = text.strip().lower().replace(" ", "")
    if re.fullmatch(r"\d+(\.\d+)?", compact):
        return float(compact)
    if not compact or _DURATION_PART.sub("", compact):
        raise ValueError(f"{text!r}: expected a time such as 90s or 1h30m")
    return sum(float(number) * _SECOND_UNITS[unit] for number, unit in _DURATION_PART.findall(compact))


def shown_octets(number: int) -> str:
    """`number` for people: exact where it is short ("10 MB"), else three decimals ("1.234 GB")."""
    for size, unit in _SHOWN_UNITS:
        if number >= size:
            return f"{number / size:,.3f}".rstrip("0").rstrip(".") + f" {unit}"
    return f"{number} B"


def shown_seconds(number: float) -> str:
    """Whole seconds with thousands apart: "3,600 s"."""
    return f"{round(number):,} s"


def _parts(pattern: re.Pattern[str], text: str, expected: str) -> tuple[str, str]:
    match = pattern.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r}: expected {expected}")
    return match[1], match[2]
