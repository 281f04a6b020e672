"""What a spreadsheet makes of a text in a CSV file (OWASP, CSV injection)."""

from __future__ import annotations

FORMULA = frozenset("=+-@\t\r\n\0＝＋－＠")


def safe(text: str) -> str:
    """The text, which no spreadsheet takes for a formula."""
    text = text.replace("\0", "")
    begins = text.lstrip(" \u00a0")[:1] or text[:1]
    return f"'{text}" if begins in FORMULA and begins else text
