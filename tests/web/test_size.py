"""A large operator: no page of the console reads a table from end to end, as the web's own role sees them."""

from __future__ import annotations

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hotgate.apps.core import scope

ROWS = 20_000
STATEMENTS_MAX = 32  # of a user's page, with those of the sign-in
TABLES = {"subscriber", "access_session", "voucher_batch", "voucher", "login_attempt", "transfer", "sale"}

PEOPLE = """
INSERT INTO subscriber (uuid, operator_id, realm_id, name, display_name, phone, created_at)
SELECT gen_random_uuid(), %(operator)s, (SELECT min(id) FROM realm WHERE operator_id = %(operator)s),
       'user' || md5(n::text), 'Person ' || n, '+39' || n, now() - n * interval '1 minute'
  FROM generate_series(1, %(rows)s) AS n
"""
SESSIONS = """
INSERT INTO access_session (uuid, operator_id, nas_id, acct_session_id, started_at, last_event_at, last_heard_at,
                            stopped_at, subscriber_id, user_name, terminate_cause, close_reason, called_station)
SELECT gen_random_uuid(), %(operator)s, %(nas)s, 's' || n, now() - n * interval '1 minute', now(), now(),
       CASE WHEN n %% 50 > 0 THEN now() END, own.id, coalesce(own.name, 'stray' || n),
       CASE WHEN n = %(rows)s - 3 THEN 2 WHEN n = %(rows)s - 5 THEN 6 ELSE 1 END,
       CASE WHEN n = %(rows)s - 4 THEN 'lost' ELSE '' END,
       CASE WHEN n = %(rows)s - 7 THEN '0a:11:22:33:44:55:Guests' ELSE 'hotspot1' END
  FROM generate_series(1, %(rows)s) AS n
  LEFT JOIN subscriber own ON own.name = 'user' || md5(n::text) AND n < %(rows)s - 10
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
SALES = """
INSERT INTO sale (uuid, operator_id, reference, subscriber_id, plan_id, nas_id, state, currency, price_minor,
                  cost_minor, chain, at)
SELECT gen_random_uuid(), operator_id, 'voucher:' || id, id, %(plan)s, %(nas)s, 'paid', 'EUR', 250, 0, '[]', now()
  FROM subscriber WHERE operator_id = %(operator)s
"""
BATCH_OF_ONE = """
INSERT INTO voucher_batch (uuid, operator_id, plan_id, size, mode, state, length, charset, confirmed_at)
VALUES (gen_random_uuid(), %(operator)s, %(plan)s, 1, 'login', 'confirmed', 10, 'clear', now()) RETURNING id
"""
CODE_OF = """
INSERT INTO voucher (id, uuid, operator_id, batch_id, plan_id, code_index, code_sealed, shown, sold_at, created_at,
                     state, claimed_at, subscriber_id)
VALUES (%(id)s, gen_random_uuid(), %(operator)s, %(batch)s, %(plan)s, 'x', 'x', 'x', now(), now(),
        'used', now(), %(guest)s)
