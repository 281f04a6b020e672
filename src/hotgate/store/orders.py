"""Orders: what a NAS is to be told about a session. One row each, the newest wish wins by its generation.

Whoever decides writes the row in its own transaction. An AAA process leases it, works out the content at that moment,
sends, and settles the generation that it read.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from hotgate.store.db import Command, Statement, rows_of


class Leased(NamedTuple):
    session_id: int
    operator_id: int
    nas_id: int
    kind: str  # disconnect, reauthorize
    reason: str
    generation: int
    tries: int
    created_at: datetime
    subscriber_id: int | None


_WISH = "session_id bigint, operator_id bigint, nas_id bigint, kind text, reason text, at timestamptz"

PUT_ORDERS = Command(
    "PUT_ORDERS",
    "a wish about each session; the same wish again, still open, changes nothing",
    f"""
    INSERT INTO session_order AS old (session_id, operator_id, nas_id, kind, reason, generation, created_at)
    SELECT session_id, operator_id, nas_id, kind, reason, 1, at
      FROM {rows_of(_WISH)} AS new
    ON CONFLICT (session_id) DO UPDATE
       SET kind = excluded.kind, reason = excluded.reason, generation = old.generation + 1,
           created_at = excluded.created_at, leased_by = NULL, leased_until = NULL, tries = 0, settled_at = NULL,
           outcome = NULL
     WHERE old.settled_at IS NOT NULL OR (old.kind, old.reason) <> (excluded.kind, excluded.reason)
    """,
)

LEASE_ORDERS = Statement(
    "LEASE_ORDERS",
    "open orders of these NASes that nobody else is sending",
    """
    UPDATE session_order o
       SET leased_by = $2::text, leased_until = now() + $3::int * interval '1 second', tries = o.tries + 1
      FROM (SELECT session_id FROM session_order
             WHERE settled_at IS NULL AND nas_id = ANY ($1::bigint[])
               AND (leased_until IS NULL OR leased_until < now())
             ORDER BY created_at LIMIT $4::int FOR UPDATE SKIP LOCKED) AS free
     WHERE o.session_id = free.session_id
    RETURNING o.session_id, o.operator_id, o.nas_id, o.kind, o.reason, o.generation, o.tries, o.created_at,
              (SELECT a.subscriber_id FROM access_session a WHERE a.id = o.session_id)
    """,
    Leased,
)

SETTLE_ORDER = Command(
    "SETTLE_ORDER",
    "done: this generation, and no newer wish",
    """
    UPDATE session_order SET settled_at = now(), outcome = $3::text, leased_by = NULL, leased_until = NULL
     WHERE session_id = $1::bigint AND generation = $2::int AND settled_at IS NULL
    """,
)

POSTPONE_ORDER = Command(
    "POSTPONE_ORDER",
    "no answer: unknown; it is tried again later",
    """
    UPDATE session_order SET outcome = $3::text, leased_by = NULL, leased_until = now() + $4::int * interval '1 second'
     WHERE session_id = $1::bigint AND generation = $2::int AND settled_at IS NULL
    """,
)

PUT_BACK_ORDER = Command(
    "PUT_BACK_ORDER",
    "nothing was sent, for somebody held its rows: another try soon, and this one does not count",
    """
    UPDATE session_order SET leased_by = NULL, leased_until = now() + $3::int * interval '1 second', tries = tries - 1
     WHERE session_id = $1::bigint AND generation = $2::int AND settled_at IS NULL
    """,
)

SETTLE_STOPPED = Command(
    "SETTLE_STOPPED",
    "orders about sessions that have ended by themselves",
    """
    UPDATE session_order SET settled_at = now(), outcome = 'stopped', leased_by = NULL, leased_until = NULL
     WHERE session_id = ANY ($1::bigint[]) AND settled_at IS NULL
    """,
)
