"""What wireless controllers tell: which device was at which radio, from when until when (HN-30)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet

from hotgate.apps.core import ids
from hotgate.apps.core.checking import Checking
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers import searching
from hotgate.apps.subscribers.models import Subscriber
from hotgate.apps.usage.models import AccessSession, Association
from hotgate.domain import people
from hotgate.domain.causes import TERMINATE_CAUSES
from hotgate.domain.wording import _

PEOPLE_MAX = 1000
AHEAD_MOST = timedelta(minutes=5)  # of a controller whose clock is fast
# A device joins the radio before its user logs in: whose it is, says the session that runs meanwhile, else whom it logs
# in by itself. A beginning that is told again takes no end away.
SAVE = """
INSERT INTO association (uuid, operator_id, subscriber_id, nas_id, device, access_point, network, began_at, ended_at,
                         terminate_cause, signal_dbm)
SELECT new.uuid, %(operator)s, coalesce(s.subscriber_id, m.subscriber_id), s.nas_id, device, point, network, began,
       ended, cause, signal
  FROM unnest(%(uuids)s::uuid[], %(devices)s::macaddr[], %(points)s::macaddr[], %(networks)s::text[],
              %(begans)s::timestamptz[], %(endeds)s::timestamptz[], %(causes)s::smallint[], %(signals)s::smallint[])
       AS new (uuid, device, point, network, began, ended, cause, signal)
  LEFT JOIN LATERAL (
    SELECT subscriber_id, nas_id FROM access_session
     WHERE operator_id = %(operator)s AND mac = new.device AND (stopped_at IS NULL OR stopped_at >= new.began)
       AND started_at <= coalesce(new.ended, 'infinity')
     ORDER BY started_at LIMIT 1) s ON true
  LEFT JOIN mac_address m ON m.operator_id = %(operator)s AND m.mac = new.device
ON CONFLICT (operator_id, device, access_point, began_at) DO UPDATE
   SET subscriber_id = coalesce(EXCLUDED.subscriber_id, association.subscriber_id),
       nas_id = coalesce(EXCLUDED.nas_id, association.nas_id),
       ended_at = coalesce(EXCLUDED.ended_at, association.ended_at),
       terminate_cause = coalesce(EXCLUDED.terminate_cause, association.terminate_cause),
       signal_dbm = coalesce(EXCLUDED.signal_dbm, association.signal_dbm)
"""


class Told(NamedTuple):
    """`cause` as of a session (RFC 2866 §5.10). Addresses in any way of writing them."""

    device: str
    access_point: str
    began_at: datetime
    ended_at: datetime | None = None
    network: str = ""
    cause: int | None = None
    signal_dbm: int | None = None


@transaction.atomic
def note_associations(*, now: datetime, operator: Operator, told: Sequence[Told]) -> int:
    """How many were kept; none of devices that were last at a gateway that keeps no log. All or none.

    DomainError `association_invalid`, with the place of each that is wrong: `associations.0.device`.
    """
    _check(told, now)
    once = {(_mac(each.device), _mac(each.access_point), each.began_at): each for each in told}
    unlogged = _unlogged(operator, {device for device, _point, _began in once})
    kept = {key: each for key, each in once.items() if key[0] not in unlogged}
    columns = {
        "uuids": [ids.uuid7() for _each in kept],
        "devices": [device for device, _point, _began in kept],
        "points": [point for _device, point, _began in kept],
        "begans": [began for _device, _point, began in kept],
        "networks": [each.network for each in kept.values()],
        "endeds": [each.ended_at for each in kept.values()],
        "causes": [each.cause for each in kept.values()],
        "signals": [each.signal_dbm for each in kept.values()],
    }
    values: dict[str, Any] = {"operator": operator.id, **columns}
    with connection.cursor() as cursor:
        cursor.execute(SAVE, values)
    return len(kept)


def associations(operator: Operator) -> QuerySet[Association]:
    return Association.objects.filter(operator=operator).select_related("nas", "subscriber")


def associations_of(subscriber: Subscriber) -> QuerySet[Association]:
    return Association.objects.filter(subscriber=subscriber)


def named(operator: Operator, text: str) -> Q:
    """By the whole address of a device or a radio, or by the beginning of a user's or a network's name."""
    mac = people.mac_address(text)
    if mac:
        return Q(device=mac) | Q(access_point=mac)
    found = searching.few_named(operator, text, PEOPLE_MAX)
    return Q(subscriber_id__in=found) | Q(network__istartswith=text)


def at_radios(operator: Operator, since: datetime) -> list[tuple[str, int, int]]:
    """Radio, how many associations began there since then, how many of them are not over."""
    rows = Association.objects.filter(operator=operator, began_at__gte=since).values("access_point")
    counted = rows.annotate(all=Count("id"), now=Count("id", filter=Q(ended_at__isnull=True)))
    return [(_mac(str(mac)), total, now) for mac, total, now in counted.values_list("access_point", "all", "now")]


def latest_of(subscriber: Subscriber) -> Association | None:
    return associations_of(subscriber).order_by("-began_at", "-id").first()


def forget(operator_id: int, before: datetime) -> int:
    """In the operator's scope. One whose end nobody told is over after a day, for all that is known."""
    over = Q(ended_at__lt=before) | Q(ended_at__isnull=True, began_at__lt=before - timedelta(days=1))
    return Association.objects.filter(over, operator_id=operator_id).delete()[0]


def forget_person(subscriber: Subscriber, macs: Collection[str]) -> None:
    rows = Association.objects.filter(operator_id=subscriber.operator_id)
    rows.filter(Q(subscriber=subscriber) | Q(subscriber=None, device__in=macs)).delete()


def _check(told: Sequence[Told], now: datetime) -> None:
    checking = Checking("association_invalid")
    mac = _("A MAC address has 12 hexadecimal digits, such as AA-BB-CC-DD-EE-FF.")
    for place, each in enumerate(told):
        at = f"associations.{place}"
        for field in ("device", "access_point"):
            checking.require(people.mac_address(getattr(each, field)) is not None, f"{at}.{field}", mac)
        checking.require(each.began_at <= now + AHEAD_MOST, f"{at}.began_at", _("This is still to come."))
        is_fit = each.ended_at is None or each.began_at <= each.ended_at
        checking.require(is_fit, f"{at}.ended_at", _("It would end before it begins."))
        is_known = each.cause is None or each.cause in TERMINATE_CAUSES
        checking.require(is_known, f"{at}.cause", _("A number of RFC 2866 or RFC 3580, from 1 to 22."))
    checking.finish()


def _unlogged(operator: Operator, macs: Collection[str]) -> set[str]:
    """Devices that were last at a gateway that keeps no log (HN-W16)."""
    rows = AccessSession.objects.filter(operator=operator, mac__in=macs).order_by("mac", "-started_at", "-id")
    newest = rows.distinct("mac").values_list("mac", "nas__keeps_no_log")
    return {_mac(str(mac)) for mac, keeps_no_log in newest if keeps_no_log}


def _mac(text: str) -> str:
    return people.mac_address(text) or ""
