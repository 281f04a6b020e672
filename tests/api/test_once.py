"""One key, one effect (reliability: 30 days), also when a hundred ask at once."""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connection, connections

from api.program import Program, problem, token_for
from hotgate.apps.core import idempotency, scope
from hotgate.apps.core.models import IdempotencyKey
from hotgate.apps.subscribers.models import Entitlement, Subscriber
from hotgate.web.api.v1.api import api as described
from web.office import now

PARALLEL = 100


def test_the_same_key_and_body_get_the_same_answer(api, cafe):
    first = api.post("/users", {"display_name": "Mia", "phone": "1"}, key="check-in 12".replace(" ", "-"))
    again = api.post("/users", b'{"phone": "1",\n "display_name": "Mia"}', key="check-in-12")
    assert (again.status_code, again.content) == (201, first.content)
    assert (first.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")
    assert len(api.get("/users").json()["items"]) == 1


def test_the_same_key_for_something_else_is_refused(api):
    user = api.post("/users", {}, key="k1").json()["user"]["id"]
    problem(api.post("/users", {"name": "other"}, key="k1"), 422, "idempotency_key_reused")
    problem(api.post(f"/users/{user}/hold", {}, key="k1"), 422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["x" * 256, "\u00e9", "a\tb"])
def test_a_strange_key_is_refused(api, key):
    problem(api.post("/users", {}, key=key), 400, "idempotency_key_invalid")


def test_every_post_asks_for_a_key(api, cafe):
    for path, methods in described.get_openapi_schema(path_prefix="")["paths"].items():
        if "post" in methods:
            names = [each["name"] for each in methods["post"]["parameters"]]
            assert "Idempotency-Key" in names, path
    problem(api.post("/users", {}, key=""), 400, "idempotency_key_missing")
    assert api.get("/users").json()["items"] == []


def test_a_refusal_leaves_the_key_free(api, cafe):
    problem(api.post("/users", {"name": "x", "password": "short"}, key="k2"), 422, "subscriber_invalid")
    assert api.post("/users", {"name": "x", "password": "long enough"}, key="k2").status_code == 201


def test_keys_of_two_programs_have_nothing_to_do_with_each_other(program):
    first, second = program(), program()
    assert first.post("/users", {}, key="k").content != second.post("/users", {}, key="k").content


def test_the_answer_is_sealed_and_forgotten_after_30_days(api, cafe):
    made = api.post("/users", {}, key="k3").json()
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    with scope.of(cafe.operator.id):
        row = IdempotencyKey.objects.get(key="k3")
        assert made["credentials"]["password"].encode() not in bytes(row.sealed)
        idempotency.forget_old_answers(now() + timedelta(days=29))
        assert IdempotencyKey.objects.filter(key="k3").exists()
    with scope.of(cafe.operator.id):
        idempotency.forget_old_answers(now() + timedelta(days=31))
    with scope.of(cafe.operator.id):
        assert not IdempotencyKey.objects.filter(key="k3").exists()


@pytest.mark.django_db(transaction=True)
def test_a_hundred_at_once_with_one_key_have_one_effect(transactional_db):
    from web import office

    with scope.of():
        cafe = office.open_cafe()
    secret, key = token_for(cafe).secret, str(uuid.uuid4())
    body = {"plan": str(cafe.plans["1 hour"].uuid), "due": "paid"}
    answers: list[bytes] = []
    gate = threading.Semaphore(20)  # so many connections at once as a web process has threads

    def send() -> None:
        with gate:
            try:
                answer = Program(secret).post("/users", body, key=key)
                answers.append(answer.content if answer.status_code == 201 else str(answer.status_code).encode())
            finally:
                connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(PARALLEL)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), len(set(answers))) == (PARALLEL, 1)
    with scope.of(cafe.operator.id):
        assert (Subscriber.objects.count(), Entitlement.objects.count()) == (1, 1)
