"""Tables with a partition per day. A DEFAULT partition catches what no day holds, so no write fails for want of one.

The work is done by SQL functions with the owner's rights (first migration), so that the worker can call them daily.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db import connection

TABLES = ("usage", "login_attempt", "packet_journal")
DAYS_BACK = 7
DAYS_AHEAD = 14


def ensure(today: date) -> int:
    """Make the days from a week back to a fortnight ahead. Returns how many were missing.

    Rows that the DEFAULT partition caught for such a day move into it. Waits at most two seconds for a lock; then
    raises OperationalError, and the next call tries again.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(ensure_partitions(parent, %s, %s)), 0) FROM unnest(%s::text[]) AS parent",
            [today - timedelta(days=DAYS_BACK), today + timedelta(days=DAYS_AHEAD), list(TABLES)],
        )
        return int(cursor.fetchone()[0])


def strays() -> dict[str, int]:
    """Rows in DEFAULT partitions, per table: an alarm when not empty."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT parent, stray_rows(parent) FROM unnest(%s::text[]) AS parent", [list(TABLES)])
        return {table: count for table, count in cursor.fetchall() if count}
