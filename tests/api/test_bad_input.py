"""HTML, right-to-left, 10 kB, 10^18 and what is no JSON, in every field: never a 500, always a problem."""

from __future__ import annotations

import json

import pytest

from api.program import ROOT, problem
from hotgate.web.api.urls import description

BAD = {
    "markup": '"><script>alert(1)</script>',
    "right to left": "مقهى الفجر\u202e",
    "10 kB": "x" * 10_000,
    "nul": "a\0b",
    "lone surrogate": "\ud800",
    "emoji": "🦊" * 40,
    "10^18": 10**18,
    "beyond": 10**30,
    "negative": -1,
    "half": 0.5,
    "true": True,
    "null": None,
    "list": [[]],
    "object": {"a": {}},
    "long ago": "0001-01-01T00:00:00+14:00",
    "far away": "9999-12-31T23:59:59-14:00",
    "no zone": "2030-01-01T00:00:00",
}
SCHEMA = json.loads(description())


def bodies():
    """(method, address, schema) of every operation with a body."""
    for path, methods in SCHEMA["paths"].items():
        for method, operation in methods.items():
            if "requestBody" in operation:
                reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
                yield method.upper(), path.removeprefix(ROOT), SCHEMA["components"]["schemas"][reference.split("/")[-1]]


@pytest.mark.parametrize("kind", list(BAD))
def test_no_field_breaks_an_operation(api, places, kind):
    for method, path, schema in bodies():
        for name in schema["properties"]:
            needed = {each: places["required"][each] for each in schema.get("required", [])}
            body = json.dumps(needed | {name: BAD[kind]}).encode()
            answer = api.send(method, path.format(**places), body, {"Idempotency-Key": f"{method}{path}{name}"})
            assert answer.status_code < 500, (method, path, name, answer.content)
            if answer.status_code == 422:
                assert answer.json()["errors"], (method, path, name)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", "x" * 254), ("password", "short"), ("password", "x" * 129), ("email", "not an address"),
     ("language", "<b>"), ("cycles", -1), ("starts_at", "2030-01-01T00:00:00"), ("unknown", 1)],
)  # fmt: skip
def test_what_is_wrong_is_named(api, field, value):
    answer = api.post("/users", {field: value})
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    assert api.get("/users").json()["items"] == []


@pytest.mark.parametrize(
    "octets",
    [b"{", b"\xff\xfe", b"[" * 60_000, b'{"name": NaN}', b'{"cycles": ' + b"9" * 5000 + b"}", b"null x"],
    ids=["cut", "no utf-8", "tower", "NaN", "5000 digits", "tail"],
)
def test_what_is_no_json_is_refused(api, octets):
    problem(api.post("/users", octets), 400, "json_invalid")


@pytest.mark.parametrize("octets", [b"null", b"[]", b"1", b'"x"', b""])
def test_json_that_is_no_object_is_refused(api, octets):
    assert api.post("/users", octets).status_code in (400, 422)


def test_a_body_has_a_limit(api):
    problem(api.post("/users", b"{" + b" " * 64_000 + b"}"), 413, "body_too_large")


def test_other_media_types_and_methods_are_refused(api):
    headers = api.headers() | {"Idempotency-Key": "k"}
    form = api.client.post("/api/v1/users", "name=x", content_type="application/x-www-form-urlencoded", headers=headers)
    problem(form, 415, "not_json")
    wanted = api.client.get("/api/v1/users", headers=api.headers() | {"Accept": "text/html"})
    problem(wanted, 406, "not_acceptable")
    put = api.send("PUT", "/users", {}, {})
    problem(put, 405, "method_not_allowed")
    assert "GET" in put["Allow"]


@pytest.mark.parametrize("path", ["/", "/nothing", "/users/x", "/users/0", "/users/", "/../admin"])
def test_an_address_that_is_none_is_a_problem_too(api, path):
    assert api.get(path).status_code == 404
    assert api.get(path)["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=x", "cursor=" + "0" * 32])
def test_a_page_that_is_none_is_refused(api, query):
    answer = api.client.get(f"/api/v1/users?{query}", headers=api.headers())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


def test_pages_follow_each_other_without_gap_or_repetition(api):
    made = [api.post("/users", {}).json()["user"]["id"] for _each in range(7)]
    seen, cursor = [], None
    while True:
        told = api.get("/users", limit=3, **({"cursor": cursor} if cursor else {})).json()
        seen += [each["id"] for each in told["items"]]
        cursor = told["next"]
        if cursor is None:
            break
    assert seen == made


def test_a_fault_of_ours_is_a_problem_and_changes_nothing(api, monkeypatch):
    from hotgate.web.api.v1 import user_shapes

    monkeypatch.setattr(user_shapes, "new_user", lambda _row: 1 / 0)
    problem(api.post("/users", {"name": "mia"}), 500, "our_fault")
    monkeypatch.undo()
    assert api.get("/users").json()["items"] == []


def test_an_answer_is_kept_by_nobody(api):
    assert api.get("/users")["Cache-Control"] == "no-store"
