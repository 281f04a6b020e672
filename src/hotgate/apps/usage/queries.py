"""Sessions and logins, newest first."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from hotgate.apps.core import scope
from hotgate.apps.network.models import Nas
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers.models import Subscriber
from hotgate.apps.usage.models import AccessSession, LoginAttempt


def sessions_of(subscriber: Subscriber) -> QuerySet[AccessSession]:
    return AccessSession.objects.filter(subscriber=subscriber).order_by("-started_at", "-id")


def sessions_of_nobody(operator: Operator, name: str) -> QuerySet[AccessSession]:
    """What a NAS reported under a name that no subscriber had then."""
    unclaimed = AccessSession.objects.filter(operator=operator, subscriber__isnull=True, user_name__iexact=name)
    return unclaimed.order_by("-started_at", "-id")


def open_sessions(operator: Operator) -> QuerySet[AccessSession]:
    return AccessSession.objects.filter(operator=operator, stopped_at__isnull=True).order_by("-started_at", "-id")


def open_sessions_at(operator: Operator) -> QuerySet[AccessSession]:
    """The same to be counted, by the index of what is open at each NAS."""
    nases = Nas.objects.filter(operator=operator).values("id")
    return AccessSession.objects.filter(operator=operator, nas__in=nases, stopped_at__isnull=True)


def attempts_since(operator: Operator, since: datetime) -> QuerySet[LoginAttempt]:
    """The operator's own."""
    return LoginAttempt.objects.filter(operator_id=operator.id, at__gte=since)


def latest_attempts(operator: Operator) -> QuerySet[LoginAttempt]:
    """Logins of the operator, and packets from sources that nobody registered where the scope includes the platform."""
    whose = Q(operator_id=operator.id)
    if scope.PLATFORM in scope.current():  # no index gives both in order; a condition for nothing would cost that too
        whose |= Q(operator_id__isnull=True)
    return LoginAttempt.objects.filter(whose).order_by("-at", "-id")
