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


def test_live_sessions_have_one_dialog_for_all_rows_outside_of_what_refreshes(sign_in, cafe, day):
    """And a page for each question, where there are no scripts."""
    client = sign_in("support")
    text = html.unescape(client.get("/sessions/").content.decode())
    live = html.unescape(client.get("/sessions/", headers={"hx-request": "true"}).content.decode())
    assert "<dialog" not in live
    for name, act in (("end", "disconnect"), ("close", "close")):
        assert text.count(f'<dialog class="confirm" id="{name}"') == 1
        assert f'form="row-ask" formaction="/sessions/{day.session.uuid}/{act}/" data-ask="#{name}"' in live
    assert f'formaction="/log/{day.session.uuid}/block/" data-ask="#block" data-names="{day.session.device}"' in live
    seen = sign_in("auditor").get("/sessions/").content.decode()
    assert f"/sessions/{day.session.uuid}/" in seen
    assert "<dialog" not in seen
    assert "data-ask" not in seen


@pytest.mark.parametrize(
    ("address", "title", "named"),
    [
        ("/sessions/{}/disconnect/", "End this session now?", "maria"),
        ("/sessions/{}/close/", "Close this session?", "maria"),
        ("/log/{}/block/", "Block this device?", "02-00-00-AA-BB-01"),
        ("/log/{}/associate/", "Associate this device with its user?", "02-00-00-AA-BB-01"),
    ],
)
def test_without_scripts_each_act_on_a_session_asks_first(sign_in, cafe, hotel, day, address, title, named):
    from hotgate.apps.network.models import BlockedDevice
    from hotgate.apps.subscribers.models import MacAddress
    from hotgate.apps.usage.models import SessionOrder

    def changed():
        with scope.of(cafe.operator.id):
            return [kind.objects.count() for kind in (SessionOrder, BlockedDevice, MacAddress)]

    before, address, client = changed(), address.format(day.session.uuid), sign_in()
    page = html.unescape(client.get(address).content.decode())
    assert f"<h1>{title}" in page.replace(' class="page-title"', "")
    assert named in page
    assert '<form class="btn-list" method="post">' in page
    assert changed() == before, "to look changes nothing"
    assert sign_in("owner", hotel).get(address).status_code == 404
    assert sign_in("auditor").get(address).status_code == 403
