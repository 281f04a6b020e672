"""Every word on a page goes through the catalogues: a language made of brackets finds those that do not."""

from __future__ import annotations

import functools
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import trans_real

from hotgate.apps.core import scope
from hotgate.web.console.urls import ROUTES

NO_PAGES = {"operator/", "settings/", "settings/staff/invite/", "settings/sign-ins/end-others/"}
PAGES = [r.path for r in ROUTES if not any(part in r.path for part in ("<", "preview", ".xlsx"))]
SHOWN = ("aria-label", "placeholder", "title", "alt", "data-label")
SILENT = {"script", "style", "code", "kbd", "bdi", "option"}
BRACKETS = re.compile(r"⟦[^⟦⟧]*⟧")
WORD = re.compile(r"[A-Za-z]{3,}")
CODE = re.compile(r"…[0-9A-Z]{4}\b")  # as lists show one
# names and units: the same in every language, or somebody's own
NAMES = {
    "gateway",
    "main",
    "hall",
    "default",
    "account",
    "editor",
    "account_editor",
    "example",
    "hotgate",
    "radius",
    "nas",
    "mac",
    "csv",
    "xlsx",
    "pdf",
    "api",
    "esc",
    "pos",
    "kbit",
    "mbit",
    "http",
    "https",
    "mikrotik",
    "chillispot",
    "standard",
    "hotel",
    "caf",
    "aurora",
    "maria",
    "rossi",
    "bruno",
    "bold",
    "carla",
    "rome",
    "europe",
    "eur",
    "message",
    "authenticator",
    "identifier",
    "day",
    "pass",
    "hour",
    "month",
    "com",
    "org",
    "owner",
    "manager",
    "cashier",
    "support",
    "auditor",
    "login",
    "utc",
}
PLANS = ("By the hour", "Lobby")  # whose names stand as somebody typed them


class Words(HTMLParser):
    """What people see or hear of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.inside: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [given[name] or "" for name in SHOWN if name in given]
        if tag in SILENT or ("lang" in given and tag != "html") or "mono" in (given.get("class") or "").split():
            self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.found.append(data)


def bare_words(html: str) -> list[str]:
    page = Words()
    page.feed(html)
    bare = []
    for text in page.found:
        rest = functools.reduce(lambda left, plan: left.replace(plan, ""), PLANS, text)
        rest = CODE.sub("", rest)
        while (less := BRACKETS.sub(" ", rest)) != rest:
            rest = less
        if any(word.lower() not in NAMES for word in WORD.findall(rest)):
            bare.append(text.strip())
    return bare


class Brackets(trans_real.DjangoTranslation):
    """Puts each text into brackets, as if it were translated."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧" if message else ""

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return f"⟦{singular if number == 1 else plural}⟧"

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧"


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch) -> None:
    """German is spoken in brackets; dates and numbers stay German."""
    monkeypatch.setitem(trans_real._translations, "de", Brackets("de"))


@pytest.fixture
def speaker(cafe: Any, sign_in: Any) -> Any:
    """speaker("de"): the owner's browser, after a language was chosen."""

    def of(language: str) -> Client:
        with scope.of(cafe.operator.id):
            from web import busy_day

            busy_day.live_through(cafe)
        client: Client = sign_in()
        client.post("/accounts/language/", {"language": language, "next": "/"})
        return client

    return of


@pytest.mark.parametrize("path", [each for each in PAGES if each not in NO_PAGES])
def test_every_word_of_a_page_is_translatable(brackets: None, speaker: Any, path: str) -> None:
    page = speaker("de").get(f"/{path}")
    assert "⟦" in page.content.decode()
    assert bare_words(page.content.decode()) == []


def test_a_word_that_is_not_translatable_is_found() -> None:
    assert bare_words("<p>⟦Users⟧ <b>Bare words</b><input placeholder='and here'></p>") == ["Bare words", "and here"]


@pytest.mark.parametrize("path", ["", "users/", "plans/", "sessions/", "network/"])
def test_arabic_runs_from_right_to_left(speaker: Any, path: str) -> None:
    page = speaker("ar").get(f"/{path}")
    assert page.status_code == 200
    assert '<html lang="ar" dir="rtl">' in page.content.decode()


def test_the_operators_language_is_spoken_until_somebody_chooses(cafe: Any, sign_in: Any) -> None:
    with scope.of(cafe.operator.id):
        type(cafe.operator).objects.filter(id=cafe.operator.id).update(language="it")
    client = sign_in()
    assert '<html lang="it"' in client.get("/").content.decode()
    client.post("/accounts/language/", {"language": "fr", "next": "/"})
    assert '<html lang="fr"' in client.get("/").content.decode()
    translation.deactivate()
