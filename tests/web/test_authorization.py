"""Who may open what: every route has an action, every role is tried on every route, and one table says what follows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import get_resolver

from hotgate.web.console.urls import ROUTES
from hotgate.web.shared.authorization import ROLES, Action, may

# without a seat: sign-in itself, and the pages of guests
OPEN = ("accounts/", "portal/", "api/", "metrics", "health")
SAMPLES = {"uuid": "00000000-0000-7000-8000-000000000000", "slug": "a4", "int": "1", "str": "x", "path": "x"}
PLACE = re.compile(r"<(\w+):\w+>")
TABLE = Path(__file__).with_name("roles.txt")
ROLES_HELD = ("owner", "manager", "cashier", "account_editor", "support", "auditor")


def read_table():
    """Route → roles, from the lines of roles.txt: the second telling of what `authorization.ROLES` says by action."""
    head, *lines = [line.split() for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    assert tuple(head) == ROLES_HELD
    return {route: {role for role, mark in zip(head, marks, strict=True) if mark == "yes"} for route, *marks in lines}


ALLOWED = read_table()


def address_of(route):
    return "/" + PLACE.sub(lambda found: SAMPLES[found[1]], route.path)


def line_of(route):
    marks = ["yes" if may([role], route.action) else "no" for role in ROLES_HELD]
    return f"{route.name:26}" + "".join(f"{mark:16}" for mark in marks).rstrip()


def test_the_table_has_every_route_once():
    missing = [line_of(route) for route in ROUTES if route.name not in ALLOWED]
    assert missing == [], "think about who may, then add to tests/web/roles.txt:\n" + "\n".join(missing)
    assert set(ALLOWED) == {route.name for route in ROUTES}
    assert len([line for line in TABLE.read_text().splitlines() if line and line[0] != "#"]) == len(ALLOWED) + 1


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


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("role", ROLES_HELD)
def test_a_role_opens_what_the_table_allows_and_nothing_else(sign_in, role, method):
    client = sign_in(role)
    differing = []
    for route in ROUTES:
        status = getattr(client, method)(address_of(route)).status_code
        assert status < 500, (route.name, status)
        if route.name in ALLOWED and (status != 403) != (role in ALLOWED[route.name]):
            differing.append((route.name, status))
    assert differing == []


def test_nobody_can_give_a_role_that_may_do_more():
    from hotgate.apps.operators.roles import GIVES

    for giver, given in GIVES.items():
        for role in given:
            assert {a for a in Action if may([role], a)} <= {a for a in Action if may([giver], a)}, (giver, role)


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
