"""The database that tests get: one per worker, with the rights of each role."""

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

Connect = Callable[..., psycopg.Connection[Any]]


@pytest.mark.django_db
def test_django_works_on_this_workers_database(database_url: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert f"/{cursor.fetchone()[0]}?" in database_url


def test_psycopg_works_there_too(connect: Connect) -> None:
    with connect("owner") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
