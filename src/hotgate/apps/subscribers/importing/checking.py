"""Each row of a sheet: new, there already and the same, or wrong and why. Nothing is read or written here.

A row whose name is a MAC address and that has no password is a device that is a user itself (HN-A8).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple, Protocol

from hotgate.apps.subscribers import names
from hotgate.apps.subscribers.importing.columns import FIELDS, MORE
from hotgate.domain import people
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
    more: tuple[tuple[str, str], ...] = ()  # company, room …: a field of `people.PersonField`, and what is known

    @property
    def mac(self) -> str:
        """Of a device; '' for a person."""
        return names.device_of(self.name, self.password)

    @property
    def key(self) -> str:
        return names.key_of(self.name, self.password)


class Plan(Protocol):
    for_devices: bool


class Known(NamedTuple):
    """A user who has the name already."""

    created_via: str
    display_name: str
    phone: str
    email: str
    language: str
    more: Mapping[str, str]


class Checked(NamedTuple):
    number: int  # of the row as the spreadsheet counts it: the heading is row 1
    verdict: Verdict
    person: Person
    problem: str = ""


def person_of(row: Sequence[str], mapping: Mapping[str, int]) -> Person:
    values = {field: row[mapping[field]] if field in mapping else "" for field in FIELDS}
    values["phone"] = values["phone"].translate(PHONE_NOISE)
    values["language"] = values["language"].lower()
    more = tuple((field, value) for field in MORE if (value := values.pop(field)))
    return Person(**values, more=more)


def check(persons: Sequence[Person], known: Mapping[str, Known], plans: Mapping[str, Plan]) -> Iterator[Checked]:
    """In the order of the file. `known`: by key; `plans`: those that can be given, by lower-case name."""
    seen: dict[str, int] = {}
    for number, person in enumerate(persons, start=2):
        key = person.key
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


def _problem(person: Person, plans: Mapping[str, Plan]) -> str:
    wrong_name = names.obstacle(person.name)
    if wrong_name:
        return wrong_name
    if person.password and not person.mac and not _is_password(person.password):
        return _("A password has 8 characters or more, and up to 128 octets.")
    if person.email and (not EMAIL.fullmatch(person.email) or len(person.email) > TEXT_MAX):
        return _("This is not an e-mail address.")
    if person.phone and not PHONE.fullmatch(person.phone):
        return _("This is not a phone number.")
    if person.language and not LANGUAGE.fullmatch(person.language):
        return _("A language is two letters, such as en.")
    if len(person.display_name) > TEXT_MAX:
        return _("The full name is too long.")
    return _problem_of_plan(person, plans) or _problem_of_more(dict(person.more))


def _problem_of_plan(person: Person, plans: Mapping[str, Plan]) -> str:
    if not person.plan:
        return ""
    plan = plans.get(person.plan.lower())
    if plan is None:
        return _("There is no plan of this name.")
    if person.mac and not plan.for_devices:
        return _("This plan is not for devices that log in by their address.")
    return ""


def _problem_of_more(more: Mapping[str, str]) -> str:
    if any(len(value) > TEXT_MAX for value in more.values()):
        return _("At most 200 characters.")
    born = more.get("birth_date", "")
    return "" if not born or people.is_date_of_birth(born) else _("A date such as 1990-05-31.")


def _is_password(text: str) -> bool:
    return len(text) >= PASSWORD_MIN and len(text.encode()) <= PASSWORD_OCTETS_MAX and "\0" not in text


def _is_same(person: Person, known: Known) -> bool:
    """Passwords can't be compared, for nobody here may read them; a plan was given when the user came."""
    told = ("import", person.display_name, person.phone, person.email, person.language)
    return told == known[:-1] and set(person.more) <= set(known.more.items())
