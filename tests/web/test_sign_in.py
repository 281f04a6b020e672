"""Signing in and what belongs to it, in the console's dress and under its policy."""

from __future__ import annotations

import logging
import re

import pytest

INLINE = re.compile(r"<script(?![^>]*(?:src=|type=\"application/json\"))|\son\w+=|\sstyle=")


@pytest.mark.parametrize(
    "address",
    [
        "/accounts/password/change/",
        "/accounts/2fa/",
        "/accounts/2fa/totp/deactivate/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/reauthenticate/",
        "/accounts/password/reset/",
    ],
)
def test_account_pages_have_nothing_inline(sign_in, address):
    response = sign_in().get(address, follow=True)
    assert response.status_code == 200
    assert INLINE.findall(response.content.decode()) == []


def test_there_is_one_list_of_ones_sign_ins(sign_in):
    answer = sign_in().get("/accounts/sessions/", follow=True)
    assert (answer.redirect_chain, answer.status_code) == ([("/settings/sign-ins/", 302)], 200)


def test_a_wrong_password_says_so_once_and_not_which(cafe, client):
    from web import office

    wrong = client.post("/accounts/login/", {"login": "owner@aurora.example", "password": "nope"})
    unknown = client.post("/accounts/login/", {"login": "nobody@aurora.example", "password": "nope"})
    strip = re.compile(r'(value|name|href|content)="[^"]*"')
    assert strip.sub("", wrong.content.decode()) == strip.sub("", unknown.content.decode())
    right = client.post("/accounts/login/", {"login": "CASHIER@aurora.example", "password": office.PASSWORD})
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
    from web import office

    assert sign_in_with(client, office.PASSWORD)["Location"] == "/accounts/2fa/authenticate/"
    for number in range(5):
        told = client.post("/accounts/2fa/authenticate/", {"code": f"00000{number}"}).content.decode()
        assert "Too many tries" not in told
    told = client.post("/accounts/2fa/authenticate/", {"code": office.code_now()}).content.decode()
    assert "Please wait 15 minutes" in told


def test_a_second_factor_asked_for_again_counts_for_all_processes_too(sign_in):
    from django.core.cache import cache

    from web import office

    client = sign_in("owner")
    for number in range(5):
        cache.clear()  # what one process counts, another one does not know
        client.post("/accounts/2fa/reauthenticate/", {"code": f"00000{number}"})
    cache.clear()
    told = client.post("/accounts/2fa/reauthenticate/", {"code": office.code_now()})
    assert told.status_code == 200
    assert "Please wait 15 minutes" in told.content.decode()


def test_a_code_of_an_app_counts_once_and_every_web_process_knows(cafe):
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client

    from web import office

    cache.clear()  # of what browsers left there
    code = office.code_now()
    answers = []
    for client in (Client(), Client()):
        sign_in_with(client, office.PASSWORD)
        answers.append(client.post("/accounts/2fa/authenticate/", {"code": code}).status_code)
    assert answers == [302, 200]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cache_entry WHERE cache_key LIKE '%%totp%%'")
        assert cursor.fetchone() == (1,)


@pytest.mark.parametrize(("steps_ago", "counts"), [(2, False), (1, True), (0, True), (-1, True), (-2, False)])
def test_a_code_counts_until_the_next_has_passed(cafe, client, steps_ago, counts):
    """RFC 6238 §5.2: it is typed as the next appears, or the clock of the phone is a little off."""
    from web import office

    office.away_from_the_step()
    sign_in_with(client, office.PASSWORD)
    told = client.post("/accounts/2fa/authenticate/", {"code": office.code_now(steps_ago=steps_ago)})
    assert told.status_code == (302 if counts else 200)


def test_a_code_does_not_count_again_while_it_would_still_be_right(cafe, client):
    from django.db import connection
    from django.test import Client

    from web import office

    office.away_from_the_step()
    code = office.code_now()
    sign_in_with(client, office.PASSWORD)
    assert client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 302
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM cache_entry WHERE cache_key LIKE '%%totp%%'")  # thirty seconds later
    other = Client()
    sign_in_with(other, office.PASSWORD)
    assert other.post("/accounts/2fa/authenticate/", {"code": f"{code[:3]} {code[3:]}"}).status_code == 200


@pytest.mark.parametrize("address", ["/", "/users/", "/accounts/2fa/"])
def test_a_page_behind_the_sign_in_is_not_kept_by_the_browser(sign_in, address):
    assert "no-store" in sign_in().get(address)["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "logged"),
    [
        ("/portal/cafe/credentials/01a22680-secret/", "/portal/cafe/credentials/…/"),
        ("/accounts/join/01a22680-secret/", "/accounts/join/…/"),
        ("/accounts/password/reset/key/1-secret/", "/accounts/password/reset/key/…/"),
        ("/vouchers/keys/", "/vouchers/keys/"),
    ],
)
def test_the_log_names_no_link_that_opens_something(path, logged):
    from hotgate.web.shared.links_in_logs import NoLinks

    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%s: %s", ("Gone", path), None)
    assert NoLinks().filter(record)
    assert record.getMessage() == f"Gone: {logged}"


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
