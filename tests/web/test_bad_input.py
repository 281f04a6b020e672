"""HTML, right-to-left and very long values in every field; forms sent twice; two people at once."""

from __future__ import annotations

import html

import pytest
from django.urls import reverse

from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core import scope
from hotgate.apps.network.models import Nas
from hotgate.apps.subscribers.models import Entitlement, Subscriber

MARKUP = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
RIGHT_TO_LEFT = "مقهى الفجر\u202e"
LONG = "x" * 10_000
NUL = "a\0b"
BAD = {
    "markup": MARKUP,
    "right to left": RIGHT_TO_LEFT,
    "10 kB": LONG,
    "nul": NUL,
    "formula": "=1+1",
    "emoji": "🦊" * 50,
}

PLAN = {
    "name": "Two hours", "payment": "prepaid", "measure": "time", "amount": "2 h", "price": "3.00",
    "limit_bandwidth": "on", "download": "20M", "validity_kind": "always", "validity_unit": "day", "cycle": "",
    "devices_max": "1",
}  # fmt: skip
NAS = {
    "address": "203.0.113.9", "secret": "a secret of enough length", "maker": "standard", "coa_port": "3799",
    "require_message_authenticator": "yes", "enabled": "on",
}  # fmt: skip
USER = {"name": "giulia", "password": "long enough", "display_name": "", "phone": "", "email": ""}


def forms_of(office):
    return {
        "/plans/new/": PLAN,
        "/network/new/": NAS | {"site": str(office.site.uuid)},
        f"/network/{office.nas.uuid}/": NAS | {"site": str(office.site.uuid), "name": "Gateway"},
        "/users/new/": USER,
    }


@pytest.mark.parametrize("kind", list(BAD))
def test_no_field_breaks_a_page(sign_in, cafe, kind):
    client = sign_in()
    for address, right in forms_of(cafe).items():
        for field in right:
            response = client.post(address, right | {field: BAD[kind]}, follow=True)
            assert response.status_code in (200, 422), (address, field)
            text = response.content.decode()
            assert "<script>alert" not in text, (address, field)
            assert "<img src=x" not in text, (address, field)
    for address in ("/plans/", "/network/", "/users/", "/", "/quick-ticket/"):
        assert "<script>alert" not in client.get(address).content.decode()


@pytest.mark.parametrize("value", list(BAD.values()))
def test_search_and_marks_take_anything(sign_in, value):
    client = sign_in()
    for address in ("/users/", "/plans/", "/sessions/", "/attempts/", "/network/"):
        for field in ("q", "after", "sort", "show"):
            assert client.get(address, {field: value}).status_code == 200, (address, field)


@pytest.mark.parametrize(
    ("field", "typed", "told"),
    [
        ("amount", "plenty", "Please give a time"),
        ("amount", "0", "more than zero"),
        ("amount", "0 s", "more than zero"),
        ("amount", "999999999999999999 w", "too much"),
        ("price", "-1", "zero or more"),
        ("price", "1.005", "This currency has 2 decimals"),
        ("price", "9" * 25, "too large"),
        ("price", str(10**18), "too large"),
        ("amount", str(10**18), "too much"),
        ("amount", "-5", "Please give a time"),
        ("unit_price", str(10**18), "too large"),
        ("unit_price", "0.123456789", "at most 8 decimals"),
        ("download", "fast", "Please give a speed"),
        ("devices_max", "0", "greater than or equal to 1"),
        ("name", "", "required"),
        ("name", "1 HOUR", "already there"),
    ],
)
def test_a_wrong_plan_is_told_beside_its_field(sign_in, field, typed, told):
    response = sign_in().post("/plans/new/", PLAN | {field: typed})
    assert response.status_code == 422
    text = html.unescape(response.content.decode())
    beside = text.split(f'id="id_{field}_error"', 1)
    assert len(beside) == 2, "no message beside the field"
    assert told in beside[1][:200]
    assert typed[:50] in text, "what was typed is still there"


