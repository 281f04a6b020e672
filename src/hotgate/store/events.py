"""Facts: one row each, in the transaction that made it true, and a job that delivers it.

No Python of procrastinate is needed for that: its own function in the database puts the job.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hotgate.domain.events import Event
from hotgate.store.db import Command, Parameter, insert_into, ints, literals, texts

DELIVER_EVENT = "core.deliver_event"

APPEND_EVENTS = Command(
    "APPEND_EVENTS",
    "facts that others react to, each with the job that tells them: both exist only if the transaction commits",
    f"""
    WITH fact AS (
        {insert_into("event", "operator_id bigint, kind text, payload jsonb")}
        RETURNING id
    )
    SELECT procrastinate_defer_jobs_v1(array_agg(
               ROW('default', '{DELIVER_EVENT}', 0, NULL, NULL, jsonb_build_object('event_id', id), NULL)
               ::procrastinate_job_to_defer_v1))
      FROM fact
    """,
)


def event_columns(events: Sequence[tuple[int, Event]]) -> list[Parameter]:
    """The parameters of APPEND_EVENTS for (operator, event)."""
    return [
        ints(operator_id for operator_id, _ in events),
        texts(type(event).__name__ for _, event in events),
        literals(json.dumps(event._asdict(), default=_plain) for _, event in events),
    ]


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
