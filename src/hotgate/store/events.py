"""Facts: one row each, in the transaction that made it true, and one job that delivers it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from hotgate.domain.events import Event
from hotgate.store.db import Statement, ints, texts


class Appended(NamedTuple):
    id: int


APPEND_EVENTS = Statement(
    "APPEND_EVENTS",
    "facts that others react to",
    """
    INSERT INTO event (operator_id, kind, payload)
    SELECT * FROM unnest($1::bigint[], $2::text[], $3::jsonb[])
    RETURNING id
    """,
    Appended,
)


def event_columns(events: Sequence[tuple[int, Event]]) -> list[str]:
    """The parameters of APPEND_EVENTS for (operator, event)."""
    return [
        ints(operator_id for operator_id, _ in events),
        texts(type(event).__name__ for _, event in events),
        texts(json.dumps(event._asdict(), default=_plain) for _, event in events),
    ]


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
