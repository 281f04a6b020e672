"""Where sessions were on the air: their log with its causes, the last access point, and how many at each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from hotgate.apps.network.models import AccessPoint
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers.models import Subscriber
from hotgate.apps.usage import controllers
from hotgate.apps.usage.models import BY_STAFF, LOST, RUNNING, AccessSession, Association, SessionOrder
from hotgate.domain import causes, people, stations
from hotgate.domain.accounting import OrderKind

was_lost, was_ended_by_staff, is_running = LOST, BY_STAFF, RUNNING  # conditions


def connections(operator: Operator) -> QuerySet[AccessSession]:
    return AccessSession.objects.filter(operator=operator).select_related("nas", "subscriber")


def on_the_air(rows: QuerySet[AccessSession]) -> QuerySet[AccessSession]:
    """Those whose NAS names the radio's network behind the access point's address (HN-30)."""
    return rows.filter(called_station__regex=stations.RADIO)


def causes_of(sessions: Iterable[AccessSession]) -> dict[int, str]:
    """By session id, in English, to be translated (HN-26)."""
    found = list(sessions)
    ordered = dict(
        SessionOrder.objects.filter(
            session_id__in=[each.id for each in found], kind=str(OrderKind.DISCONNECT), settled_at__isnull=False
        )
        .exclude(outcome__in=("refused", "not_possible"))
        .values_list("session_id", "reason")
    )
    return {
        each.id: causes.cause_of(
            is_over=each.stopped_at is not None,
            terminate_cause=each.terminate_cause,
            close_reason=each.close_reason,
            ordered=ordered.get(each.id),
        )
        for each in found
    }


class Seen(NamedTuple):
    """Somebody's last connection over the air, or at least at a gateway."""

    session: AccessSession
    station: stations.Station
    point: AccessPoint | None  # the access point; else the gateway, where that is placed


def last_of(subscriber: Subscriber) -> Seen | None:
    rows = AccessSession.objects.filter(subscriber=subscriber).select_related("nas").order_by("-started_at", "-id")
    session = on_the_air(rows).first() or rows.first()
    if session is None:
        return None
    told = controllers.latest_of(subscriber)
    roamed = told is not None and told.began_at >= session.started_at
    return seen_in(session, told if roamed else None)


def seen_in(session: AccessSession, told: Association | None = None) -> Seen:
    """Where this session was; `told`: where a controller says that its device roamed to."""
    station = stations.station_of(session.called_station)
    if told is not None:
        station = stations.Station(people.mac_address(str(told.access_point)) or "", told.network)
    return Seen(session, station, _point_of(session, station))


def _point_of(session: AccessSession, station: stations.Station) -> AccessPoint | None:
    where = Q(nas_id=session.nas_id)
    if station.mac:
        where |= Q(mac=station.mac)
    rows = AccessPoint.objects.filter(where, operator_id=session.operator_id).select_related("plan", "site")
    return max(rows.defer("plan__picture"), key=lambda row: row.mac is not None, default=None)


class Density(NamedTuple):
    connections: Counter[int]  # access point's id → sessions in the period
    online: Counter[int]


def density(operator: Operator, points: Iterable[AccessPoint], since: datetime) -> Density:
    """What began since then or still runs. A session without a known radio counts at its gateway.

    Where a controller tells of more at a radio than sessions name it, since devices roam, its number counts.
    """
    placed = list(points)
    by_mac = {people.mac_address(str(each.mac)): each.id for each in placed if each.mac}
    by_nas = {each.nas_id: each.id for each in placed if each.nas_id}
    told = Density(Counter(), Counter())
    for called_station, nas_id, count, online in _grouped(operator, since):
        point = by_mac.get(stations.station_of(called_station).mac) or by_nas.get(nas_id)
        if point is not None:
            told.connections[point] += count
            told.online[point] += online
    for mac, count, online in controllers.at_radios(operator, since):
        if (point := by_mac.get(mac)) is not None:
            told.connections[point] = max(told.connections[point], count)
            told.online[point] = max(told.online[point], online)
    return told


def _grouped(operator: Operator, since: datetime) -> Iterable[tuple[str, int, int, int]]:
    """Called-Station-Id, NAS, how many, how many of them run."""
    rows = AccessSession.objects.filter(operator=operator, started_at__gte=since).values("called_station", "nas_id")
    counted = rows.annotate(all=Count("id"), online=Count("id", filter=Q(stopped_at__isnull=True)))
    return counted.values_list("called_station", "nas_id", "all", "online")
