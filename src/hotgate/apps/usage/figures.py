"""What one subscriber did in a number of days, and in as many days before (HN-13, HN-W22)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, Q

from hotgate.apps.subscribers import queries
from hotgate.apps.subscribers.models import Subscriber
from hotgate.apps.usage import daily
from hotgate.apps.usage.models import AccessSession, DailyUsage


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
    rows = {row.day: row for row in _days(subscriber, before, today - timedelta(days=1))}
    rows[today] = _so_far(subscriber, today, daily.bounds(operator, today)[0])
    shown = [first + timedelta(days=n) for n in range(days)]
    earlier = [before + timedelta(days=n) for n in range(days)]
    sold = _sold_since(subscriber, begin_before)
    sold_now = [each for each in sold if each.at >= begin]
    connections, connections_before = _connections(subscriber, begin_before, begin)
    return Figures(
        days=[rows.get(day, Day(day, 0, 0, 0)) for day in shown],
        now=_total([rows[d] for d in shown if d in rows], sold_now, connections),
        before=_total(
            [rows[d] for d in earlier if d in rows], [each for each in sold if each.at < begin], connections_before
        ),
        sold=_by_gateway(sold_now),
    )


def _days(subscriber: Subscriber, first: date, last: date) -> list[Day]:
    rows = DailyUsage.objects.filter(
        subscriber_id=subscriber.id, operator_id=subscriber.operator_id, day__range=(first, last)
    )
    return [Day(*row) for row in rows.values_list("day", "seconds", "octets_in", "octets_out")]


def _so_far(subscriber: Subscriber, today: date, begin: datetime) -> Day:
    with connection.cursor() as cursor:
        cursor.execute(daily.SO_FAR, {"subscriber": subscriber.id, "begin": begin})
        return Day(today, *cursor.fetchone())


def _connections(subscriber: Subscriber, begin_before: datetime, begin: datetime) -> tuple[int, int]:
    """Since `begin`, and between the two."""
    rows = AccessSession.objects.filter(subscriber=subscriber, started_at__gte=begin_before)
    counted = rows.aggregate(now=Count("id", filter=Q(started_at__gte=begin)), all=Count("id"))
    return counted["now"], counted["all"] - counted["now"]


def _sold_since(subscriber: Subscriber, begin: datetime) -> list[_Sold]:
    rows = queries.sales(subscriber).filter(at__gte=begin).order_by("id")
    return [_Sold(*row) for row in rows.values_list("at", "nas_id", "nas__name", "price_minor")]


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
