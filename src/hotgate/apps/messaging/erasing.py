"""A person is erased: with all that `usage` keeps, what was written to them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from hotgate.apps.messaging.models import Message, MessageState
from hotgate.apps.operators.actor import Actor
from hotgate.apps.subscribers.models import Subscriber
from hotgate.apps.usage import personal_data


@transaction.atomic
def erase_subscriber(*, by: Actor, now: datetime, subscriber: Subscriber) -> None:
    """DomainError `still_online`. A message that waits is not sent; of the others their kind and time stay.

    A code that was asked for before there was an account names nobody but its address.
    """
    addresses = [each for each in (subscriber.email, subscriber.phone) if each]
    personal_data.erase_subscriber(by=by, now=now, subscriber=subscriber)
    theirs = Q(subscriber=subscriber) | Q(subscriber=None, purpose="verification", recipient__in=addresses)
    rows = Message.objects.filter(theirs, operator_id=subscriber.operator_id)
    rows.filter(state=MessageState.QUEUED).update(state=MessageState.FAILED, settled_at=now, body_sealed=None)
    rows.update(recipient="", subject="", problem="")
