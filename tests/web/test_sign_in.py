"""Signing in and what belongs to it, in the console's dress and under its policy."""

from __future__ import annotations

import re

import pytest

INLINE = re.compile(r"<script(?![^>]*(?:src=|type=\"application/json\"))|\son\w+=|\sstyle=")


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/reauthenticate/",
        "/accounts/password/reset/",
    ],
)
def test_account_pages_have_nothing_inline(sign_in, address):
    response = sign_in().get(address, follow=True)
    assert response.status_code == 200
    assert INLINE.findall(response.content.decode()) == []


def test_a_wrong_password_says_so_once_and_not_which(cafe, client):
    from web import office

    wrong = client.post("/accounts/login/", {"login": "owner@aurora.example", "password": "nope"})
    unknown = client.post("/accounts/login/", {"login": "nobody@aurora.example", "password": "nope"})
    strip = re.compile(r'(value|name|href|content)="[^"]*"')
    assert strip.sub("", wrong.content.decode()) == strip.sub("", unknown.content.decode())
    right = client.post("/accounts/login/", {"login": "OWNER@aurora.example", "password": office.PASSWORD})
    assert (right.status_code, right["Location"]) == (302, "/")


def test_the_sign_in_leads_nowhere_else(cafe, client):
    from web import office

    for evil in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "http:\\\\evil.example"):
        client.logout()
        right = {"login": "owner@aurora.example", "password": office.PASSWORD, "next": evil}
        assert "evil" not in client.post("/accounts/login/", right)["Location"]


def test_staff_without_a_role_are_told(db, cafe, client):
    from hotgate.apps.operators.models import StaffRole

    StaffRole.objects.filter(staff=cafe.staff["cashier"]).delete()
    client.force_login(cafe.staff["cashier"])
    answer = client.get("/")
    assert answer.status_code == 403
    assert "You have no role yet" in answer.content.decode()
