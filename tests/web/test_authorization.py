"""Who may open what: every route has an action, every role is tried on every route, and the table says what follows."""

from __future__ import annotations

import pytest
from django.urls import get_resolver

from hotgate.web.console.urls import ROUTES
from hotgate.web.shared.authorization import ROLES, Action

# without a seat: sign-in itself, and the pages of guests
OPEN = ("accounts/", "portal/", "api/", "metrics", "health")
NOWHERE = "00000000-0000-7000-8000-000000000000"
PLACES = {"voucher": NOWHERE, "user": NOWHERE, "plan": NOWHERE, "session": NOWHERE, "nas": NOWHERE, "paper": "a4"}

# written out a second time, so that a slip in the table shows
ALLOWED = {
    "owner": set(Action),
    "manager": set(Action),
    "cashier": {
        "see_today", "sell_tickets", "see_plans", "see_users", "see_sessions", "switch_operator",
    },
    "account_editor": {
        "see_today", "see_plans", "see_users", "edit_users", "see_sessions", "disconnect", "see_attempts",
        "switch_operator",
    },
    "support": {
        "see_today", "see_plans", "see_users", "see_sessions", "disconnect", "see_attempts", "see_network",
        "switch_operator",
    },
    "auditor": {
        "see_today", "see_plans", "see_users", "see_sessions", "see_attempts", "see_network", "switch_operator",
    },
}  # fmt: skip


def address_of(route):
    path = route.path
    for name, value in PLACES.items():
        for kind in ("uuid", "slug"):
            path = path.replace(f"<{kind}:{name}>", value)
    return f"/{path}"


def test_every_route_names_an_action():
    without = []
    for pattern in get_resolver().url_patterns:
        text = str(pattern.pattern)
        if text.startswith(OPEN):
            continue
        if getattr(pattern.callback, "action", None) not in Action:
            without.append(text)
    assert without == []


def test_every_action_is_somebodys():
    assert set(ROLES) == set(Action)
    assert all(ROLES.values())


@pytest.mark.parametrize("role", sorted(ALLOWED))
def test_a_role_opens_what_the_table_allows_and_nothing_else(sign_in, role):
    client = sign_in(role)
    opened, refused = set(), set()
    for route in ROUTES:
        status = client.get(address_of(route)).status_code
        (refused if status == 403 else opened).add(str(route.action))
        assert status in (200, 302, 403, 404, 405), (route.name, status)
    assert opened == {str(action) for action in ALLOWED[role]}
    assert refused == {str(action) for action in set(Action) - {Action(a) for a in ALLOWED[role]}}


def test_guests_are_sent_to_the_sign_in(cafe, client):
    for route in ROUTES:
        response = client.get(address_of(route))
        assert response.status_code == 302
        assert response["Location"].startswith("/accounts/login/?next=")


def test_a_page_that_polls_reloads_as_a_whole_after_sign_out(cafe, client):
    response = client.get("/today/figures/", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Refresh"]) == (204, "true")


def test_nobody_signs_up(client, db):
    assert b"closed" in client.get("/accounts/signup/").content.lower()
