"""Sessions and logins, newest first."""

from __future__ import annotations

from django.db.models import Q, QuerySet

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


def latest_attempts(operator: Operator) -> QuerySet[LoginAttempt]:
    """Logins of the operator, and packets from sources that nobody registered where the scope includes the platform."""
    return LoginAttempt.objects.filter(Q(operator_id=operator.id) | Q(operator_id__isnull=True)).order_by("-at", "-id")
