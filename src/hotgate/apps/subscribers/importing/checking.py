"""Each row of a sheet: new, there already and the same, or wrong and why. Nothing is read or written here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from hotgate.apps.subscribers import names
from hotgate.apps.subscribers.importing.columns import FIELDS
from hotgate.domain.wording import _

PASSWORD_MIN, PASSWORD_OCTETS_MAX = 8, 128
TEXT_MAX = 200
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE = re.compile(r"\+?[0-9]{4,15}")
LANGUAGE = re.compile(r"[a-z]{2}(-[a-z]{2})?")
PHONE_NOISE = str.maketrans("", "", " ()-./")


class Verdict(StrEnum):
    NEW = "new"
    SAME = "same"  # imported before, with the same values: left alone
    WRONG = "wrong"


class Person(NamedTuple):
    """What a row says of one user; '' where it says nothing."""

    name: str
    password: str = ""
    display_name: str = ""
    phone: str = ""
    email: str = ""
    language: str = ""
    plan: str = ""


class Known(NamedTuple):
    """A user who has the name already."""

    created_via: str
    display_name: str
    phone: str
    email: str
    language: str


class Checked(NamedTuple):
    number: int  # of the row as the spreadsheet counts it: the heading is row 1
    verdict: Verdict
    person: Person
    problem: str = ""


def person_of(row: Sequence[str], mapping: Mapping[str, int]) -> Person:
    values = {field: row[mapping[field]] if field in mapping else "" for field in FIELDS}
    values["phone"] = values["phone"].translate(PHONE_NOISE)
    values["language"] = values["language"].lower()
    return Person(**values)


def check(persons: Sequence[Person], known: Mapping[str, Known], plans: Mapping[str, object]) -> Iterator[Checked]:
    """In the order of the file. `known`: by name key; `plans`: those that can be given, by lower-case name."""
    seen: dict[str, int] = {}
    for number, person in enumerate(persons, start=2):
        key = names.name_key(person.name)
        problem = _problem(person, plans)
        if not problem and key in seen:
            problem = _("This user name stands in row {row} already.").replace("{row}", str(seen[key]))
        seen.setdefault(key, number)
        if problem:
            yield Checked(number, Verdict.WRONG, person, problem)
        elif key not in known:
            yield Checked(number, Verdict.NEW, person)
        elif _is_same(person, known[key]):
            yield Checked(number, Verdict.SAME, person)
        else:
            yield Checked(number, Verdict.WRONG, person, _("Somebody has this name already; nobody is overwritten."))


def _problem(person: Person, plans: Mapping[str, object]) -> str:
    wrong_name = names.obstacle(person.name)
    if wrong_name:
        return wrong_name
    if person.password and not _is_password(person.password):
        return _("A password has 8 characters or more, and up to 128 octets.")
    if person.email and (not EMAIL.fullmatch(person.email) or len(person.email) > TEXT_MAX):
        return _("This is not an e-mail address.")
    if person.phone and not PHONE.fullmatch(person.phone):
        return _("This is not a phone number.")
    if person.language and not LANGUAGE.fullmatch(person.language):
        return _("A language is two letters, such as en.")
    if len(person.display_name) > TEXT_MAX:
        return _("The full name is too long.")
    if person.plan and person.plan.lower() not in plans:
        return _("There is no plan of this name.")
    return ""


def _is_password(text: str) -> bool:
    return len(text) >= PASSWORD_MIN and len(text.encode()) <= PASSWORD_OCTETS_MAX and "\0" not in text


def _is_same(person: Person, known: Known) -> bool:
    """Passwords can't be compared, for nobody here may read them; a plan was given when the user came."""
    told = Known("import", person.display_name, person.phone, person.email, person.language)
    return told == known
