"""Accounting that is acknowledged before it is booked: written, listed, deleted by the transaction that books it."""

from __future__ import annotations

from typing import NamedTuple

from hotgate.store.db import Statement


class Numbered(NamedTuple):
    id: int


class Span(NamedTuple):
    oldest: int | None
    newest: int | None


class DeferredRow(NamedTuple):
    id: int
    sealed: bytes


DEFER_RECORDS = Statement(
    "DEFER_RECORDS",
    "records that may be acknowledged as soon as this is durable, sealed, all of a batch in one row",
    "INSERT INTO accounting_backlog (sealed) VALUES ($1::bytea) RETURNING id",
    Numbered,
)

LIST_DEFERRED = Statement(
    "LIST_DEFERRED",
    "what has been waiting for so many seconds, but for what this process has in hand itself",
    """
    SELECT id, sealed FROM accounting_backlog
     WHERE at <= now() - make_interval(secs => $1::float8) AND id <> ALL ($2::bigint[]) ORDER BY id LIMIT $3::int
    """,
    DeferredRow,
)

SPAN_DEFERRED = Statement(
    "SPAN_DEFERRED",
    "the oldest and the newest that waits, of all processes; what is older than a minute waits for other reasons",
    "SELECT min(id), max(id) FROM accounting_backlog WHERE at > now() - interval '1 minute'",
    Span,
)

TAKE_DEFERRED = Statement(
    "TAKE_DEFERRED",
    "those that are not booked yet; this transaction books them, and whoever else would, waits and finds nothing",
    "DELETE FROM accounting_backlog WHERE id = ANY ($1::bigint[]) RETURNING id",
    Numbered,
)
