"""What was told to whom."""

from __future__ import annotations

from django.db.models import QuerySet

from hotgate.apps.messaging.models import Message
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers.models import Subscriber


def messages(operator: Operator) -> QuerySet[Message]:
    """Newest first, without what they said."""
    return Message.objects.filter(operator=operator).defer("body_sealed").order_by("-created_at", "-id")


def messages_to(subscriber: Subscriber) -> QuerySet[Message]:
    return Message.objects.filter(subscriber=subscriber).defer("body_sealed").order_by("-created_at", "-id")
