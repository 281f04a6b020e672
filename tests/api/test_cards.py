"""Cards by a program: made with their credentials, told later without, and marked as handed out."""

from __future__ import annotations

import json

from api.program import problem


def test_HN_7_cards_are_made_with_their_credentials_and_told_later_without(api, cafe):
    made = api.post("/card-batches", {"size": 3, "plan": str(cafe.plans["1 hour"].uuid), "prefix": "pool-"}).json()
    assert [each["number"] for each in made["cards"]] == [1, 2, 3]
    place = f"/card-batches/{made['batch']['id']}"
    told = api.get(place).json()
    assert [each["username"] for each in told["cards"]] == [each["username"] for each in made["cards"]]
    assert all(each["password"] not in json.dumps(told) for each in made["cards"])
    assert [each["handed_out_at"] for each in told["cards"]] == [None] * 3


def test_HN_7_a_card_is_handed_out_once(api):
    made = api.post("/card-batches", {"size": 2}).json()
    place = f"/card-batches/{made['batch']['id']}"
    first, second = (each["user"] for each in made["cards"])
    at = api.post(f"{place}/cards/{first}/hand-out").json()["handed_out_at"]
    assert at
    assert api.post(f"{place}/cards/{first}/hand-out").json()["handed_out_at"] == at
    assert [each["handed_out_at"] for each in api.get(place).json()["cards"]] == [at, None]
    other = api.post("/card-batches", {"size": 1}).json()["batch"]["id"]
    problem(api.post(f"/card-batches/{other}/cards/{second}/hand-out"), 404, "not_found")


def test_users_are_found_by_a_part_of_what_is_known(api):
    for name, person, phone in (("room-12", "Mia Rossi", "+390655501"), ("room-14", "Ben Gr\u00fcn", "+390655502")):
        api.post("/users", {"name": name, "display_name": person, "phone": phone})
    for text, found in (("ross", ["room-12"]), ("655501", ["room-12"]), ("room", ["room-12", "room-14"]), ("zzz", [])):
        assert [each["name"] for each in api.get("/users", search=text).json()["items"]] == found, text
    assert api.get("/users", search="ro").status_code == 422
