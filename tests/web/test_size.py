"""A large operator: no page of the console reads a table from end to end, as the web's own role sees them."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hotgate.apps.core import scope

ROWS = 20_000
TABLES = {"subscriber", "access_session", "voucher_batch", "voucher", "login_attempt", "transfer"}

PEOPLE = """
INSERT INTO subscriber (uuid, operator_id, realm_id, name, display_name, phone, created_at)
SELECT gen_random_uuid(), %(operator)s, (SELECT min(id) FROM realm WHERE operator_id = %(operator)s),
       'user' || md5(n::text), 'Person ' || n, '+39' || n, now() - n * interval '1 minute'
  FROM generate_series(1, %(rows)s) AS n
"""
SESSIONS = """
INSERT INTO access_session (uuid, operator_id, nas_id, acct_session_id, started_at, last_event_at, last_heard_at,
                            stopped_at)
SELECT gen_random_uuid(), %(operator)s, %(nas)s, 's' || n, now() - n * interval '1 minute', now(), now(),
       CASE WHEN n %% 50 > 0 THEN now() END
  FROM generate_series(1, %(rows)s) AS n
"""
BATCHES = """
INSERT INTO voucher_batch (uuid, operator_id, plan_id, size, mode, state, length, charset, confirmed_at)
SELECT gen_random_uuid(), %(operator)s, %(plan)s, 1, 'login', 'confirmed', 10, 'clear',
       now() - n * interval '10 minutes'
  FROM generate_series(1, %(rows)s) AS n
"""
ATTEMPTS = """
INSERT INTO login_attempt (at, operator_id, outcome)
SELECT now() - n * interval '1 minute', %(operator)s, 'accepted' FROM generate_series(1, %(rows)s) AS n
"""


@pytest.fixture
def crowded(cafe):
    from hotgate.apps.subscribers.services import default_realm

    values = {"operator": cafe.operator.id, "nas": cafe.nas.id, "plan": cafe.plans["1 hour"].id, "rows": ROWS}
    with scope.of(cafe.operator.id), connection.cursor() as cursor:
        default_realm(cafe.operator)
        for statement in (PEOPLE, SESSIONS, BATCHES, ATTEMPTS):
            cursor.execute(statement, values)
        for table in ("subscriber", "access_session", "voucher_batch", "login_attempt"):
            cursor.execute(f"ANALYZE {table}")
    return cafe


def nodes(plan):
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each)


def plans_of(queries):
    """(statement, how it was run)."""
    for query in queries:
        if query["sql"].startswith("SELECT") and any(f'"{table}"' in query["sql"] for table in TABLES):
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + query["sql"].replace("%", "%%"), ())
                [found] = cursor.fetchone()
            yield query["sql"], (json.loads(found) if isinstance(found, str) else found)[0]


def read_whole(queries):
    """Tables that a statement reads from end to end."""
    return [
        (node["Relation Name"], statement)
        for statement, plan in plans_of(queries)
        for node in nodes(plan["Plan"])
        if node["Node Type"] == "Seq Scan" and node["Actual Rows"] + node.get("Rows Removed by Filter", 0) > ROWS / 10
    ]


ADDRESSES = (
    "/users/", "/users/?sort=name", "/users/?sort=-name&show=people", "/users/?q=c4ca4238a0b9", "/users/?q=Person+9999",
    "/users/?q=nobody+here", "/users/?q=s", "/sessions/", "/attempts/", "/",
)  # fmt: skip


def test_a_page_reads_what_it_shows(crowded, sign_in):
    client = sign_in("manager")
    for address in ADDRESSES:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        with scope.of(crowded.operator.id):
            assert read_whole(captured.captured_queries) == []
    far_behind(crowded, client)


def far_behind(crowded, client):
    """A page near the end begins where it begins."""
    from hotgate.apps.subscribers.models import Subscriber
    from hotgate.web.shared import listing

    with scope.of(crowded.operator.id):
        row = Subscriber.objects.filter(operator=crowded.operator).order_by("-created_at")[ROWS - 200]
    with CaptureQueriesContext(connection) as captured:
        client.get(f"/users/?sort=-since&after={listing._mark(row.created_at, row.id)}")
    with scope.of(crowded.operator.id):
        [plan] = [plan for sql, plan in plans_of(captured.captured_queries) if "LIMIT 51" in sql]
    assert max(node.get("Rows Removed by Filter", 0) for node in nodes(plan["Plan"])) < 100


def test_the_search_finds_any_part_however_it_is_written(cafe, sign_in):
    from hotgate.apps.subscribers import services
    from web import office

    with scope.of(cafe.operator.id):
        for name, more in (
            ("maria", {"display_name": "Maria Rossi", "phone": "+39 333"}),
            ("per%cent", {"email": "a_b@example.org"}),
        ):
            services.register_subscriber(
                by=office.BY, now=office.now(), operator=cafe.operator, name=name, password="long enough", **more
            )
    client = sign_in()

    def names(text):
        return {row.name for row in client.get("/users/", {"q": text}).context["listing"].rows}

    assert names("ROSS") == names("ri") == names("39 333") == {"maria"}
    assert names("%") == names("_B@") == {"per%cent"}
    assert names("\\") == names("mariaMaria") == names("Rossi+39") == set()


def test_the_search_finds_nobody_of_another_operator(cafe, hotel, sign_in):
    from hotgate.apps.subscribers import services
    from web import office

    with scope.of(hotel.operator.id):
        services.register_subscriber(
            by=office.BY, now=office.now(), operator=hotel.operator, name="stranger", password="long enough"
        )
    sign_in()
    with scope.of(cafe.operator.id), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM found_subscribers('strange')")
        assert cursor.fetchone() == (0,)
        scope.limit_to([hotel.operator.id])
        cursor.execute("SELECT count(*) FROM found_subscribers('strange')")
        assert cursor.fetchone() == (1,)
