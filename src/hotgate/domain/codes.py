"""Voucher and top-up codes: how they are made, printed and read back, and how hard they are to guess.

A code is compared in its normal form: upper case, no spaces or hyphens, and O, I and L as 0, 1 and 1. So
nobody is sent away for a capital letter, two codes never differ by a look-alike only, and the odds are those
of the smaller alphabet (EN-A5).
"""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

CLEAR_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # 31 characters: a prime, and none looks like another
LOOK_ALIKES = frozenset("0Oo1IiLl")
LENGTH_MIN, LENGTH_MAX, PREFIX_MAX = 4, 32, 16
SHOWN = 4  # characters of a code that staff see in lists
SPACE_TIMES_MIN = 1000  # codes possible for each live one (EN-A5)


class CharacterSet(StrEnum):
    """The four sets of the generator's form (EN-49, EN-A3), and the one that is safest to read and type."""

    DIGITS = "digits"
    LOWER = "lower"
    LOWER_DIGITS = "lower_digits"
    MIXED = "mixed"
    CLEAR = "clear"


class Check(StrEnum):
    """How the last character of a code follows from the others: against typing errors, it adds no secrecy."""

    MOD_11 = "mod_11"  # for digits; the value ten is written X
    MOD_31 = "mod_31"  # for the 31 clear characters


class BatchSettings(NamedTuple):
    """What the codes of a batch have in common."""

    characters: CharacterSet = CharacterSet.CLEAR
    length: int = 10  # of the random part, without prefix and check character (EN-A4)
    prefix: str = ""
    avoid_look_alikes: bool = True
    check: bool = True


ALPHABETS = {
    CharacterSet.DIGITS: string.digits,
    CharacterSet.LOWER: string.ascii_lowercase,
    CharacterSet.LOWER_DIGITS: string.ascii_lowercase + string.digits,
    CharacterSet.MIXED: string.ascii_letters + string.digits,
    CharacterSet.CLEAR: CLEAR_ALPHABET,
}

_SEPARATORS = re.compile(r"[\s\-‐‑‒–—−_.]+")
_PREFIX = re.compile(rf"[A-Za-z0-9-]{{0,{PREFIX_MAX}}}")
_FOLD = str.maketrans("OIL", "011")
MODULUS = {Check.MOD_11: 11, Check.MOD_31: 31}
SYMBOLS = {Check.MOD_11: "0123456789X", Check.MOD_31: CLEAR_ALPHABET}
# A prefix may hold any letter or digit. What isn't a symbol of the check takes the value of one that nobody
# mistakes for it: in mod 31, 0 that of M and 1 that of W.
VALUES = {
    Check.MOD_11: {c: ord(c) % 11 for c in string.ascii_uppercase} | {c: i for i, c in enumerate("0123456789X")},
    Check.MOD_31: {c: i for i, c in enumerate(CLEAR_ALPHABET)}
    | {"0": CLEAR_ALPHABET.index("M"), "1": CLEAR_ALPHABET.index("W")},
}


def alphabet(settings: BatchSettings) -> str:
    """The characters of the random part. Digits alone have no look-alikes."""
    characters = ALPHABETS[settings.characters]
    if not settings.avoid_look_alikes or settings.characters is CharacterSet.DIGITS:
        return characters
    return "".join(c for c in characters if c not in LOOK_ALIKES)


def check_of(settings: BatchSettings) -> Check | None:
    """The check that the codes of a batch end with; None: without.

    DomainError `check_not_offered` for an alphabet that has none (EN-A5).
    """
    if not settings.check:
        return None
    if settings.characters is CharacterSet.DIGITS:
        return Check.MOD_11
    if {normalise(c) for c in alphabet(settings)} == set(CLEAR_ALPHABET):
        return Check.MOD_31
    text = _("A check character needs digits only, or letters and digits without look-alikes.")
    raise DomainError("check_not_offered", text, {"check": text})


def ensure_possible(settings: BatchSettings) -> None:
    """Refuse settings that make no codes.

    DomainError `code_length_invalid`, `prefix_invalid` or `check_not_offered`.
    """
    if not LENGTH_MIN <= settings.length <= LENGTH_MAX:
        text = _("Between 4 and 32 characters.")  # LENGTH_MIN, LENGTH_MAX
        raise DomainError("code_length_invalid", text, {"length": text})
    if _PREFIX.fullmatch(settings.prefix) is None:
        text = _("Letters, digits and hyphens only, at most 16.")  # PREFIX_MAX
        raise DomainError("prefix_invalid", text, {"prefix": text})
    check_of(settings)


def full_length(settings: BatchSettings) -> int:
    """How many characters there are to type: prefix, random part and check (EN-A4)."""
    return len(normalise(settings.prefix)) + settings.length + settings.check


def random_octets(settings: BatchSettings) -> int:
    """How many random octets one code takes: 64 bits more than it holds, so that all are equally likely."""
    return 2 * settings.length + 8


def generate(random_bytes: bytes, settings: BatchSettings) -> str:
    """One code as it is printed, from `random_octets(settings)` random octets. ValueError with fewer."""
    if len(random_bytes) < random_octets(settings):
        raise ValueError("not enough randomness for a code")
    number, chosen = int.from_bytes(random_bytes, "big"), []
    spellings = spellings_by_normal_form(settings)
    # First the normal form, then how to write it: each normal form is as likely as any other.
    for _each in range(settings.length):
        number, index = divmod(number, len(spellings))
        number, spelling = divmod(number, len(spellings[index]))
        chosen.append(spellings[index][spelling])
    body = settings.prefix + "".join(chosen)
    check = check_of(settings)
    return body if check is None else body + in_case_of(settings, check_character(body, check))


