"""What one subscriber did in a number of days, and in as many days before (HN-13, HN-W22)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection

from hotgate.apps.subscribers import queries
from hotgate.apps.subscribers.models import Subscriber
from hotgate.apps.usage import daily

DAYS = """
SELECT day, seconds, octets_in, octets_out FROM daily_usage
 WHERE subscriber_id = %(subscriber)s AND operator_id = %(operator)s AND day >= %(first)s AND day < %(last)s
"""
CONNECTIONS = """
SELECT count(*) FILTER (WHERE started_at >= %(begin)s), count(*)
  FROM access_session WHERE subscriber_id = %(subscriber)s AND started_at >= %(before)s
"""
SOLD = f"""
SELECT sale.at, sale.nas_id, nas.name, sale.price_minor FROM sale LEFT JOIN nas ON nas.id = sale.nas_id
 WHERE sale.id IN ({queries.SALES_OF}) AND sale.at >= %(before)s ORDER BY sale.id
"""


class Day(NamedTuple):
    day: date
    seconds: int
    octets_in: int
    octets_out: int


class Total(NamedTuple):
    connections: int
    seconds: int
    octets_in: int
    octets_out: int
    sales: int
    sold_minor: int


class SoldAt(NamedTuple):
    nas_id: int | None
    name: str
    number: int  # of sales
    amount_minor: int


class _Sold(NamedTuple):
    at: datetime
    nas_id: int | None
    nas: str | None
    price_minor: int


class Figures(NamedTuple):
    days: list[Day]  # oldest first, today last
    now: Total
    before: Total  # the equally long period before
    sold: list[SoldAt]  # by gateway (HN-A1), the most first


def figures(subscriber: Subscriber, days: int, now: datetime) -> Figures:
    """Of the last `days` days of the operator's calendar, today included."""
    operator = subscriber.operator
    today = now.astimezone(ZoneInfo(operator.time_zone)).date()
    first, before = today - timedelta(days=days - 1), today - timedelta(days=2 * days - 1)
    begin, begin_before = daily.bounds(operator, first)[0], daily.bounds(operator, before)[0]
    asked = {"subscriber": subscriber.id, "operator": operator.id, "first": before, "last": today}
    asked |= {"before": begin_before, "begin": begin, "today": daily.bounds(operator, today)[0]}
    finished, running, [(connections, both)], sold_rows = _together((DAYS, daily.SO_FAR, CONNECTIONS, SOLD), asked)
    rows = {row[0]: Day(*row) for row in finished} | {today: _so_far(today, running, asked["today"])}
    sold = [_Sold(*row) for row in sold_rows]
    shown = [first + timedelta(days=n) for n in range(days)]
    earlier = [before + timedelta(days=n) for n in range(days)]
    sold_now = [each for each in sold if each.at >= begin]
    return Figures(
        days=[rows.get(day, Day(day, 0, 0, 0)) for day in shown],
        now=_total([rows[d] for d in shown if d in rows], sold_now, connections),
        before=_total(
            [rows[d] for d in earlier if d in rows], [each for each in sold if each.at < begin], both - connections
        ),
        sold=_by_gateway(sold_now),
    )


def _so_far(today: date, running: list[tuple[Any, ...]], begin: datetime) -> Day:
    """`running`: id, seconds, octets in and out until now, and whether it began before the day."""
    sessions = [row[0] for row in running if row[4]]
    asked = {"sessions": sessions, "today": begin, "week_before": begin - timedelta(days=7)}
    before = _together((daily.BEFORE,), asked)[0] if sessions else []
    counters = [[row[1:4] for row in running], before]
    now, then = ([sum(column) for column in zip((0, 0, 0), *rows, strict=True)] for rows in counters)
    return Day(today, *(a - b for a, b in zip(now, then, strict=True)))


def _together(statements: Sequence[str], asked: dict[str, Any]) -> list[list[tuple[Any, ...]]]:
    """The rows of each, in one round trip. To build them took Django longer than PostgreSQL takes to answer."""
    with connection.cursor() as cursor:
        cursor.execute(";".join(statements), asked)
        found = [list(cursor.fetchall())]
        while cursor.nextset():
            found.append(list(cursor.fetchall()))
        return found


def _total(days: list[Day], sold: list[_Sold], connections: int) -> Total:
    return Total(
        connections=connections,
        seconds=sum(day.seconds for day in days),
        octets_in=sum(day.octets_in for day in days),
        octets_out=sum(day.octets_out for day in days),
        sales=len(sold),
        sold_minor=sum(each.price_minor for each in sold),
    )


def _by_gateway(sold: list[_Sold]) -> list[SoldAt]:
    found: dict[int | None, SoldAt] = {}
    for each in sold:
        known = found.get(each.nas_id, SoldAt(each.nas_id, each.nas or "", 0, 0))
        found[each.nas_id] = known._replace(number=known.number + 1, amount_minor=known.amount_minor + each.price_minor)
    return sorted(found.values(), key=lambda each: -each.amount_minor)
