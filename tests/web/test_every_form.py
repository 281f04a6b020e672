"""No form of the console or of the portal is forgotten: they are found, not listed.

Every route is opened with one of each thing, and the ways are walked that no address alone leads to. A form that stands
in a template and was not seen, a route that takes a form which stands nowhere, or a page that fails, fails here; and so
does a field in which HTML, right-to-left text, ten kilobytes, 10^18 or the year 9999 do harm, or are refused without a
message beside it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest

import hotgate
from hotgate.apps.core import scope
from hotgate.web.console.urls import ROUTES
from messaging.servers import sms_centre, use
from web import bad_values, one_of_each, walks
from web.looking import Looking, Sighting, tags_of

WEB = Path(hotgate.__file__).parent / "web"
# routes that take a POST, and why no form leads there
WITHOUT_FORM: dict[str, str] = {}
PAPER = (".pdf", ".bin", ".png", ".csv", ".xlsx")  # no form stands on it


class Seen(NamedTuple):
    sighting: Sighting
    owner: Any
    values: one_of_each.Values

    def addresses(self) -> list[str]:
        found = [each for route in ROUTES for each in one_of_each.addresses(route.path, self.values)]
        return [address for address in found if not address.endswith(PAPER)]


@pytest.fixture
def seen(cafe, sign_in, monkeypatch):
    from web import busy_day
    from web.test_settings import fresh

    with scope.of(cafe.operator.id):
        day = busy_day.live_through(cafe)
    sighting = Sighting()
    owner = Looking(sighting)
    owner.force_login(cafe.staff["owner"])
    sign_in()  # with the rights of the web from here on
    with sms_centre() as centre:
        use(monkeypatch, sms=centre)
        fresh(owner, cafe.staff["owner"])
        second = Looking(sighting)  # a second browser, which the first can sign out
        second.force_login(cafe.staff["owner"])
        second.get("/")
        for browser in (owner, second):
            _note_browser(browser, cafe.staff["owner"])
        seen = Seen(sighting, owner, one_of_each.furnish(owner, cafe, day))
        for address in seen.addresses():
            owner.get(address)
        owner.post("/plans/", {"act": "retire", "row": str(cafe.plans["Lobby"].uuid)})
        walks.sign_in_every_way(sighting, owner, cafe)
        walks.visit_the_portal(sighting, cafe, day)
        yield seen


def _note_browser(client: Looking, staff: Any) -> None:
    """As a sign-in by password leaves it behind."""
    from allauth.usersessions.models import UserSession

    told = {"ip": "192.0.2.7", "user_agent": "Firefox/1 Linux"}
    UserSession.objects.get_or_create(session_key=client.session.session_key, user=staff, defaults=told)


def test_no_form_is_forgotten_and_every_field_takes_anything(seen, cafe):
    """One test, since it takes longest to furnish the café. What fields refuse is told beside them."""
    assert seen.sighting.faults == []
    there = {(str(file), tag) for file in WEB.rglob("*.html") for tag, _ in tags_of(file)}
    sent = {each for each in there if 'method="dialog"' not in each[1]}
    assert sorted(sent - seen.sighting.templates) == [], "make what these pages show in one_of_each.py or walks.py"
    without = [route.name for route in ROUTES if _takes_a_form(seen, route)]
    assert [name for name in without if name not in WITHOUT_FORM] == []
    answers = list(bad_values.answers(seen.sighting, cafe))
    assert len(answers) > 1_000
    assert [fault for answer in answers for fault in bad_values.faults(answer)] == []


def _takes_a_form(seen: Seen, route: Any) -> bool:
    """And stands nowhere."""
    if any(key[:2] == ("post", route.name) for key in seen.sighting.forms):
        return False
    addresses = one_of_each.addresses(route.path, seen.values)
    assert addresses, f"one_of_each.py makes nothing for {route.path}"
    return "POST" in seen.owner.options(addresses[0]).get("Allow", "")
