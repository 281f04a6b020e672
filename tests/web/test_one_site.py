"""What a role at one site reaches: what happens there, and whatever a guest carries from one site to the next."""

from __future__ import annotations

import pytest

from hotgate.apps.core import scope
from hotgate.apps.operators import services as operators
from hotgate.apps.operators.actor import COMMAND_LINE as BY
from hotgate.apps.operators.models import StaffRole
from hotgate.apps.subscribers.models import Subscriber
from web import busy_day
from web.office import now


@pytest.fixture
def beach(cafe, sign_in):
    """A browser of the cashier, who works at a site where nothing has happened yet."""
    with scope.of(cafe.operator.id):
        day = busy_day.live_through(cafe)
        Subscriber.objects.filter(id=day.maria.id).update(site=cafe.site)
        beach = operators.create_site(by=BY, now=now(), operator=cafe.operator, name="Beach")
        StaffRole.objects.filter(staff=cafe.staff["cashier"]).update(site=beach)
    return sign_in("cashier")


def figures(client):
    shown = client.get("/").context["figures"]
    return shown.online, shown.tickets, shown.accepted + shown.refused


def test_today_counts_what_happened_there(beach, sign_in, cafe):
    assert figures(sign_in("owner")) == (2, 1, 6)
    assert figures(beach) == (0, 0, 0)
    beach.post("/quick-ticket/", {"plan": cafe.plans["1 hour"].uuid})
    assert figures(beach) == (0, 1, 0)
    assert figures(sign_in("owner"))[1] == 2


@pytest.mark.parametrize("typed", ["maria", "+39 06 555 0101"])
def test_a_guest_of_another_site_is_found_by_search_and_in_the_list(beach, typed):
    assert "Maria Rossi" in beach.post("/search/", {"q": typed}, follow=True).content.decode()
    assert "Maria Rossi" in beach.get("/users/", {"q": typed}).content.decode()


def test_sessions_of_another_site_are_not(beach, sign_in):
    def seen(client):
        found = client.post("/search/", {"q": "10.1.0.23"}, follow=True).content.decode()
        return "Nothing found" not in found, "maria" in client.get("/sessions/").content.decode()

    assert seen(sign_in("owner")) == (True, True)
    assert seen(beach) == (False, False)
