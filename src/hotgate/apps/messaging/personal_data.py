"""Everything that is kept about one person: with all that `usage` keeps, what was written to them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from hotgate.apps.messaging import queries
from hotgate.apps.operators.actor import Actor
from hotgate.apps.subscribers.models import Subscriber
from hotgate.apps.usage import personal_data
from hotgate.apps.usage.personal_data import Rows

FIELDS = ("created_at", "channel", "recipient", "purpose", "subject", "state")


@transaction.atomic
def export_data(*, by: Actor, now: datetime, subscriber: Subscriber) -> dict[str, Rows]:
    """As `usage.personal_data.export_data`. What a message said is kept no longer than until it is sent."""
    messages = personal_data.rows_of(queries.messages_to(subscriber), FIELDS)
    return personal_data.export_data(by=by, now=now, subscriber=subscriber, more={"messages": messages})


def counts_of(subscriber: Subscriber) -> dict[str, int]:
    """How many rows of each kind an export would hold, but for the person's own."""
    return personal_data.counts_of(subscriber) | {"messages": queries.messages_to(subscriber).count()}
