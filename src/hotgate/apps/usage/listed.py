"""What a program reads about use."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Q, QuerySet, Sum

from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers.models import Subscriber
from hotgate.apps.usage.models import AccessSession


def sessions(operator: Operator) -> QuerySet[AccessSession]:
    return AccessSession.objects.filter(operator=operator).select_related("subscriber", "nas", "entitlement")


def used_by(subscriber: Subscriber) -> dict[str, Any]:
    """What all sessions come to; octets by the client's view."""
    told = AccessSession.objects.filter(subscriber=subscriber).aggregate(
        sessions=Count("id"),
        open_sessions=Count("id", filter=Q(stopped_at__isnull=True)),
        seconds=Sum("seconds", default=0),
        octets_in=Sum("octets_in", default=0),
        octets_out=Sum("octets_out", default=0),
        last_heard_at=Max("last_heard_at"),
    )
    return dict(told)
