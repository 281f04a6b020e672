"""HTML, right-to-left, very long and very large values, in one field after the other of every form that was seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import copy
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db import transaction

from web import test_bad_input
from web.looking import Looking, Sighting, route_of
from web.office import Office
from web.page_forms import Field, Form

MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
VALUES = {
    "markup, right to left": f"{MARKUP}مقهى\u202e الفجر",
    "10 kB": "x" * 10_000,
    "10^18": "1" + "0" * 18,
    "the last day": "9999-12-31",
}
HURT = ("<script>alert", "<img src=x")
UNSEEN = ("once", "seen")  # which the page fills in, and nobody sees
INPUT = re.compile(r'<(?:input|select|textarea)\b[^>]*?\bname="(\w+)"([^>]*)>')
DESCRIBED = re.compile(r'aria-describedby="([^"]+)"')
NAMED = re.compile(r'\bid="([^"]+)"')
BESIDE = {"password": "name"}  # of a name and its password nobody is told which one is wrong


def right_of(office: Office) -> dict[str, dict[str, Any]]:
    """Typed into a form that lacks something as it stands, so that the field in question is the only one at fault."""
    plan, site = str(office.plans["1 hour"].uuid), str(office.site.uuid)
    place = {"currency": "EUR", "time_zone": "Europe/Rome", "language": "it", "country": "IT"}
    return {
        "create_plan": test_bad_input.PLAN,
        "add_nas": test_bad_input.NAS | {"site": site},
        "add_user": test_bad_input.USER | {"phone": "+39 333 1234567"},
        "add_device": {"mac": "02-00-00-00-00-55", "display_name": "Printer"},
        "add_site": {"name": "Beach", "time_zone": "Europe/Rome", "commercial_mode": "free"},
        "add_token": {"name": "Desk 2", "role": "account_editor", "scopes": "users:write"},
        "add_operator": place | {"name": "Bar Centrale", "parent": str(office.operator.uuid)},
        "make_cards": {"size": "2", "plan": plan},
        "generator": {"length": "10", "characters": "clear", "size": "2", "mode": "login", "plan": plan},
        "recharge_user": {"plan": plan, "due": "open"},
        "give_role": {"role": "support"},
        "create_profile": {"name": "Silver"},
        "create_realm": {"name": "Crew"},
        "look_up": {"address": "10.1.0.23", "reason": "asked by the police"},
        "block_mac": {"mac": "02-00-00-00-00-56", "reason": "spam"},
        "add_access_point": {"name": "Bar", "mac": "02-00-00-00-00-57"},
        "invite_staff": {"email": "lea@aurora.example", "name": "Lea"},
        "join": {"username": "nina", "password": "correct horse battery"},
        "me": {"name": "maria", "password": "a long password"},
        "retention": {"preset": "de"},
        "register": {"name": "giulia", "password": "correct horse battery", "phone": "+39 333 1234567", "city": ""},
    }


class Answer(NamedTuple):
    form: Form
    field: Field
    kind: str
    status: int
    html: str
    before: int  # the status without the bad value

    def __str__(self) -> str:
        return f"{self.form.method} {self.form.address} {self.field.name}: {self.kind}"


def answers(sighting: Sighting, office: Office) -> Iterator[Answer]:
    typed = right_of(office)
    for client, form in list(sighting.forms.values()):
        right = form.values() | {name: [value] for name, value in typed.get(route_of(form.address), {}).items()}
        before = _sent(client, form, right).status_code
        fields = {each.name: each for each in form.fields if each.name != "csrfmiddlewaretoken" and not each.is_file}
        for field in fields.values():
            for kind, value in VALUES.items():
                response = _sent(client, form, right | {field.name: [value]})
                html = "" if response.streaming else response.content.decode(errors="replace")
                yield Answer(form, field, kind, response.status_code, html, before)


def _sent(client: Looking, form: Form, values: dict[str, list[str]]) -> Any:
    """Without a trace: rows, limits and who is signed in are afterwards as they were."""
    cookies, told = copy(client.cookies), {name: each if len(each) > 1 else each[0] for name, each in values.items()}
    with transaction.atomic():
        response = getattr(client, form.method)(form.address, told)
        transaction.set_rollback(True)
    client.cookies = cookies
    cache.clear()
    return response


def faults(answer: Answer) -> Iterator[str]:
    if answer.status >= 500:
        yield f"{answer} fails"
    if any(each in answer.html for each in HURT):
        yield f"{answer} comes back as HTML"
    if answer.status == 422 and answer.before != 422 and not _is_told(answer):
        yield f"{answer} has no message at its field"


def _is_told(answer: Answer) -> bool:
    """By an element that a screen reader reads with the field, or with its group."""
    there = set(NAMED.findall(answer.html))
    told = {name for name, more in INPUT.findall(answer.html) if there.intersection(_described_by(more))}
    name = answer.field.name
    return name in UNSEEN or f"id_{name}_error" in there or bool(told.intersection((name, BESIDE.get(name))))


def _described_by(attributes: str) -> list[str]:
    found = DESCRIBED.search(attributes) if 'aria-invalid="true"' in attributes else None
    return found[1].split() if found else []