def check_character(body: str, check: Check) -> str:
    """What makes the weighted sum of the whole code 0: it finds each wrong character and each swap."""
    modulus = MODULUS[check]
    return SYMBOLS[check][-weighted_sum(normalise(body), check, 2) % modulus]


def verify_check(code: str, check: Check | None = None) -> bool:
    """Does the last character fit the others? `code` as typed; without `check`, as its characters suggest.

    Where every batch of an operator has checks, a code that fails is a typing error and not a guess.
    """
    typed = normalise(code)
    if check is None:
        digits = typed[:-1].isdecimal() and typed[-1] in SYMBOLS[Check.MOD_11]
        return (digits and verify_check(typed, Check.MOD_11)) or verify_check(typed, Check.MOD_31)
    if len(typed) < 2 or not set(typed) <= VALUES[check].keys():
        return False
    return typed[-1] in SYMBOLS[check] and weighted_sum(typed, check, 1) % MODULUS[check] == 0


def normalise(typed: str) -> str:
    """The form in which codes are compared, indexed and digested, of whatever somebody types for one."""
    plain = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed)).upper()
    if not plain.isascii():
        plain = "".join(str(unicodedata.decimal(c, c)) for c in plain)
    return plain.translate(_FOLD)


def fold(plain: str) -> str:
    """The normal form of what has ASCII letters and digits only."""
    return plain.upper().translate(_FOLD)


def display(code: str) -> str:
    """The code in groups of four, as it is printed: XXXX-XXXX-XXX. No group has only one character."""
    plain = code if code.isalnum() else _SEPARATORS.sub("", code)
    groups = [plain[i : i + 4] for i in range(0, len(plain), 4)]
    if len(groups) > 1 and len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return "-".join(groups)


def spellings(code: str) -> Iterator[str]:
    """The ways in which a guest may type a code, for CHAP, where only a hash of what was typed comes."""
    plain = _SEPARATORS.sub("", code)
    for spelling in (code, plain, plain.upper(), plain.lower()):
        yield spelling
        yield display(spelling)


def code_space(settings: BatchSettings) -> int:
    """How many codes there can be that differ in their normal form (EN-A5)."""
    return int(len(spellings_by_normal_form(settings)) ** settings.length)


def too_small(space: int, live_codes: int, times: int = SPACE_TIMES_MIN) -> bool:
    """Would a guess hit a live code too often? (EN-A5)"""
    return space < times * live_codes


def ambiguous(one: BatchSettings, other: BatchSettings) -> bool:
    """Could the same characters be a code of either? So many in all, and one prefix begins the other."""
    if full_length(one) != full_length(other):
        return False
    first, second = normalise(one.prefix), normalise(other.prefix)
    return first != second and (first.startswith(second) or second.startswith(first))


def shown_to_staff(code: str, prefix: str) -> str:
    """A code as it is made, as lists show it, `WIFI…4XJY`: the prefix, which is no secret, and the last four."""
    return all_shown_to_staff([code], prefix)[0]


def all_shown_to_staff(made: Sequence[str], prefix: str) -> list[str]:
    """The same of very many codes with this prefix, all of one length.

    At least four characters behind the prefix stay hidden, however short they are.
    """
    length = len(made[0]) if made else 0
    last = max(0, min(SHOWN, length - len(prefix) - SHOWN))
    begins = f"{prefix}…"
    return [begins + code[length - last :] for code in made]


def expected_hits(space: int, live_codes: int, guesses: int) -> float:
    """How many live codes that many different guesses find, on average."""
    return guesses * live_codes / space


def chance_of_a_hit(space: int, live_codes: int, guesses: int) -> float:
    """The probability, 0 … 1, that at least one guess finds a live code."""
    return -math.expm1(-expected_hits(space, live_codes, guesses))


def median_guesses(space: int, live_codes: int) -> float:
    """After how many guesses the first hit is as likely to have happened as not."""
    return math.log(2) * space / live_codes


def guesses_a_day_max(space: int, live_codes: int, chance_a_year: float = 0.01) -> float:
    """How many wrong tries a day of a whole operator keep the chance of any theft in a year that small."""
    return -math.log1p(-chance_a_year) * space / live_codes / 365


@lru_cache(maxsize=64)  # a batch asks 100,000 times
def spellings_by_normal_form(settings: BatchSettings) -> tuple[str, ...]:
    """Each character of the random part in all the ways in which it may be written."""
    found: dict[str, str] = {}
    for character in alphabet(settings):
        form = normalise(character)
        found[form] = found.get(form, "") + character
    return tuple(found.values())


def in_case_of(settings: BatchSettings, character: str) -> str:
    lower = settings.characters in {CharacterSet.LOWER, CharacterSet.LOWER_DIGITS}
    return character.lower() if lower else character


def weighted_sum(normal: str, check: Check, first_weight: int) -> int:
    """Weights count from the end, so that a prefix changes nothing behind it; neighbours' always differ."""
    turn = MODULUS[check] - 1
    values = VALUES[check]
    return sum(((i + first_weight - 1) % turn + 1) * values[c] for i, c in enumerate(reversed(normal)))
