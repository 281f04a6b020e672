"""Tell events to those who react to them. `config/wiring.py` says who reacts to what; here nobody is known by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction

from hotgate.apps.core import scope
from hotgate.apps.core.models import Event

Handler = Callable[[int, int, Mapping[str, Any]], None]  # (event id, operator id, payload): idempotent by the event id

_reactions: dict[str, Sequence[Handler]] = {}


def connect(reactions: Mapping[str, Sequence[Handler]]) -> None:
    """Who reacts to each kind of event; called once, by the composition."""
    _reactions.update(reactions)


def deliver(event_id: int) -> None:
    """Each handler in its own transaction, within the scope of the event's operator."""
    with scope.of_everyone():
        event = Event.objects.filter(id=event_id).first()
    if event is None:  # its retention is over
        return
    for handler in _reactions.get(event.kind, ()):
        with transaction.atomic():
            scope.limit_to([event.operator_id])
            handler(event.id, event.operator_id, event.payload)
