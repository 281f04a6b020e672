"""The audit's lock goes with the commit, and whoever asked hears of it when the disk has everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction

from hotgate.apps.core import scope
from hotgate.apps.operators.audit import record_audit
from world import NOON, World, make


@pytest.fixture
def open_world(transactional_db: None) -> World:
    return make()


def note(world: World) -> None:
    scope.limit_to([world.operator.id])
    record_audit(by=world.by, now=NOON, operator_id=world.operator.id, verb="noted", object_kind="site")


def test_what_was_written_is_on_disk_when_the_transaction_is_over(open_world: World) -> None:
    with transaction.atomic():
        note(open_world)
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('synchronous_commit'), pg_current_wal_insert_lsn()")
            waits, written = cursor.fetchone()
    assert waits == "off"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('synchronous_commit'), pg_current_wal_flush_lsn() > %s", [written])
        assert cursor.fetchone() == ("on", True)


def test_what_failed_or_wrote_no_audit_waits_for_nothing(open_world: World) -> None:
    with transaction.atomic():
        note(open_world)
        transaction.set_rollback(True)
    assert not connection.releases_early
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('synchronous_commit')")
        assert cursor.fetchone() == ("on",)


def test_a_kept_connection_is_looked_at_and_not_asked(open_world: World, connect: Callable[..., Any]) -> None:
    connection.ensure_connection()
    kept = connection.connection
    connection.close_at, connection.health_check_enabled, connection.health_check_done = None, True, False
    connection.close_if_health_check_failed()
    assert connection.connection is kept
    pid = kept.info.backend_pid
    connect("owner").execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    connection.health_check_done = False
    connection.close_if_health_check_failed()
    assert connection.connection is None
    with pytest.raises(psycopg.OperationalError):
        kept.execute("SELECT 1")
