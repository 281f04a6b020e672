"""What a realm's own style may hold: a closed list, so that no way of CSS to load or run something is left to forget.

A style loads nothing: not from elsewhere, where it would tell who is there and what is typed, and not from us.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from hotgate.domain.wording import _

OCTETS_MAX = 8_000
VERSION_DIGITS = 16

_OF_VALUES = """
calc clamp color color-mix conic-gradient cubic-bezier hsl hsla hwb lab lch light-dark linear-gradient max min minmax
oklab oklch radial-gradient repeat repeating-linear-gradient repeating-radial-gradient rgb rgba rotate scale translate
translatex translatey var
"""
_OF_SELECTORS = "and dir has is lang not nth-child nth-last-child nth-last-of-type nth-of-type or where"
FUNCTIONS = frozenset(f"{_OF_VALUES} {_OF_SELECTORS}".split())
_ASIDE = re.compile(r"/\*.*?\*/|\"[^\"\n]*\"|'[^'\n]*'", re.DOTALL)  # comments and quoted texts
_FUNCTION = re.compile(r"(?<![-\w])([-\w]+)\(")
_RULE = re.compile(r"@([-\w]*)")
_PAIRS = {")": "(", "]": "[", "}": "{"}


def tidy(style: str) -> str:
    """As it is kept: without the line ends of the browser that it was typed into."""
    return style.replace("\r\n", "\n").replace("\r", "\n").strip()


def obstacle(style: str) -> str | None:
    """Why this can't be a style; None when it can. Escapes are refused, so that a word is what it looks like."""
    if any(unicodedata.category(each) in ("Cc", "Cs") and each not in "\n\t" for each in style):
        return _("No control characters.")
    if len(style.encode()) > OCTETS_MAX:
        return _("At most 8,000 octets.")
    if "\\" in style or "<" in style:
        return _("Neither \\ nor <: neither is needed here.")
    plain = _ASIDE.sub(" ", style)  # a space, for what a comment parts is not one word to browsers either
    if {each.lower() for each in _RULE.findall(plain)} - {"media"}:
        return _("Of the rules that begin with @ only @media: a style loads nothing.")
    if {each.lower() for each in _FUNCTION.findall(plain)} - FUNCTIONS:
        return _(
            "It loads nothing: no url(…), and of functions only those of colours, lengths, gradients and selectors."
        )
    if not _is_closed(plain):
        return _("A bracket, a comment or a quoted text is not closed.")
    return None


def version(style: str) -> str:
    """Other for each other style: part of its address, so that browsers keep it as long as it is the same. '': none."""
    return hashlib.sha256(style.encode()).hexdigest()[:VERSION_DIGITS] if style else ""


def _is_closed(plain: str) -> bool:
    if any(each in plain for each in ("/*", "*/", '"', "'")):
        return False
    open_ones: list[str] = []
    for each in plain:
        if each in "([{":
            open_ones.append(each)
        elif each in _PAIRS and (not open_ones or open_ones.pop() != _PAIRS[each]):
            return False
    return not open_ones
