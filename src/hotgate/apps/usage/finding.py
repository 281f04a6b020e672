"""Sessions by what staff type about one. Each way has an index, so that what nobody had is not looked for in all."""

from __future__ import annotations

import re
from ipaddress import ip_address

from django.db import connection
from django.db.models import Q, QuerySet

from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers import searching
from hotgate.apps.usage import queries
from hotgate.apps.usage.models import AccessSession
from hotgate.domain import people, stations

FOUND_MAX = 1000  # sessions that are named one by one
STATIONS_MAX = 1000  # access points with their networks; an operator of more has Wi-Fi among its newest sessions
FEW_STATIONS = 20
PART_OF_MAC = re.compile("[0-9A-F-]+")
# One step of the index for each, however many sessions they have.
STATIONS = f"""
WITH RECURSIVE station (name) AS (
  (SELECT called_station FROM access_session
    WHERE operator_id = %(operator)s AND called_station ~ '{stations.RADIO}' ORDER BY called_station LIMIT 1)
  UNION ALL
  SELECT (SELECT s.called_station FROM access_session s
           WHERE s.operator_id = %(operator)s AND s.called_station ~ '{stations.RADIO}'
             AND s.called_station > station.name ORDER BY s.called_station LIMIT 1)
    FROM station WHERE name IS NOT NULL
)
SELECT name FROM station WHERE name IS NOT NULL LIMIT %(most)s
"""
PEOPLE_MAX = 1000  # users; a beginning that more share is found among the newest sessions soon enough


def told_by(operator: Operator, text: str) -> Q:
    """An address or an id is looked for as a whole; a name by its beginning."""
    mac = people.mac_address(text)
    if mac:
        return Q(mac=mac)
    try:
        return Q(framed_ip=str(ip_address(text)))
    except ValueError:
        return _named(operator, text)


def _named(operator: Operator, text: str) -> Q:
    people_ids = searching.few_named(operator, text, PEOPLE_MAX + 1)
    if len(people_ids) > PEOPLE_MAX:
        return Q(user_name__istartswith=text)
    with_id = queries.with_session_id(operator, text).values_list("id", flat=True)[:FOUND_MAX]
    return Q(id__in=[*with_id, *_of_nobody(operator, text)]) | Q(subscriber_id__in=people_ids)


def on_the_air(operator: Operator, rows: QuerySet[AccessSession]) -> QuerySet[AccessSession]:
    """Those of the Wi-Fi log (HN-30). Few access points are named, so that nobody walks through all sessions."""
    rows = rows.filter(called_station__regex=stations.RADIO)
    known = _stations(operator, FEW_STATIONS + 1)
    return rows if len(known) > FEW_STATIONS else rows.filter(called_station__in=known)


def heard_at(operator: Operator, text: str) -> Q:
    """Those at access points whose address begins so, however it and the text are written.

    Which points there are is read from an index, so that a beginning that none has is not looked for in all sessions.
    """
    beginning = people.mac_address(text) or text.upper()
    if not PART_OF_MAC.fullmatch(beginning):
        return Q(pk__in=[])
    known = _stations(operator, STATIONS_MAX + 1)
    if len(known) > STATIONS_MAX:
        return Q(called_station__istartswith=beginning)
    return Q(called_station__in=[each for each in known if _begins(each, beginning)])


def _begins(called_station: str, beginning: str) -> bool:
    return called_station.upper().startswith(beginning) or stations.station_of(called_station).mac.startswith(beginning)


def _stations(operator: Operator, most: int) -> list[str]:
    """What its radios call themselves, as it is kept."""
    with connection.cursor() as cursor:
        cursor.execute(STATIONS, {"operator": operator.id, "most": most})
        return [name for (name,) in cursor.fetchall()]


def _of_nobody(operator: Operator, text: str) -> list[int]:
    """What a NAS reported under a name that no user had then: few, and an index holds just these."""
    rows = AccessSession.objects.filter(operator=operator, subscriber__isnull=True, user_name__istartswith=text)
    return list(rows.order_by("-started_at", "-id").values_list("id", flat=True)[:FOUND_MAX])