@pytest.mark.parametrize(
    ("more", "field", "told"),
    [
        ({"limit_bandwidth": "on", "download": "1000000000G"}, "download", "too much"),
        ({"limit_bandwidth": "on", "upload": "1001G"}, "upload", "too much"),
        (
            {"measure": "none", "amount": "", "cap_action": "throttle", "cap_amount": "5 GB", "cap_speed": "9999G"},
            "cap_speed",
            "too much",
        ),
    ],
)
def test_a_speed_that_no_network_has_is_told_beside_its_field(sign_in, cafe, more, field, told):
    response = sign_in().post("/plans/new/", PLAN | more)
    assert response.status_code == 422
    assert told in html.unescape(response.content.decode()).split(f'id="id_{field}_error"', 1)[1][:200]


def test_a_plan_saved_twice_is_one_plan(sign_in, cafe):
    client = sign_in()
    answers = [client.post("/plans/new/", PLAN | {"once": "token"}) for _ in range(2)]
    assert [answer["Location"] for answer in answers] == [reverse("plans")] * 2
    with scope.of(cafe.operator.id):
        assert Plan.objects.filter(name="Two hours").count() == 1


def test_two_people_save_a_plan_of_one_name(sign_in, cafe):
    first = sign_in("owner").post("/plans/new/", PLAN)
    second = sign_in("manager").post("/plans/new/", PLAN | {"price": "4.00"})
    assert (first.status_code, second.status_code) == (302, 422)
    assert "already there" in second.content.decode()


def test_a_plan_given_twice_by_one_form_is_given_once(sign_in, cafe):
    from web import busy_day

    with scope.of(cafe.operator.id):
        day = busy_day.live_through(cafe)
    client = sign_in()
    given = {"plan": cafe.plans["1 hour"].uuid, "due": "open", "once": "token"}
    for _ in range(2):
        client.post(f"/users/{day.carla.uuid}/recharge/", given)
    with scope.of(cafe.operator.id):
        assert Entitlement.objects.filter(subscriber=day.carla, plan=cafe.plans["1 hour"]).count() == 1


def test_a_taken_address_and_a_short_secret_are_told(sign_in, cafe):
    client = sign_in()
    right = NAS | {"site": str(cafe.site.uuid)}
    taken = client.post("/network/new/", right | {"address": "192.0.2.7"})
    assert "already registered" in taken.content.decode()
    wrong = client.post("/network/new/", right | {"address": "192.0.2.7/24"})
    assert "without host bits" in wrong.content.decode()
    short = client.post("/network/new/", right | {"secret": "short"}, follow=True)
    assert "shorter than 16 characters" in short.content.decode()
    with scope.of(cafe.operator.id):
        assert Nas.objects.filter(address="203.0.113.9").exists()


def test_a_secret_is_never_shown_again(sign_in, cafe):
    from web import office

    client = sign_in()
    assert office.SECRET not in client.get(f"/network/{cafe.nas.uuid}/").content.decode()
    echoed = client.post("/users/new/", USER | {"name": ""}).content.decode()
    assert "long enough" in echoed, "the person who typed it sees it until it is saved"


def test_a_user_with_a_taken_name_is_told(sign_in, cafe):
    client = sign_in()
    client.post("/users/new/", USER)
    again = client.post("/users/new/", USER | {"name": "GIULIA"})
    assert "already there" in again.content.decode()
    with scope.of(cafe.operator.id):
        assert Subscriber.objects.filter(name__iexact="giulia").count() == 1


def test_wrong_methods_and_old_forms_are_refused_in_words(cafe, sign_in):
    from django.test import Client

    assert sign_in().get(f"/plans/{cafe.plans['1 GB'].uuid}/retire/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/accounts/login/", {"login": "a@b.c", "password": "x"})
    assert answer.status_code == 403
    assert "too old" in answer.content.decode()
