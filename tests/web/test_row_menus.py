"""The menus of the rows of the list of users."""

from __future__ import annotations

import html

import pytest

from hotgate.apps.core import scope
from hotgate.apps.subscribers.models import Subscriber

MARKUP = '"><script>alert(1)</script>'


@pytest.fixture
def day(cafe):
    from web import busy_day

    with scope.of(cafe.operator.id):
        return busy_day.live_through(cafe)


def test_HN_12_each_row_of_the_list_has_the_same_menu(sign_in, cafe, day):
    """Written once for each kind of user; tests/journeys/test_shell.py opens it. Without scripts: the user's page."""
    text = html.unescape(sign_in().get("/users/").content.decode())
    person, device = (
        text.split(f'<template id="menu-{kind}">')[1].split("</template>")[0] for kind in ("person", "device")
    )
    for page in ("edit", "card", "recharge", "sales", "send", "data"):
        assert f"/users/~own~/{page}/" in person
        assert (f"/users/~own~/{page}/" in device) == (page != "send")
    assert f'data-of="#menu-person" data-own="{day.maria.uuid}" data-name="maria"' in text
    assert f'<a class="dropdown-item" href="/users/{day.maria.uuid}/">Dashboard</a>' in text


def test_HN_12_a_row_menu_offers_what_a_role_may(sign_in, cafe, day):
    text = html.unescape(sign_in("cashier").get("/users/").content.decode())
    assert "/users/~own~/recharge/" in text
    assert "/users/~own~/edit/" not in text


def test_a_name_with_markup_stays_a_name_in_the_menu_of_its_row(sign_in, cafe, day):
    with scope.of(cafe.operator.id):
        Subscriber.objects.filter(id=day.maria.id).update(name=MARKUP)
    page = sign_in().get("/users/").content.decode()
    assert "<script>alert" not in page
    assert f'data-own="{day.maria.uuid}" data-name="{html.escape(MARKUP)}"' in page
