"""The fields of the form by which a guest registers: those that the realm asks for, and no other."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hotgate.apps.subscribers.registering.services import Answers
from hotgate.domain import people
from hotgate.domain.people import Ask, PersonField

VALUE_MAX = 200
NAME_MAX = 253
PASSWORD_MAX = 128
LABELS: dict[str, Any] = {
    "voucher": gettext_lazy("Code of your voucher"),
    PersonField.DISPLAY_NAME: gettext_lazy("Your name"),
    PersonField.PHONE: gettext_lazy("Phone"),
    PersonField.EMAIL: gettext_lazy("E-mail"),
    PersonField.COMPANY: gettext_lazy("Company"),
    PersonField.STREET: gettext_lazy("Street and number"),
    PersonField.POSTCODE: gettext_lazy("Postcode"),
    PersonField.CITY: gettext_lazy("City"),
    PersonField.COUNTRY: gettext_lazy("Country"),
    PersonField.BIRTH_DATE: gettext_lazy("Date of birth"),
    PersonField.DOCUMENT: gettext_lazy("Number of your identity document"),
    PersonField.TAX_NUMBER: gettext_lazy("Tax number"),
    PersonField.ROOM: gettext_lazy("Room"),
    "name": gettext_lazy("Name to log in with"),
    "password": gettext_lazy("Password"),
}
KINDS = {PersonField.PHONE: "tel", PersonField.EMAIL: "email", PersonField.BIRTH_DATE: "date", "password": "password"}
AUTOCOMPLETE = {
    "voucher": "one-time-code",
    PersonField.DISPLAY_NAME: "name",
    PersonField.PHONE: "tel",
    PersonField.EMAIL: "email",
    PersonField.COMPANY: "organization",
    PersonField.STREET: "street-address",
    PersonField.POSTCODE: "postal-code",
    PersonField.CITY: "address-level2",
    PersonField.COUNTRY: "country-name",
    PersonField.BIRTH_DATE: "bday",
    "name": "username",
    "password": "new-password",
}
HINTS: dict[str, Any] = {
    "voucher": gettext_lazy("No code? Ask the staff."),
    PersonField.PHONE: gettext_lazy("With the country code, such as +39 06 555 0101."),
    "name": gettext_lazy("Leave it empty, and we make one."),
    "password": gettext_lazy("8 characters or more. Leave it empty, and we make one."),
}


class Field(NamedTuple):
    name: str
    label: str
    kind: str
    autocomplete: str
    hint: str
    required: bool
    value: str
    problem: str


def fields_of(asked: dict[str, str], with_voucher: bool, values: dict[str, str], wrong: dict[str, str]) -> list[Field]:
    wanted = [str(field) for field in PersonField if asked.get(field, Ask.OFF) != Ask.OFF]
    names = [*(["voucher"] if with_voucher else []), *wanted, "name", "password"]
    return [_field(name, asked.get(name) == Ask.REQUIRED or name == "voucher", values, wrong) for name in names]


def asked_more(asked: dict[str, str]) -> dict[str, str]:
    return {field: ask for field, ask in asked.items() if ask != Ask.OFF}


def typed(post: QueryDict, asked: dict[str, str]) -> dict[str, str]:
    """As it was typed, cut to length."""
    names = ["voucher", *asked_more(asked), "name", "password"]
    lengths = {"name": NAME_MAX, "password": PASSWORD_MAX}
    return {name: post.get(name, "")[: lengths.get(name, VALUE_MAX)] for name in names}


def answers_of(values: dict[str, str], language: str, wrong: dict[str, str]) -> Answers:
    """A phone number as the networks write it; what can't be one is put into `wrong`."""
    person = {key: value.strip() for key, value in values.items() if key in list(PersonField)}
    number = people.e164(person.get(PersonField.PHONE, ""))
    if number is None:
        wrong[PersonField.PHONE] = _("A number with its country code, such as +39 06 555 0101.")
    elif number:
        person[PersonField.PHONE] = number
    name, voucher = values.get("name", "").strip(), values.get("voucher", "").strip()
    return Answers(name, values.get("password", ""), person, voucher, language)


def values_of(answers: Answers) -> dict[str, str]:
    """To correct what was typed before."""
    return answers.person | {"voucher": answers.voucher, "name": answers.name, "password": answers.password}


def _field(name: str, required: bool, values: dict[str, str], wrong: dict[str, str]) -> Field:
    return Field(
        name,
        str(LABELS[name]),
        KINDS.get(name, "text"),
        AUTOCOMPLETE.get(name, "off"),
        str(HINTS.get(name, "")),
        required,
        values.get(name, ""),
        wrong.get(name, ""),
    )