"""


@pytest.fixture
def crowded(cafe):
    from hotgate.apps.subscribers.services import default_realm

    values = {"operator": cafe.operator.id, "nas": cafe.nas.id, "plan": cafe.plans["1 hour"].id, "rows": ROWS}
    with scope.of(cafe.operator.id), connection.cursor() as cursor:
        default_realm(cafe.operator)
        for statement in (PEOPLE, SESSIONS, BATCHES, ATTEMPTS, SALES):
            cursor.execute(statement, values)
        for table in ("subscriber", "access_session", "voucher_batch", "login_attempt", "sale"):
            cursor.execute(f"ANALYZE {table}")
    return cafe


def nodes(plan):
    yield plan
    for each in plan.get("Plans", ()):
        yield from nodes(each)


def is_read(sql):
    """Django quotes its tables; what is written by hand begins with the table that it walks through."""
    if sql.lstrip().startswith("WITH"):
        return any(f"FROM {table} " in f"{' '.join(sql.split())} " for table in TABLES)
    return sql.startswith("SELECT") and any(f'"{table}"' in sql for table in TABLES)


def plans_of(queries):
    """(statement, how it was run)."""
    for query in queries:
        if is_read(query["sql"]):
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


@pytest.mark.parametrize("part", ["", "?days=90", "sales/"])
def test_the_page_of_one_of_many_users_reads_its_own_rows(crowded, sign_in, part):
    """What a code of its own was sold for among them: its sale names the code."""
    from hotgate.apps.subscribers.models import Subscriber

    with scope.of(crowded.operator.id), connection.cursor() as cursor:
        [code, guest] = Subscriber.objects.filter(operator=crowded.operator).order_by("id")[99:101]
        cursor.execute(BATCH_OF_ONE, {"operator": crowded.operator.id, "plan": crowded.plans["1 hour"].id})
        [batch] = cursor.fetchone()
        values = {"id": code.id, "guest": guest.id, "batch": batch, "plan": crowded.plans["1 hour"].id}
        cursor.execute(CODE_OF, values | {"operator": crowded.operator.id})
        cursor.execute("UPDATE access_session SET subscriber_id = %(guest)s WHERE acct_session_id LIKE 's19__'", values)
    client = sign_in("manager")
    with CaptureQueriesContext(connection) as captured:
        response = client.get(f"/users/{guest.uuid}/{part}")
    assert response.content.decode().count("2.50") >= 2, "its own sale, and that of its code"
    with scope.of(crowded.operator.id):
        assert read_whole(captured.captured_queries) == []
    assert len(captured) <= STATEMENTS_MAX, "as often for a hundred sessions as for one"


def far_behind(crowded, client):
    """A page near the end begins where it begins."""
    from hotgate.apps.subscribers.models import Subscriber
    from hotgate.web.shared import paging

    with scope.of(crowded.operator.id):
        row = Subscriber.objects.filter(operator=crowded.operator).order_by("-created_at")[ROWS - 200]
    with CaptureQueriesContext(connection) as captured:
        client.get(f"/users/?sort=-since&after={paging.mark(row.created_at, row.id)}")
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


VOUCHER_ROWS = 20_000
VOUCHERS = """
WITH made AS (
  INSERT INTO voucher_batch (uuid, operator_id, plan_id, size, made, mode, state, length, charset, confirmed_at, prefix)
  SELECT gen_random_uuid(), %(operator)s, %(plan)s, %(rows)s, %(rows)s, 'login', 'confirmed', 10, 'clear', now(), 'HOT'
  RETURNING id)
INSERT INTO voucher (uuid, operator_id, batch_id, plan_id, code_index, code_sealed, shown, sold_at, created_at,
                     expires_at)
SELECT gen_random_uuid(), %(operator)s, made.id, %(plan)s, sha256(n::text::bytea), 'x',
       'HOT…' || to_char(n, 'FM00000'), now(),
       now() - n * interval '1 minute', CASE WHEN n < %(rows)s - 100 THEN now() - interval '1 hour' END
  FROM made, generate_series(1, %(rows)s) AS n
"""
# every second of those that are over was used up
USED_UP = """
WITH given AS (
  INSERT INTO entitlement (uuid, operator_id, subscriber_id, plan_id, created_at, starts_at, validity_kind, amount,
                           used, first_used_at)
  SELECT gen_random_uuid(), operator_id, id, %(plan)s, created_at, created_at, 'always', 60, 60, created_at
    FROM subscriber WHERE operator_id = %(operator)s AND name LIKE 'user%%'
  RETURNING subscriber_id),
guest AS (SELECT subscriber_id, row_number() OVER () AS n FROM given)
UPDATE voucher SET state = 'used', claimed_at = now(), expires_at = NULL, subscriber_id = guest.subscriber_id
  FROM guest WHERE code_index = sha256((guest.n * 2)::text::bytea) AND guest.n * 2 < %(rows)s - 100
