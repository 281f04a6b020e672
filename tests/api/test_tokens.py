"""Who may call: wrong, revoked and narrow tokens, addresses, scopes, roles, other operators."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.db import connection

from api.program import Program, problem
from hotgate.apps.core import scope
from hotgate.apps.operators.actor import COMMAND_LINE as BY
from hotgate.apps.operators.models import ApiToken, AuditEntry
from hotgate.apps.operators.tokens import services
from hotgate.domain.errors import DomainError
from hotgate.web.api.v1.api import api as described
from hotgate.web.shared.authorization import ROLES
from web.office import now

SOMEBODY = "00000000-0000-7000-8000-000000000000"


def test_a_token_is_kept_as_a_hash_only(api, cafe):
    with scope.of(cafe.operator.id), connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(api_token)::text FROM api_token")
        [(row,)] = cursor.fetchall()
    secret = api.secret.removeprefix("hg_").partition("_")[2]
    assert len(secret) == 43
    assert secret not in row


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("", "token_missing"),
        ("Basic YTpi", "token_missing"),
        ("Bearer", "token_missing"),
        ("Bearer x", "token_wrong"),
        ("Bearer hg_0123456789abcdef_" + "A" * 43, "token_wrong"),
        ("Bearer " + "x" * 10_000, "token_wrong"),
        ("Bearer \u00e9\u0000", "token_wrong"),
    ],
)
def test_without_a_right_token_nothing_opens(api, header, code):
    answer = api.client.get("/api/v1/users", headers={"Authorization": header})
    problem(answer, 401, code)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_the_public_half_alone_opens_nothing(api):
    stolen = api.secret[:-1] + ("A" if api.secret[-1] != "A" else "B")
    problem(Program(stolen).get("/users"), 401, "token_wrong")


def test_a_revoked_token_and_an_old_one_open_nothing(program, cafe):
    soon = now() + timedelta(seconds=60)
    mine = program(expires_at=soon)
    assert mine.get("/users").status_code == 200
    with scope.of(cafe.operator.id):
        ApiToken.objects.filter(id=mine.token.id).update(expires_at=now() - timedelta(seconds=1))
    problem(mine.get("/users"), 401, "token_over")
    other = program()
    with scope.of(cafe.operator.id):
        services.revoke_token(by=BY, now=now(), token=other.token)
    problem(other.get("/users"), 401, "token_over")


@pytest.mark.parametrize(("addresses", "status"), [(["127.0.0.0/8"], 200), (["192.0.2.0/24", "::1"], 403)])
def test_a_token_works_from_its_addresses_only(program, addresses, status):
    assert program(addresses=addresses).get("/users").status_code == status


def test_a_token_does_what_it_is_for_and_nothing_else(program):
    reader = program(scopes=["users:read"])
    assert reader.get("/users").status_code == 200
    problem(reader.post("/users", {}), 403, "scope_missing")
    problem(reader.get("/plans"), 403, "scope_missing")
    assert program(scopes=["users:write"]).get("/users").status_code == 200


def operations():
    for path, methods in described.get_openapi_schema(path_prefix="").get("paths", {}).items():
        for method in methods:
            yield method, path


def actions():
    """(method, address, action) of every operation, from the routers themselves."""
    for bound in described._get_bound_routers():
        for path, view in bound.path_operations.items():
            for operation in view.operations:
                [auth] = operation.auth_callbacks
                place = re.sub(r"{uuid\w*:\w+}", SOMEBODY, path).replace("{mac}", "x")
                yield operation.methods[0], place, auth.action


def test_every_operation_names_an_action():
    assert len(list(actions())) == len(list(operations())) > 40


@pytest.mark.parametrize("role", ["owner", "manager", "cashier", "account_editor", "support", "auditor"])
def test_a_role_allows_what_it_allows_at_the_console(program, role):
    mine = program(role)
    for method, path, action in actions():
        answer = mine.send(method, path, None, {"Idempotency-Key": f"{method}{path}"})
        is_refused = answer.status_code == 403 and answer.json()["code"] == "role_missing"
        assert is_refused == (role not in ROLES[action]), (method, path)


def test_another_operators_ids_are_404(program, cafe, hotel):
    mine, theirs = program(office=cafe), program(office=hotel)
    made = theirs.post("/users", {"name": "guest", "plan": str(hotel.plans["1 hour"].uuid)}).json()
    batch = theirs.post("/voucher-batches", {"plan": str(hotel.plans["1 hour"].uuid), "size": 1}).json()
    user, held = made["user"]["id"], made["entitlement"]["id"]
    sale = theirs.get("/sales").json()["items"][0]["id"]
    places = [
        f"/users/{user}", f"/users/{user}/entitlements", f"/users/{user}/devices", f"/users/{user}/usage",
        f"/users/{user}/sessions", f"/entitlements/{held}", f"/vouchers/{batch['codes'][0]['voucher']}",
        f"/plans/{hotel.plans['1 hour'].uuid}", f"/sales/{sale}", f"/nas/{hotel.nas.uuid}",
        f"/sites/{hotel.site.uuid}", f"/profiles/{hotel.plans['1 hour'].profile.uuid}",
    ]  # fmt: skip
    for place in places:
        assert theirs.get(place).status_code == 200, place
        problem(mine.get(place), 404, "not_found")
    acts = [
        f"/users/{user}/hold", f"/users/{user}/release", f"/users/{user}/disconnect", f"/users/{user}/password",
        f"/entitlements/{held}/end", f"/vouchers/{batch['codes'][0]['voucher']}/void", f"/sales/{sale}/settle",
        f"/plans/{hotel.plans['1 hour'].uuid}/retire",
    ]  # fmt: skip
    for place in acts:
        problem(mine.post(place, {}), 404, "not_found")
    problem(mine.delete(f"/users/{user}"), 404, "not_found")
    assert user not in mine.get("/users").content.decode()
    other = {"user": user, "code": batch["codes"][0]["code"]}
    problem(mine.post("/vouchers/redeem", other), 422, "request_invalid")
    body = {"plan": str(hotel.plans["1 hour"].uuid)}
    problem(mine.post("/users", body), 422, "request_invalid")


def test_wrong_tokens_are_throttled_and_a_right_one_is_not(api):
    for number in range(30):
        problem(Program(f"hg_{number:016x}_{'A' * 43}").get("/users"), 401, "token_wrong")
    answer = Program(f"hg_{99:016x}_{'A' * 43}").get("/users")
    problem(answer, 429, "too_many_tries")
    assert int(answer["Retry-After"]) > 0
    assert api.get("/users").status_code == 200


def test_the_last_use_is_noted(api, cafe):
    api.get("/users")
    with scope.of(cafe.operator.id):
        row = ApiToken.objects.get(id=api.token.id)
        assert (row.last_used_ip, now() - row.last_used_at < timedelta(minutes=1)) == ("127.0.0.1", True)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"role": "king"}, "role"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["users:eat"]}, "scopes"),
        ({"addresses": ["300.1.1.1"]}, "addresses"),
        ({"addresses": ["192.0.2.1"] * 51}, "addresses"),
        ({"expires_at": now() - timedelta(days=1)}, "expires_at"),
    ],
)
def test_a_token_that_makes_no_sense_is_not_made(cafe, settings, field):
    given = {"name": "Desk", "role": "manager", "scopes": ["users:read"]} | settings
    with scope.of(cafe.operator.id):
        with pytest.raises(DomainError) as refused:
            services.make_token(by=BY, now=now(), operator=cafe.operator, **given)
        assert refused.value.code == "token_invalid"
        assert field in refused.value.fields
        assert not ApiToken.objects.exists()


def test_making_and_revoking_are_in_the_audit(api, cafe):
    with scope.of(cafe.operator.id):
        services.revoke_token(by=BY, now=now(), token=api.token)
        services.revoke_token(by=BY, now=now(), token=api.token)
        entries = list(AuditEntry.objects.filter(object_kind="api_token").order_by("number"))
    assert [each.verb for each in entries] == ["make_token", "revoke_token"]
    assert api.secret not in json.dumps([each.after for each in entries])
