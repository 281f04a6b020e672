"""The second wall: what the database itself refuses, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

import everything
from hotgate.apps.core import scope
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers.models import Subscriber
from world import World

pytestmark = pytest.mark.django_db

ROLES = ("hotgate_aaa", "hotgate_web", "hotgate_worker")
# rows that may belong to no operator are seen in the platform's scope
SECRETS = {
    "nas_secret": ("sealed", "previous_sealed"),
    "credential_secret": ("pap_digest", "sealed"),
    "ready_login": ("pap_digest", "sealed"),
}


def rows(statement: str, *values: object) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def tenant_tables() -> list[tuple[str, str]]:
    """(table, the column that says whose a row is), for every table there is; partitions belong to their parents."""
    found = rows(
        """
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'operator_id'
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
           AND NOT a.attisdropped ORDER BY 1
        """
    )
    return [("operator", "id"), *((str(name), "operator_id") for (name,) in found)]


@contextmanager
def role(name: str) -> Iterator[None]:
    rows_of_nothing(f"SET ROLE {name}")
    try:
        yield
    finally:
        rows_of_nothing("RESET ROLE")


def rows_of_nothing(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def refused_by_database(statement: str, *values: object) -> str:
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        rows(statement, *values)
    return str(caught.value)


def owners_seen(table: str, column: str) -> set[object]:
    """By a read of columns that are nobody's secret."""
    return {owner for (owner,) in rows(f"SELECT {column} FROM {table}")}


def test_every_table_of_operators_forces_row_security(db: None) -> None:
    open_ones = rows(
        "SELECT relname FROM pg_class WHERE relname = ANY (%s) AND NOT (relrowsecurity AND relforcerowsecurity)",
        [table for table, _ in tenant_tables()],
    )
    assert open_ones == []


@pytest.mark.parametrize("name", ROLES)
def test_no_role_passes_by_row_security(db: None, name: str) -> None:
    found = rows("SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = %s", name)
    assert found == [(False, False, False)]


@pytest.mark.parametrize("name", ["hotgate_web", "hotgate_worker"])
def test_G14_without_a_scope_no_row_of_any_table_is_seen(world: World, name: str) -> None:
    everything.fill(world)
    scope.limit_to([])
    with role(name):
        seen = {table: owners_seen(table, column) for table, column in tenant_tables()}
    assert {table: owners for table, owners in seen.items() if owners} == {}


@pytest.mark.parametrize("name", ["hotgate_web", "hotgate_worker"])
def test_G14_an_operators_scope_sees_its_rows_and_nobody_elses(world: World, name: str) -> None:
    everything.fill(world)
    mine, tables = world.operator.id, tenant_tables()
    unfilled = [t for t, column in tables if not {mine, world.other_operator.id} <= owners_seen(t, column)]
    assert unfilled == [], "a new table: write a row of it in everything.py"
    scope.limit_to([mine])
    with role(name):
        seen = {table: owners_seen(table, column) for table, column in tables}
    assert seen == {table: {mine} for table, _ in tables}


def test_G14_the_web_can_not_write_into_another_operator(world: World) -> None:
    scope.limit_to([world.operator.id])
    with role("hotgate_web"):
        said = refused_by_database(
            "INSERT INTO realm (uuid, operator_id, name) VALUES (gen_random_uuid(), %s, 'x')", world.other_operator.id
        )
        assert "row-level security" in said
        assert Operator.objects.filter(id=world.other_operator.id).update(name="mine") == 0


def test_no_row_points_across_operators(world: World) -> None:
    nas = world.nas()
    said = refused_by_database("UPDATE nas SET site_id = %s WHERE id = %s", world.other_site.id, nas.id)
    assert "nas_site_id" in said


POINTS = {
    "nas": ("nas_id", "SELECT min(id) FROM nas WHERE operator_id = %s"),
    "subscriber": ("subscriber_id", "SELECT min(id) FROM subscriber WHERE operator_id = %s"),
    "entitlement": ("entitlement_id", "SELECT min(id) FROM entitlement WHERE operator_id = %s"),
}


