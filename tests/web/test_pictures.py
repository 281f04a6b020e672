"""Every page of the console is among those that are pictured; docs/screens.md has a line for each picture."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import resolve

from hotgate.web.console.urls import ROUTES
from web.test_authorization import address_of

DOCS = Path(__file__).parents[2] / "docs"
SHOTS = DOCS / "shots"
LOOKS = {"desktop", "phone", "dark", "rtl"}
# by GET too, but part of a page or a file
NO_PAGES = {
    "today_figures",
    "work_progress",
    "user_ending",
    "ticket_pdf",
    "ticket_roll",
    "import_template",
    "export_batch",
    "batch_pdf",
    "floor_plan_picture",
    "settings",  # leads to the first of its tabs
}


@pytest.fixture
def screens(cafe):
    from hotgate.apps.core import scope
    from journeys import furnished
    from journeys.screens import screens_of
    from web import busy_day

    with scope.of(cafe.operator.id):
        day = busy_day.live_through(cafe)
        return screens_of(cafe, day, furnished.furnish(cafe, day))


def test_every_page_of_the_console_is_pictured(screens, sign_in):
    pictured = {resolve(each.address.partition("?")[0]).url_name for each in screens}
    client = sign_in()
    pages = {route.name for route in ROUTES if client.get(address_of(route)).status_code != 405}
    assert pages - pictured - NO_PAGES == set(), "add them to tests/journeys/screens.py"


def test_pictures_have_names_of_their_own(screens):
    names = [each.name for each in screens]
    assert sorted(names) == sorted(set(names))


def test_every_page_has_its_pictures_in_four_looks_and_a_line(screens):
    names = {each.name for each in screens} | {"sign-in", "join", "join-over", "one-more-step"}
    there: dict[str, set[str]] = {}
    for path in SHOTS.glob("*.png"):
        name, _, look = path.stem.rpartition("-")
        there.setdefault(name, set()).add(look)
    assert {name: looks for name, looks in there.items() if looks != LOOKS} == {}
    assert names - set(there) == set(), "make shots"
    lines = set(re.findall(r"\(shots/([a-z-]+)-(?:desktop|phone|dark|rtl)\.png\)", (DOCS / "screens.md").read_text()))
    assert set(there) - lines == set(), "look at them, then say in docs/screens.md what was changed"
    assert lines - set(there) == set(), "pictures that are gone"