"""


@pytest.fixture
def mostly_over(cafe):
    """20,000 vouchers, of which all but the oldest hundred are over, as the worker has noted."""
    from hotgate.apps.subscribers.services import default_realm
    from hotgate.apps.vouchers import ending
    from web import office

    values = {"operator": cafe.operator.id, "plan": cafe.plans["1 hour"].id, "rows": VOUCHER_ROWS}
    with scope.of(cafe.operator.id), connection.cursor() as cursor:
        default_realm(cafe.operator)
        for statement in (PEOPLE, VOUCHERS, "ANALYZE voucher", USED_UP):
            cursor.execute(statement, values)
        assert ending.note_expired(now=office.now()) > VOUCHER_ROWS / 3
        assert ending.note_over(now=office.now()) > 0
        for table in ("voucher", "voucher_batch", "entitlement", "subscriber"):
            cursor.execute(f"ANALYZE {table}")
    return cafe


def test_hide_expired_does_not_read_what_is_over(mostly_over, sign_in):
    client = sign_in("manager")
    for order in ("", "&sort=since", "&sort=code", "&sort=-code", "&show=begun"):
        with CaptureQueriesContext(connection) as captured:
            shown = client.get(f"/vouchers/?show=left{order}").content.count(b"<tr>")
        with scope.of(mostly_over.operator.id):
            [plan] = [plan for sql, plan in plans_of(captured.captured_queries) if "LIMIT 51" in sql]
        assert shown > 50 or "begun" in order
        assert rows_read(plan["Plan"], "voucher") <= 120, (order, plan)


ALL_VOUCHERS = ("", "sort=since", "sort=code", "sort=-code", "show=begun", "show=begun&sort=since", "q=HO")


def test_a_list_of_all_vouchers_reads_a_page_of_what_is_left_and_a_page_of_what_is_over(mostly_over, sign_in):
    client = sign_in("manager")
    for asked in ALL_VOUCHERS:
        address, found = f"/vouchers/?{asked}", []
        for _page in range(3):
            with CaptureQueriesContext(connection) as captured:
                listing = client.get(address).context["listing"]
            with scope.of(mostly_over.operator.id):
                [plan] = [plan for sql, plan in plans_of(captured.captured_queries) if "UNION ALL" in sql]
            assert rows_read(plan["Plan"], "voucher") <= 120, (asked, plan)
            found += [row.voucher.id for row in listing.rows]
            address = f"/vouchers/{listing.href_next}"
        with scope.of(mostly_over.operator.id):
            assert found == in_plain_order(mostly_over, asked)[:150]


def in_plain_order(cafe, asked):
    """Ids as one statement over the whole table gives them."""
    from hotgate.apps.vouchers.models import Voucher

    rows = Voucher.objects.filter(operator=cafe.operator)
    if "begun" in asked:
        rows = rows.exclude(state="available")
    field = "shown" if "code" in asked or "q=" in asked else "created_at"
    sign = "" if "sort=since" in asked or "sort=code" in asked or "q=" in asked else "-"
    return list(rows.order_by(f"{sign}{field}", f"{sign}id").values_list("id", flat=True))


def test_a_file_of_vouchers_has_them_all_in_the_order_of_the_list(mostly_over, sign_in):
    client = sign_in("manager")
    for asked, is_reversed, count in (
        ("", False, VOUCHER_ROWS),  # the newest has the smallest number
        ("&sort=-code", True, VOUCHER_ROWS),
        ("&show=left&sort=code", False, 101),
    ):
        answer = client.get(f"/vouchers/?export=csv{asked}")
        lines = b"".join(answer.streaming_content).decode().splitlines()[1:]
        codes = [line.split(",")[0].strip('"') for line in lines]
        assert len(codes) == count
        assert codes == sorted(codes, reverse=is_reversed)


def rows_read(plan, table):
    """The most that one node of the plan read of it."""
    looked = [node for node in nodes(plan) if node.get("Relation Name") == table]
    return max((n["Actual Rows"] + n.get("Rows Removed by Filter", 0)) * n["Actual Loops"] for n in looked)


@pytest.mark.parametrize(
    ("asked", "index", "count"),
    [
        ("?show=lost", "access_session_lost", 2),
        ("?show=staff", "access_session_seldom", 1),
        ("?q=stray", "access_session_seldom", 11),
        ("?q=userc4ca4238a0b9", "access_session_of_subscriber", 1),
        ("?q=s19000", "access_session_epoch_unique", 1),
        ("?q=nobodys", "access_session_epoch_unique", 0),
        ("wifi/", "access_session_on_air", 1),
        ("wifi/?q=0A-11-22", "access_session_on_air", 1),
        ("wifi/?q=0a1122334455", "access_session_on_air", 1),
        ("wifi/?q=0B-11", "access_session_on_air", 0),
    ],
)
def test_what_few_sessions_have_is_found_by_its_own_index(crowded, sign_in, asked, index, count):
    client = sign_in("manager")
    with CaptureQueriesContext(connection) as captured:
        response = client.get(f"/log/{asked}")
    assert response.content.decode().partition("<tbody")[2].count("<tr") == count
    with scope.of(crowded.operator.id):
        found = [(sql, plan["Plan"]) for sql, plan in plans_of(captured.captured_queries) if "access_session" in sql]
    looked_at = [node for _sql, plan in found for node in nodes(plan)]
    assert index in {node.get("Index Name") for node in looked_at}, found
    assert sum(node.get("Rows Removed by Filter", 0) for node in looked_at) < 100, found
