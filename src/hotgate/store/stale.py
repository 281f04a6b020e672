"""Sessions that nobody has heard of for long, and places kept for logins that never became sessions."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from hotgate.store.db import Command, Statement


class Silent(NamedTuple):
    """An open session that its NAS no longer speaks of."""

    id: int
    operator_id: int
    nas_id: int
    acct_session_id: str
    subscriber_id: int | None
    device: str
    started_at: datetime


class Lapsed(NamedTuple):
    subscriber_id: int


class Taken(NamedTuple):
    is_ours: bool


LIST_SILENT_SESSIONS = Statement(
    "LIST_SILENT_SESSIONS",
    "open sessions without a packet for three of their interims and ten minutes at least (B19)",
    """
    SELECT a.id, a.operator_id, a.nas_id, a.acct_session_id, a.subscriber_id, a.device, a.started_at
      FROM open_session o JOIN access_session a ON a.id = o.session_id
     WHERE greatest(a.last_heard_at, $1::timestamptz)
           + greatest(3 * coalesce(a.interim_seconds, 300), 600) * interval '1 second' < $2::timestamptz
     LIMIT $3::int
    """,
    Silent,
)

LIST_LAPSED_SLOTS = Statement(
    "LIST_LAPSED_SLOTS",
    "subscribers with a place that no accounting ever took and whose slice has come back",
    """
    SELECT DISTINCT t.subscriber_id FROM slot t
     WHERE t.session_id IS NULL AND t.expires_at < $1::timestamptz
       AND (t.slice_amount IS NULL OR t.session_ends_at < $1::timestamptz)
     LIMIT $2::int
    """,
    Lapsed,
)

DELETE_LAPSED_SLOTS = Command(
    "DELETE_LAPSED_SLOTS",
    "the same places given back; the subscribers are locked by now",
    """
    DELETE FROM slot t
     WHERE t.subscriber_id = ANY ($1::bigint[]) AND t.session_id IS NULL AND t.expires_at < $2::timestamptz
       AND (t.slice_amount IS NULL OR t.session_ends_at < $2::timestamptz)
    """,
)

TAKE_TURN = Statement(
    "TAKE_TURN",
    "whether this process may do what only one at a time should; the turn ends with its connection at the latest",
    "SELECT pg_try_advisory_lock($1::bigint)",
    Taken,
)

END_TURN = Command("END_TURN", "the next process may have its turn", "SELECT pg_advisory_unlock_all()")
