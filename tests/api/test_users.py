"""Users by another program: made with credentials in one call, read, changed, held, recharged, erased."""

from __future__ import annotations

import json

import pytest

from api.program import problem
from hotgate.apps.core import scope
from hotgate.apps.operators.models import AuditEntry
from hotgate.apps.subscribers import services as subscribers
from hotgate.apps.subscribers.models import Entitlement, Sale, Subscriber


def test_HN_8_a_program_creates_a_guest_with_one_call_and_gets_the_credentials(api, cafe):
    told = api.post("/users", {"display_name": "Room 12", "plan": str(cafe.plans["1 GB"].uuid), "due": "paid"})
    assert told.status_code == 201, told.content
    made = told.json()
    assert len(made["credentials"]["password"]) >= 8
    assert made["credentials"]["username"] == made["user"]["name"]
    assert made["user"]["created_via"] == "api"
    assert (
        made["entitlement"] | {"amount": 10**9, "price": {"minor": 500, "currency": "EUR"}, "payment": "paid"}
        == (made["entitlement"])
    )
    assert made["user"]["balance"] == {"minor": 0, "currency": "EUR"}
    assert made["user"]["created_at"].endswith("Z")


def test_HN_8_name_and_password_may_be_chosen(api):
    made = api.post("/users", {"name": "room-12", "password": "sea and sand", "person": {"room": "12"}}).json()
    assert made["credentials"] == {"username": "room-12", "password": "sea and sand"}
    assert made["user"]["person"] == {"room": "12"}
    assert made["entitlement"] is None
    problem(api.post("/users", {"name": "ROOM-12"}), 409, "name_taken")


def test_HN_8_a_realm_without_users_by_api_says_so(api, cafe):
    with scope.of(cafe.operator.id):
        realm = subscribers.default_realm(cafe.operator)
        realm.ways = ["staff"]
        realm.save()
    problem(api.post("/users", {}), 409, "way_closed")


def test_HN_W14_a_plan_that_is_not_there_makes_no_user(api, cafe):
    told = problem(api.post("/users", {"name": "nobody", "plan": str(cafe.operator.uuid)}), 422, "request_invalid")
    assert told["errors"][0]["field"] == "plan"
    assert api.get("/users", name="nobody").json() == {"items": [], "next": None}


def test_a_user_is_read_changed_held_and_released(api):
    made = api.post("/users", {"name": "mia", "phone": "+39 06 555", "person": {"room": "7", "city": "Rome"}}).json()
    place = f"/users/{made['user']['id']}"
    assert api.get(place).json() == made["user"]
    changed = api.patch(place, {"email": "mia@example.com", "person": {"room": None}}).json()
    assert (changed["email"], changed["phone"], changed["person"]) == (
        "mia@example.com",
        "+39 06 555",
        {"city": "Rome"},
    )
    held = api.post(place + "/hold", {"reason": "asked to wait"}).json()
    assert [each["reason"] for each in held["holds"]] == ["asked to wait"]
    assert api.post(place + "/release", {}).json()["holds"] == []


def test_a_new_password_is_shown_once(api):
    made = api.post("/users", {"name": "mia"}).json()
    renewed = api.post(f"/users/{made['user']['id']}/password", {})
    assert renewed.json()["password"] != made["credentials"]["password"]
    shown = json.dumps(api.get(f"/users/{made['user']['id']}").json())
    assert renewed.json()["password"] not in shown


@pytest.mark.parametrize(
    ("due", "payment", "sale"),
    [("paid", "paid", "paid"), ("open", "open", "open"), ("free", "not_due", "free")],
)
def test_a_recharge_says_what_becomes_of_the_price(api, cafe, due, payment, sale):
    user = api.post("/users", {}).json()["user"]["id"]
    told = api.post(f"/users/{user}/entitlements", {"plan": str(cafe.plans["1 hour"].uuid), "due": due})
    assert told.status_code == 201, told.content
    assert told.json()["payment"] == payment
    sales = api.get("/sales", user=user).json()["items"]
    assert [each["state"] for each in sales] == [sale]
    assert api.get(f"/users/{user}/entitlements").json()["items"][0]["id"] == told.json()["id"]


def test_a_recharge_from_an_empty_wallet_is_refused_whole(api, cafe):
    user = api.post("/users", {}).json()["user"]["id"]
    refused = api.post(f"/users/{user}/entitlements", {"plan": str(cafe.plans["1 hour"].uuid), "due": "wallet"})
    problem(refused, 409, "money_short")
    with scope.of(cafe.operator.id):
        assert not Entitlement.objects.filter(subscriber__uuid=user).exists()
        assert not Sale.objects.filter(subscriber__uuid=user).exists()


def test_an_open_sale_is_settled_once(api, cafe):
    user = api.post("/users", {"plan": str(cafe.plans["1 hour"].uuid)}).json()["user"]["id"]
    sale = api.get("/sales", user=user).json()["items"][0]["id"]
    assert api.post(f"/sales/{sale}/settle").json()["state"] == "paid"
    problem(api.post(f"/sales/{sale}/settle"), 409, "sale_not_open")


def test_what_is_held_ends(api, cafe):
    made = api.post("/users", {"plan": str(cafe.plans["1 hour"].uuid)}).json()
    ended = api.post(f"/entitlements/{made['entitlement']['id']}/end", {"reason": "left early"})
    assert ended.json()["ended_at"]


def test_devices_are_bound_and_parted(api):
    user = api.post("/users", {}).json()["user"]["id"]
    bound = api.post(f"/users/{user}/devices", {"mac": "02:00:5e:10:00:01"})
    assert [each["mac"] for each in bound.json()["items"]] == ["02-00-5E-10-00-01"]
    problem(api.post(f"/users/{user}/devices", {"mac": "no"}), 422, "device_invalid")
    assert api.delete(f"/users/{user}/devices/02005e100001").status_code == 204
    problem(api.delete(f"/users/{user}/devices/02005e100001"), 404, "not_found")
    assert api.get(f"/users/{user}/devices").json() == {"items": []}


def test_an_erased_user_is_gone(api, cafe):
    user = api.post("/users", {"name": "mia", "display_name": "Mia Rossi"}).json()["user"]["id"]
    assert api.delete(f"/users/{user}").status_code == 204
    problem(api.get(f"/users/{user}"), 404, "not_found")
    problem(api.delete(f"/users/{user}"), 404, "not_found")
    with scope.of(cafe.operator.id):
        assert Subscriber.objects.get(uuid=user).display_name == ""


def test_the_audit_names_the_token(api, cafe):
    api.post("/users", {"name": "mia"})
    with scope.of(cafe.operator.id):
        entry = AuditEntry.objects.filter(verb="register_subscriber").order_by("-number").first()
        assert (entry.actor, entry.staff_id) == (f"token {api.token.public}", None)
