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


def sign_in_with(client, password, account="owner@aurora.example", **options):
    return client.post("/accounts/login/", {"login": account, "password": password}, **options)


def test_after_ten_wrong_passwords_an_account_waits_wherever_from(cafe, client):
    from web import office

    for number in range(10):
        answer = sign_in_with(client, "the same", REMOTE_ADDR=f"192.0.2.{number}")
        assert "Too many tries" not in answer.content.decode()
    waits = sign_in_with(client, office.PASSWORD, REMOTE_ADDR="192.0.2.99")
    assert "Too many tries. Please wait 15 minutes." in waits.content.decode()
    assert sign_in_with(client, office.PASSWORD, "cashier@aurora.example").status_code == 302


def test_after_thirty_wrong_passwords_an_address_waits_whichever_account(cafe, client):
    from web import office

    for number in range(30):
        assert sign_in_with(client, "x", f"{number}@aurora.example").status_code == 200
    assert "Please wait 15 minutes" in sign_in_with(client, office.PASSWORD).content.decode()
    assert sign_in_with(client, office.PASSWORD, REMOTE_ADDR="192.0.2.1").status_code == 302


def test_right_passwords_count_nothing(cafe, client):
    from web import office

    for _ in range(31):
        client.logout()
        assert sign_in_with(client, office.PASSWORD).status_code == 302


def test_of_second_factors_five_wrong_ones_are_looked_at(cafe, client):
    from allauth.mfa.totp.internal import auth

    from web import office

    totp = auth.TOTP.activate(cafe.staff["owner"], auth.generate_totp_secret())
    assert sign_in_with(client, office.PASSWORD)["Location"] == "/accounts/2fa/authenticate/"
    for number in range(5):
        told = client.post("/accounts/2fa/authenticate/", {"code": f"00000{number}"}).content.decode()
        assert "Too many tries" not in told
    right = auth.hotp_value(totp.instance.data["secret"], next(auth.yield_hotp_counters_from_time()))
    told = client.post("/accounts/2fa/authenticate/", {"code": auth.format_hotp_value(right)}).content.decode()
    assert "Please wait 15 minutes" in told


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
