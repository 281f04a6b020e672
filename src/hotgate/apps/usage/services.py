"""Act on sessions. Only the AAA server speaks to a NAS: everybody else writes an order."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.subscribers import orders
from hotgate.apps.subscribers.models import Subscriber
from hotgate.apps.subscribers.services import lock
from hotgate.apps.usage.models import AccessSession
from hotgate.domain.accounting import OrderKind


@transaction.atomic
def disconnect_session(*, by: Actor, now: datetime, session: AccessSession, reason: str = "") -> None:
    """End one session. Ended before: nothing is ordered."""
    if session.subscriber is not None:
        lock(session.subscriber)
    if AccessSession.objects.filter(id=session.id, stopped_at__isnull=True).exists():
        target = orders.OpenSession(session.id, session.operator_id, session.nas_id)
        orders.put_orders([target], OrderKind.DISCONNECT, "", now)
        _audit(by, now, session.operator_id, "disconnect_session", "access_session", session.id, {}, reason)


@transaction.atomic
def put_orders(*, by: Actor, now: datetime, subscriber: Subscriber, kind: OrderKind, reason: str = "") -> int:
    """The same wish for every open session of the subscriber; how many there were."""
    lock(subscriber)
    count = orders.order_sessions(subscriber.id, kind, "", now)
    after = {"kind": str(kind), "sessions": count}
    _audit(by, now, subscriber.operator_id, "put_orders", "subscriber", subscriber.id, after, reason)
    return count


def _audit(
    by: Actor,
    now: datetime,
    operator_id: int,
    verb: str,
    object_kind: str,
    object_id: int,
    after: dict[str, object],
    reason: str,
) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=operator_id,
        verb=verb,
        object_kind=object_kind,
        object_id=object_id,
        after=after,
        reason=reason,
    )
