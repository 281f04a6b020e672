"""A request of a program goes past what only pages need, and keeps what guards it."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from api.program import problem
from hotgate.apps.core import scope
from hotgate.apps.operators.models import ApiToken
from hotgate.apps.subscribers.models import Subscriber
from trips import trips
from web.office import now


def test_a_program_has_no_session_and_no_cookie_and_its_answers_are_guarded(api):
    answer = api.get("/users")
    assert answer.status_code == 200
    assert not answer.cookies
    assert not hasattr(answer.wsgi_request, "session")
    assert not hasattr(answer.wsgi_request, "user")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cache-Control"] == "no-store"
    assert int(answer["Content-Length"]) == len(answer.content)


def test_texts_are_in_the_language_asked_for(api):
    def said(wanted):
        answer = api.client.get("/api/v1/users", headers={"Accept-Language": wanted})
        assert "Accept-Language" in answer["Vary"]
        return answer["Content-Language"], answer.json()["detail"]

    language, german = said("xx, de-AT;q=0.9, it;q=0.1")
    assert language == "de"
    assert said("*") == said("") == said("nonsense,,;q=") == ("en", "Send your token as a bearer.")
    assert german != said("en")[1]


def test_a_foreign_host_is_refused(api):
    assert api.client.get("/api/v1/users", headers={"Host": "evil.example"}).status_code == 400


def test_a_guest_is_made_in_one_transaction_without_savepoints(api, cafe):
    body = {"plan": str(cafe.plans["1 hour"].uuid), "due": "paid"}
    api.post("/users", body)  # which notes that the token was used, and opens the accounts
    with CaptureQueriesContext(connection) as captured:
        assert api.post("/users", body).status_code == 201
    texts = [each["sql"] for each in captured.captured_queries]
    # the test itself is a transaction, so that of the request is a savepoint here: the only one
    assert sum(text.startswith("SAVEPOINT") for text in texts) == 1, texts
    assert not [text for text in texts if "SELECT" in text], "all else goes by statements that stay prepared"


def test_a_guest_is_made_in_seven_round_trips(api, cafe):
    """Token and operator; key; plan; what is to be known; all rows; the audit's lock; the audit and the answer."""
    body = {"plan": str(cafe.plans["1 hour"].uuid), "due": "paid"}
    api.post("/users", body)
    savepoints = 2  # of the test, which is a transaction itself
    assert trips(connection.connection, lambda: api.post("/users", body)) == 7 + savepoints


def test_a_refusal_leaves_nothing_but_that_the_token_was_used(api, cafe):
    """The first one of a minute notes it and has a savepoint; those after it take back all of their transaction."""
    assert api.post("/users", {"name": "guest"}).status_code == 201
    with scope.of(cafe.operator.id):
        before = Subscriber.objects.count()
    long_ago = now() - timedelta(days=1)
    for is_first in (True, False):
        with scope.of(cafe.operator.id):
            ApiToken.objects.filter(id=api.token.id).update(last_used_at=long_ago if is_first else now())
        refused = api.post("/users", {"name": "guest", "plan": str(cafe.plans["1 hour"].uuid)}, key="k")
        problem(refused, 409, "name_taken")
        with scope.of(cafe.operator.id):
            assert Subscriber.objects.count() == before
            assert ApiToken.objects.get(id=api.token.id).last_used_at > now() - timedelta(minutes=1)
    # the key was not spent
    assert api.post("/users", {"name": "good"}, key="k").status_code == 201
