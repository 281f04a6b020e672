"""What is left of what a user holds, as a program reads it: by the rules of a login."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hotgate.apps.core import scope
from hotgate.apps.subscribers.models import Entitlement
from web.office import now


@pytest.fixture
def held(api, cafe):
    """A user of one hour, and its entitlement's id."""
    made = api.post("/users", {"name": "mia", "plan": str(cafe.plans["1 hour"].uuid)}).json()
    return made["user"]["id"], made["entitlement"]


def told(api, user):
    return [(each["left"], each["usable"]) for each in api.get(f"/users/{user}/entitlements").json()["items"]]


def change(cafe, held, **values):
    with scope.of(cafe.operator.id):
        assert Entitlement.objects.filter(uuid=held[1]["id"]).update(**values)


def test_HN_20_a_program_reads_what_is_left_of_each_plan(api, cafe, held):
    user, first = held
    assert (first["left"], first["usable"]) == (3600, True)
    change(cafe, held, used=1200, first_used_at=now())
    later = {"plan": str(cafe.plans["1 hour"].uuid), "starts_at": (now() + timedelta(days=2)).isoformat()}
    second = api.post(f"/users/{user}/entitlements", later).json()
    assert (second["left"], second["usable"]) == (3600, False)
    third = api.post(f"/users/{user}/entitlements", {"plan": str(cafe.plans["Day pass"].uuid)}).json()
    assert (third["left"], third["usable"]) == (None, True)
    assert told(api, user) == [(2400, True), (3600, False), (None, True)]
    assert api.get(f"/entitlements/{first['id']}").json()["left"] == 2400


@pytest.mark.parametrize(
    "values",
    [
        {"used": 3600},
        {"valid_until": now() - timedelta(minutes=1)},
        {"ended_at": now() - timedelta(minutes=1)},
        {"live": False, "ended_at": now() - timedelta(days=60)},
    ],
)
def test_HN_20_nothing_is_left_of_what_is_over(api, cafe, held, values):
    change(cafe, held, **values)
    assert told(api, held[0]) == [(0, False)]


def test_a_hold_leaves_what_is_left(api, held):
    api.post(f"/users/{held[0]}/hold", {"reason": "wait"})
    assert [left for left, _usable in told(api, held[0])] == [3600]


def test_what_is_ended_shows_nothing_left(api, held):
    assert api.post(f"/entitlements/{held[1]['id']}/end", {}).json()["left"] == 0


def test_HN_19_money_that_was_taken_becomes_balance_and_pays_a_plan(api, cafe):
    user = api.post("/users", {}).json()["user"]["id"]
    for _twice in range(2):
        told = api.post(f"/users/{user}/top-ups", {"minor": 1000, "reference": "terminal 2"}, key="one")
        assert (told.status_code, told.json()) == (201, {"balance": {"minor": 1000, "currency": "EUR"}})
    api.post(f"/users/{user}/entitlements", {"plan": str(cafe.plans["1 hour"].uuid), "due": "wallet"})
    assert api.get(f"/users/{user}").json()["balance"] == {"minor": 750, "currency": "EUR"}
    assert [api.post(f"/users/{user}/top-ups", {"minor": minor}).status_code for minor in (0, -1, 10**13)] == [422] * 3
