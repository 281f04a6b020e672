"""What a change of a subscriber means for its running sessions: orders to the NAS, in the same transaction."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import connection

from hotgate.domain.accounting import OrderKind
from hotgate.store.db import Statement, ints, texts, times
from hotgate.store.orders import PUT_ORDERS


class OpenSession(NamedTuple):
    id: int
    operator_id: int
    nas_id: int


OPEN_SESSIONS = Statement(
    "OPEN_SESSIONS",
    "sessions of these subscribers that have not ended",
    """
    SELECT id, operator_id, nas_id FROM access_session
     WHERE subscriber_id = ANY ($1::bigint[]) AND stopped_at IS NULL ORDER BY id
    """,
    OpenSession,
)


def order_sessions(subscriber_id: int, kind: OrderKind, reason: str, now: datetime) -> int:
    """Put an order for each open session of the subscriber; how many there were."""
    sessions = OPEN_SESSIONS.fetch(connection, ints([subscriber_id]))
    put_orders(sessions, kind, reason, now)
    return len(sessions)


def put_orders(sessions: list[OpenSession], kind: OrderKind, reason: str, now: datetime) -> None:
    if sessions:
        PUT_ORDERS.fetch(
            connection,
            ints(session.id for session in sessions),
            ints(session.operator_id for session in sessions),
            ints(session.nas_id for session in sessions),
            texts(str(kind) for _ in sessions),
            texts(reason for _ in sessions),
            times(now for _ in sessions),
        )
