"""Act on sessions. Only the AAA server speaks to a NAS: everybody else writes an order."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from hotgate.apps.network import blocking
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers import orders
from hotgate.apps.subscribers.models import Subscriber
from hotgate.apps.subscribers.services import lock
from hotgate.apps.usage.models import AccessSession, SessionOrder
from hotgate.apps.usage.queries import open_sessions_at
from hotgate.domain import causes, people
from hotgate.domain.accounting import OrderKind
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _


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
def close_stuck(*, by: Actor, now: datetime, session: AccessSession) -> None:
    """End a session that its NAS seems to have forgotten: at the NAS where it answers, and in the books in any case.

    A packet that comes for it later opens it again, and its use is charged. Ended before: nothing is ordered.
    """
    _end(by, now, session, causes.STUCK, "close_stuck_session")


@transaction.atomic
def probe(*, by: Actor, now: datetime, session: AccessSession) -> None:
    """Send a Disconnect to see whether the NAS takes one. The session ends, like by any other."""
    _end(by, now, session, causes.PROBE, "probe_gateway")


@transaction.atomic
def probe_by_coa(*, by: Actor, now: datetime, session: AccessSession) -> None:
    """Ask for the limits that hold anyway, to see whether the NAS answers. The session goes on, whatever it says.

    DomainError `probe_not_possible`: nobody we know is online by it, or another order waits.
    """
    if session.subscriber is not None:
        lock(session.subscriber)
    waits = SessionOrder.objects.filter(session=session, settled_at=None).exists()
    if session.subscriber is None or waits or not AccessSession.objects.filter(id=session.id, stopped_at=None).exists():
        raise DomainError(
            "probe_not_possible", _("Choose a session of a user that is known here and runs undisturbed.")
        )
    target = orders.OpenSession(session.id, session.operator_id, session.nas_id)
    orders.put_orders([target], OrderKind.REAUTHORIZE, causes.PROBE_BY_COA, now)
    _audit(by, now, session.operator_id, "probe_gateway", "access_session", session.id, {"by": "coa"}, "")


@transaction.atomic
def block_device(*, by: Actor, now: datetime, operator: Operator, mac: str, reason: str = "") -> int:
    """Nobody logs in with it any more, and what it has open ends. How many sessions; DomainError of `blocking`."""
    row = blocking.block(by=by, now=now, operator=operator, mac=mac, reason=reason)
    running = list(open_sessions_at(operator).filter(_of_device(str(row.mac))))
    targets = [orders.OpenSession(each.id, each.operator_id, each.nas_id) for each in running]
    orders.put_orders(targets, OrderKind.DISCONNECT, causes.DEVICE_BLOCKED, now)
    return len(targets)


def _of_device(mac: str) -> Q:
    return Q(mac=mac) | Q(device=people.mac_address(mac))


def _end(by: Actor, now: datetime, session: AccessSession, reason: str, verb: str) -> None:
    if session.subscriber is not None:
        lock(session.subscriber)
    if AccessSession.objects.filter(id=session.id, stopped_at__isnull=True).exists():
        target = orders.OpenSession(session.id, session.operator_id, session.nas_id)
        orders.put_orders([target], OrderKind.DISCONNECT, reason, now)
        _audit(by, now, session.operator_id, verb, "access_session", session.id, {}, "")


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