def bare(world: World) -> dict[str, int]:
    """Rows that nothing names but the session that will."""
    guest, nas = world.guest("late"), world.nas("192.0.2.9")
    rows_of_nothing(f"DELETE FROM nas_secret WHERE nas_id = {nas.id}")
    return {
        "nas": nas.id,
        "subscriber": Subscriber.objects.create(operator=world.operator, realm_id=guest.realm_id, name="bare").id,
        "entitlement": world.entitlement(guest, world.plan(name="late")).id,
    }


MOVE = "UPDATE access_session SET acct_session_id = 'moved', {} WHERE operator_id = %s"
BEGIN = """
    INSERT INTO access_session (uuid, operator_id, nas_id, acct_session_id, started_at, last_event_at, last_heard_at,
                                subscriber_id, entitlement_id)
    SELECT gen_random_uuid(), operator_id, {nas}, 'other', now(), now(), now(), {subscriber}, {entitlement}
      FROM access_session WHERE operator_id = %s"""


@pytest.mark.parametrize("table", POINTS)
def test_no_session_points_across_operators_nor_at_nothing(world: World, table: str) -> None:
    """Neither as it begins nor afterwards; and what a session names can't be deleted."""
    everything.fill(world)
    mine, other = world.operator.id, world.other_operator.id
    column, of_operator = POINTS[table]
    its_own = bare(world)[table]
    rows_of_nothing(f"UPDATE access_session SET {column} = {its_own} WHERE operator_id = {mine}")
    for stranger in (*rows(of_operator, other)[0], 1 << 60):
        said = refused_by_database(MOVE.format(f"{column} = {stranger}"), mine)
        assert "another operator's" in said
        given = {"nas": "nas_id", "subscriber": "NULL", "entitlement": "NULL"} | {table: str(stranger)}
        assert "another operator's" in refused_by_database(BEGIN.format(**given), mine)
    assert "sessions name this row" in refused_by_database(f"DELETE FROM {table} WHERE id = %s", its_own)


@pytest.mark.parametrize("name", ["hotgate_web", "hotgate_worker"])
@pytest.mark.parametrize(("table", "column"), [(t, c) for t, columns in SECRETS.items() for c in columns])
def test_neither_web_nor_worker_can_read_a_secret(world: World, name: str, table: str, column: str) -> None:
    with role(name):
        for statement in (
            f"SELECT {column} FROM {table}",
            f"SELECT 1 FROM {table} WHERE {column} IS NULL",
            f"UPDATE {table} SET {column} = 'x' RETURNING {column}",
        ):
            assert "permission denied" in refused_by_database(statement)


@pytest.mark.parametrize("table", ["audit_entry", "voucher_batch", "staff", "site", "plan"])
def test_the_aaa_server_writes_only_what_is_its_own(world: World, table: str) -> None:
    with role("hotgate_aaa"):
        assert "permission denied" in refused_by_database(f"DELETE FROM {table}")


def test_the_aaa_server_serves_every_operator_and_reads_sealed_secrets(world: World) -> None:
    everything.fill(world)
    scope.limit_to([])
    with role("hotgate_aaa"):
        assert {world.operator.id, world.other_operator.id} <= owners_seen("nas_secret", "operator_id")
        assert rows("SELECT sealed FROM credential_secret")


@pytest.mark.parametrize("name", ROLES)
def test_nobody_reaches_a_partition_past_its_table(db: None, name: str) -> None:
    with role(name):
        assert "permission denied" in refused_by_database("SELECT * FROM usage_default")


def test_rows_of_nobody_are_the_platforms(world: World) -> None:
    rows_of_nothing("INSERT INTO login_attempt (at, outcome, source) VALUES (now(), 'dropped', '203.0.113.9')")
    with role("hotgate_worker"):
        scope.limit_to([world.operator.id])
        assert None not in owners_seen("login_attempt", "operator_id")
        scope.limit_to([scope.PLATFORM])
        assert None in owners_seen("login_attempt", "operator_id")


def test_a_scope_ends_with_its_transaction(world: World) -> None:
    with pytest.raises(transaction.TransactionManagementError):
        _outside_of_a_transaction()


def _outside_of_a_transaction() -> None:
    before = connection.in_atomic_block
    connection.in_atomic_block = False
    try:
        scope.limit_to([1])
    finally:
        connection.in_atomic_block = before
