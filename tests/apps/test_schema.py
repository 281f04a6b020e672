"""The tables themselves: complete migrations, days of their own, and updates that stay on their page."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

import everything
import world as worlds
from hotgate.apps.core import ids, partitions

pytestmark = pytest.mark.django_db

TODAY = date(2031, 5, 10)  # far from the days that a running installation makes


def value(statement: str, *values: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def run(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_migrations_say_all_that_the_models_say(db: None) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_a_week_back_and_a_fortnight_ahead_have_a_partition(db: None) -> None:
    assert partitions.ensure(TODAY) == 22 * len(partitions.TABLES)
    assert partitions.ensure(TODAY) == 0
    assert partitions.ensure(TODAY + timedelta(days=1)) == len(partitions.TABLES)


def test_the_worker_makes_them_with_its_own_rights(db: None) -> None:
    run("SET ROLE hotgate_worker")
    try:
        assert partitions.ensure(TODAY) > 0
    finally:
        run("RESET ROLE")


def test_a_row_for_no_day_is_kept_told_and_moved(db: None) -> None:
    moment = datetime(2031, 5, 12, 8, tzinfo=UTC)
    before = partitions.strays().get("login_attempt", 0)
    run("INSERT INTO login_attempt (at, outcome) VALUES (%s, 'accepted')", moment)
    assert partitions.strays()["login_attempt"] == before + 1
    partitions.ensure(TODAY)
    assert partitions.strays().get("login_attempt", 0) == before
    assert value("SELECT tableoid::regclass::text FROM login_attempt WHERE at = %s", moment) == "login_attempt_20310512"


def test_a_frozen_row_that_no_day_held_moves_to_its_day_and_stays_frozen(db: None) -> None:
    moment = datetime(2031, 5, 12, 9, tzinfo=UTC)
    journal = "INSERT INTO packet_journal (at, operator_id, source, packet) VALUES (%s, 1, '192.0.2.1', 'x')"
    run(journal, moment)
    partitions.ensure(TODAY)
    where = value("SELECT tableoid::regclass::text FROM packet_journal WHERE at = %s", moment)
    assert where == "packet_journal_20310512"
    run(journal, datetime(2039, 1, 1, tzinfo=UTC))
    with pytest.raises(IntegrityError), transaction.atomic():
        run("DELETE FROM packet_journal_default")


def test_a_frozen_row_stays_frozen_in_its_partition(db: None) -> None:
    partitions.ensure(TODAY)
    assert value(
        "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'packet_journal_20310510'::regclass AND NOT tgisinternal"
    )


@pytest.mark.parametrize(
    ("table", "change"),
    [
        (
            "access_session",
            "seconds = seconds + 1, octets_in = octets_in + 1, octets_out = octets_out + 1, last_event_at = now(),"
            " last_heard_at = now()",
        ),
        ("access_session", "stopped_at = now(), terminate_cause = 1, close_reason = '', estimated = false"),
        ("entitlement", "used = used + 1, first_used_at = now(), cycle_started_at = now()"),
        ("slot", "slice_used = slice_used + 1"),
        ("ledger_account", "balance_minor = balance_minor + 1"),
        ("session_order", "leased_until = now(), tries = tries + 1"),
    ],
)
def test_what_changes_with_every_packet_is_in_no_index(db: None, table: str, change: str) -> None:
    run("TRUNCATE operator, access_session CASCADE")  # pages that no other test has filled
    world = worlds.make()
    everything.fill(world)
    hot = "SELECT pg_stat_get_xact_tuples_hot_updated(%s::regclass)"
    before = value(hot, table)
    run(f"UPDATE {table} SET {change}")
    assert value(hot, table) - before == value(f"SELECT count(*) FROM {table}")  # type: ignore[operator]


def test_which_sessions_are_open_is_told_apart_from_them(db: None) -> None:
    world = worlds.make()
    everything.fill(world)
    told_by_it = "SELECT count(*) FROM open_session"
    as_they_say = "SELECT count(*) FROM access_session WHERE stopped_at IS NULL"
    for change in ("stopped_at = NULL", "stopped_at = now()", "stopped_at = now()", "stopped_at = NULL"):
        run(f"UPDATE access_session SET {change}")
        assert value(told_by_it) == value(as_they_say)
    assert value(told_by_it)


def test_public_ids_are_ordered_by_time() -> None:
    made = [ids.uuid7() for _ in range(100)]
    assert len(set(made)) == 100
    assert {(own.version, own.variant) for own in made} == {(7, "specified in RFC 4122")}
    assert [own.int >> 80 for own in made] == sorted(own.int >> 80 for own in made)


def test_public_ids_of_very_many_are_in_order_and_of_version_7() -> None:
    made = [uuid.UUID(bytes=own) for own in ids.uuids7(500)]
    assert len(set(made)) == 500
    assert made == sorted(made)
    assert {(own.version, own.variant) for own in made} == {(7, "specified in RFC 4122")}
    assert 0 <= (ids.uuid7().int >> 80) - (made[0].int >> 80) < 60_000
