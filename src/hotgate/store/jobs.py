"""Jobs deferred without procrastinate's Python: its own function in the database does it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from hotgate.store.db import Statement, texts

DELIVER_EVENT = "core.deliver_event"


class Deferred(NamedTuple):
    ids: list[int]


DEFER_JOBS = Statement(
    "DEFER_JOBS",
    "one job for each set of arguments, on this connection: it exists only if the transaction commits",
    """
    SELECT procrastinate_defer_jobs_v1(
        ARRAY(SELECT ROW('default', $1::text, 0, NULL, NULL, args, NULL)::procrastinate_job_to_defer_v1
                FROM unnest($2::jsonb[]) AS args))
    """,
    Deferred,
)


def deliver_columns(event_ids: Sequence[int]) -> list[str]:
    """The parameters of DEFER_JOBS that deliver these events."""
    return [DELIVER_EVENT, texts(json.dumps({"event_id": event_id}) for event_id in event_ids)]
