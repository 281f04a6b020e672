"""What each subscriber used on each day of its operator's calendar, rolled up from the counters of the sessions.

A page then reads a row per day, however many records came. Rolling a day up again gives the same rows: late records
change what they belong to, and nothing is added twice.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from hotgate.apps.operators.models import Operator

DAYS_AGAIN = 7  # so far back records still come in: see `aaa.translate.event_time`

# Of each session that spoke on the day: its last counters that day, less those it had before.
ROLL_UP = """
WITH last AS (
  SELECT DISTINCT ON (session_id) session_id, subscriber_id, seconds, octets_in, octets_out
    FROM usage WHERE operator_id = %(operator)s AND event_at >= %(begin)s AND event_at < %(end)s
   ORDER BY session_id, event_at DESC
), of_day AS (
  SELECT coalesce(s.subscriber_id, l.subscriber_id) AS subscriber_id,
         greatest(l.seconds - coalesce(b.seconds, 0), 0) AS seconds,
         greatest(l.octets_in - coalesce(b.octets_in, 0), 0) AS octets_in,
         greatest(l.octets_out - coalesce(b.octets_out, 0), 0) AS octets_out
    FROM last l
    LEFT JOIN access_session s ON s.id = l.session_id
    LEFT JOIN LATERAL (
      SELECT u.seconds, u.octets_in, u.octets_out FROM usage u
       WHERE u.session_id = l.session_id AND u.event_at < %(begin)s AND u.event_at >= s.started_at
         AND s.started_at < %(begin)s
       ORDER BY u.event_at DESC LIMIT 1) b ON true
)
INSERT INTO daily_usage AS old (subscriber_id, day, operator_id, seconds, octets_in, octets_out)
SELECT subscriber_id, %(day)s, %(operator)s, sum(seconds), sum(octets_in), sum(octets_out)
  FROM of_day WHERE subscriber_id IS NOT NULL GROUP BY subscriber_id
ON CONFLICT (subscriber_id, day) DO UPDATE
   SET seconds = excluded.seconds, octets_in = excluded.octets_in, octets_out = excluded.octets_out
"""

# The same of one subscriber for a day that is not over: what its sessions say now, less what those that ran before had
# by then. That is asked for where there are any, and with both ends as values: to plan for each day there is took
# longer than to read one of them.
SO_FAR = """
SELECT id, seconds, octets_in, octets_out, started_at < %(today)s FROM access_session
 WHERE subscriber_id = %(subscriber)s AND last_event_at >= %(today)s
   AND started_at >= %(today)s::timestamptz - interval '400 days'
"""
BEFORE = """
SELECT DISTINCT ON (session_id) seconds, octets_in, octets_out FROM usage
 WHERE session_id = ANY (%(sessions)s) AND event_at < %(today)s AND event_at >= %(week_before)s
 ORDER BY session_id, event_at DESC
"""


def roll_up(operator: Operator, day: date) -> int:
    """Write the day's rows; how many. Nothing is audited: no person acts, and nothing is lost."""
    begin, end = bounds(operator, day)
    with connection.cursor() as cursor:
        cursor.execute(ROLL_UP, {"operator": operator.id, "day": day, "begin": begin, "end": end})
        return int(cursor.rowcount)


def roll_up_recent(operator: Operator, now: datetime, days: int = DAYS_AGAIN) -> None:
    today = now.astimezone(ZoneInfo(operator.time_zone)).date()
    for back in range(days):
        roll_up(operator, today - timedelta(days=back))


def bounds(operator: Operator, day: date) -> tuple[datetime, datetime]:
    """When the day begins and ends where the operator is: 23 to 25 hours."""
    zone = ZoneInfo(operator.time_zone)
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)
