"""Words in other languages never break a page: values keep their places, and nothing is guessed."""

from __future__ import annotations

import gettext
import re

import polib
import pytest

import tree

PACKAGE = tree.ROOT / "src" / "hotgate"
LANGUAGES = ("it", "de", "fr", "es", "pt", "ar")
PLACES = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(PACKAGE / "locale" / language / "LC_MESSAGES" / "django.po"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_guessed(language: str) -> None:
    """What gettext guessed from another text would mislead."""
    assert [entry.msgid for entry in catalogue(language) if entry.fuzzy] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_in_english(language: str) -> None:
    assert [entry.msgid for entry in catalogue(language).untranslated_entries()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_value_keeps_its_place(language: str) -> None:
    """A placeholder that is lost or misspelt would break the page in that language only."""
    wrong = []
    for entry in catalogue(language).translated_entries():
        allowed = set(PLACES.findall(entry.msgid)) | set(PLACES.findall(entry.msgid_plural or ""))
        for text in [entry.msgstr] if not entry.msgid_plural else list(entry.msgstr_plural.values()):
            places = set(PLACES.findall(text))
            # one of several forms may say the number in a word: "two days"
            if not places <= allowed or (not entry.msgid_plural and places != allowed):
                wrong.append((entry.msgid, text))
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalogue_says_the_same(language: str) -> None:
    with (PACKAGE / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    differing = [
        entry.msgid
        for entry in catalogue(language).translated_entries()
        if not entry.msgid_plural and not entry.msgctxt and compiled.gettext(entry.msgid) != entry.msgstr
    ]
    assert differing == []
