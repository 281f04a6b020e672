"""Another operator's ids, in every address and in every body: as if they were not there."""

from __future__ import annotations

import json
import re

import pytest

from hotgate.apps.core import scope


@pytest.fixture
def strangers(api, program, hotel):
    """Name of an id → one of the hotel's, whose program made them."""
    desk = program("owner", office=hotel)
    plan = str(hotel.plans["1 hour"].uuid)
    made = desk.post("/users", {"plan": plan, "due": "paid"}).json()
    batch = desk.post("/voucher-batches", {"plan": plan, "size": 1}).json()
    cards = desk.post("/card-batches", {"size": 1}).json()["batch"]["id"]
    profile = desk.post("/profiles", {"name": "Fast"}).json()
    sale = desk.get("/sales").json()["items"][0]["id"]
    with scope.of(hotel.operator.id):
        site = str(hotel.site.uuid)
    return {
        "user": made["user"]["id"], "entitlement": made["entitlement"]["id"], "plan": plan, "sale": sale,
        "voucher": batch["codes"][0]["voucher"], "profile": profile["id"], "nas": str(hotel.nas.uuid), "site": site,
        "realm": made["user"]["realm"], "batch": cards,
    }  # fmt: skip


def test_another_operators_ids_are_404_in_every_address(api, strangers):
    described = api.client.get("/api/v1/openapi.json").json()
    wrong, tried = [], 0
    for path, methods in described["paths"].items():
        parts = re.findall(r"{(\w+)}", path)
        if not parts or not set(parts) <= strangers.keys():
            continue
        address = re.sub(r"{(\w+)}", lambda part: strangers[part[1]], path).removeprefix("/api/v1")
        for method in methods.keys() & {"get", "post", "patch", "delete"}:
            body = {} if method in ("post", "patch") else None
            key = {"Idempotency-Key": f"{method} {path}"} if method == "post" else {}
            answer = api.send(method.upper(), address, body, key)
            tried += 1
            # a body that lacks something is refused before anything is looked up
            if answer.status_code not in (404, 422) or (method in ("get", "delete") and answer.status_code != 404):
                wrong.append((method, path, answer.status_code))
    assert wrong == []
    assert tried > 15


@pytest.mark.parametrize("field", ["plan", "realm", "site"])
def test_another_operators_ids_in_a_body_are_unknown(api, strangers, field):
    answer = api.post("/users", {"name": "guest", field: strangers[field]})
    assert answer.status_code == 422, answer.content
    assert field in json.dumps(answer.json())


def test_another_operators_plan_is_not_given(api, cafe, strangers):
    own = api.post("/users", {"plan": str(cafe.plans["1 hour"].uuid)}).json()["user"]["id"]
    assert api.post(f"/users/{own}/entitlements", {"plan": strangers["plan"]}).status_code == 422
