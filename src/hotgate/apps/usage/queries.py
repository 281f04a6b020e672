"""Sessions and logins, newest first."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q, QuerySet

from hotgate.apps.core import scope
from hotgate.apps.network.models import Nas
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers.models import Subscriber
from hotgate.apps.usage.models import RUNNING, AccessSession, LoginAttempt, SessionOrder
from hotgate.domain.accounting import OrderKind

ENDING_COLUMNS = ("settled_at", "session__stopped_at", "session__closed_locally", "session__nas__name")
REACH_COLUMNS = ("uuid", "device", "mac", "started_at", "nas__name", "nas__enabled", "nas__coa_address", "nas__address")


def sessions_of(subscriber: Subscriber) -> QuerySet[AccessSession]:
    return AccessSession.objects.filter(subscriber=subscriber).order_by("-started_at", "-id")


def sessions_of_nobody(operator: Operator, name: str) -> QuerySet[AccessSession]:
    """What a NAS reported under a name that no subscriber had then."""
    unclaimed = AccessSession.objects.filter(operator=operator, subscriber__isnull=True, user_name__iexact=name)
    return unclaimed.order_by("-started_at", "-id")


def open_sessions(operator: Operator) -> QuerySet[AccessSession]:
    return AccessSession.objects.filter(RUNNING, operator=operator).order_by("-started_at", "-id")


def open_sessions_at(operator: Operator) -> QuerySet[AccessSession]:
    """The same to be counted, by the index of what is open at each NAS."""
    nases = Nas.objects.filter(operator=operator).values("id")
    return AccessSession.objects.filter(operator=operator, open__nas__in=nases)


def was_online(operator: Operator, device: str) -> bool:
    """A device that had a session here before, and is not forgotten yet."""
    return AccessSession.objects.filter(operator=operator, mac=device).exists()


def sessions(operator: Operator) -> QuerySet[AccessSession]:
    """Every one there was."""
    return AccessSession.objects.filter(operator=operator)


def latest_with_ip(operator: Operator, address: str) -> QuerySet[AccessSession]:
    """Who has this address now, or had it last."""
    return _newest(AccessSession.objects.filter(operator=operator, framed_ip=address))


def latest_with_mac(operator: Operator, mac: str) -> QuerySet[AccessSession]:
    return _newest(AccessSession.objects.filter(operator=operator, mac=mac))


def with_session_id(operator: Operator, acct_session_id: str) -> QuerySet[AccessSession]:
    """By the id that a NAS gave it; two NASes may give the same one."""
    nases = Nas.objects.filter(operator=operator).values("id")
    return _newest(AccessSession.objects.filter(operator=operator, nas__in=nases, acct_session_id=acct_session_id))


def _newest(rows: QuerySet[AccessSession]) -> QuerySet[AccessSession]:
    return rows.select_related("nas", "subscriber").order_by("-started_at", "-id")


def attempts_since(operator: Operator, since: datetime) -> QuerySet[LoginAttempt]:
    """The operator's own."""
    return LoginAttempt.objects.filter(operator_id=operator.id, at__gte=since)


def latest_attempts(operator: Operator) -> QuerySet[LoginAttempt]:
    """Logins of the operator, and packets from sources that nobody registered where the scope includes the platform."""
    whose = Q(operator_id=operator.id)
    if scope.PLATFORM in scope.current():  # no index gives both in order; a condition for nothing would cost that too
        whose |= Q(operator_id__isnull=True)
    return LoginAttempt.objects.filter(whose).order_by("-at", "-id")


class Reach(NamedTuple):
    """Whether staff can end somebody's session, and why not (HN-16)."""

    sessions: list[AccessSession]  # open ones whose NAS takes orders
    is_online: bool


def reach(subscriber: Subscriber) -> Reach:
    running = list(
        sessions_of(subscriber).filter(stopped_at__isnull=True).select_related("nas").only(*REACH_COLUMNS)[:100]
    )
    return Reach([each for each in running if takes_orders(each.nas)], bool(running))


def takes_orders(nas: Nas) -> bool:
    """The capability that HN-A4 asks for: there is an address to send a Disconnect to (RFC 5176).

    Of a whole network only the source of its packets would tell, and an order comes without one.
    """
    return nas.enabled and (nas.coa_address is not None or _is_single(nas.address))


def _is_single(network: str) -> bool:
    length = network.rpartition("/")[2] if "/" in network else ""
    return length in ("", "128" if ":" in network else "32")


def endings(subscriber: Subscriber, since: datetime) -> list[SessionOrder]:
    """What became of the sessions that were told to end, newest first (HN-15)."""
    rows = SessionOrder.objects.filter(
        operator_id=subscriber.operator_id,
        session__subscriber=subscriber,
        session__last_event_at__gte=since - timedelta(days=1),
        kind=str(OrderKind.DISCONNECT),
        created_at__gte=since,
    )
    shown = rows.select_related("session__nas").only(*ENDING_COLUMNS)
    return list(shown.order_by("-created_at")[:5])
