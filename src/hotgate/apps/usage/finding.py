"""Sessions by what staff type about one. Each way has an index, so that what nobody had is not looked for in all."""

from __future__ import annotations

from ipaddress import ip_address

from django.db.models import Q

from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers import searching
from hotgate.apps.usage import queries
from hotgate.apps.usage.models import AccessSession
from hotgate.domain import people

FOUND_MAX = 1000  # sessions that are named one by one
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


def _of_nobody(operator: Operator, text: str) -> list[int]:
    """What a NAS reported under a name that no user had then: few, and an index holds just these."""
    rows = AccessSession.objects.filter(operator=operator, subscriber__isnull=True, user_name__istartswith=text)
    return list(rows.order_by("-started_at", "-id").values_list("id", flat=True)[:FOUND_MAX])
