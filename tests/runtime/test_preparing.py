"""What happens before the servers start, on a database that serves already."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from hotgate.runtime import preparing

SECONDS = 20.0


@pytest.mark.django_db(transaction=True)
def test_G23_a_migration_that_met_a_server_in_a_deadlock_is_begun_again(connect: Callable[..., Any]) -> None:
    tries: list[str] = []
    server = connect("aaa")
    server.execute("SELECT FROM nas LIMIT 1")

    def serve() -> None:
        while not server.execute("SELECT FROM pg_locks WHERE relation = 'nas'::regclass AND NOT granted").fetchall():
            time.sleep(0.01)
        server.execute("SELECT FROM access_session LIMIT 1")
        server.commit()

    def migrate() -> None:
        tries.append("begun")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE access_session")
            cursor.execute("LOCK TABLE nas")
        tries.append("done")

    serving = threading.Thread(target=serve, daemon=True)
    serving.start()
    preparing.begun_again(migrate)
    serving.join(SECONDS)
    assert (tries, serving.is_alive()) == (["begun", "begun", "done"], False)


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_is_wrong_is_not_tried_again() -> None:
    tries: list[str] = []

    def migrate() -> None:
        tries.append("begun")
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE nobody_knows_this ADD COLUMN it integer")

    with pytest.raises(DatabaseError) as refused:
        preparing.begun_again(migrate)
    assert isinstance(refused.value.__cause__, psycopg.errors.UndefinedTable)
    assert tries == ["begun"]
