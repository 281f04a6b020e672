"""Accounting that is acknowledged before it is booked: written, listed, cleared by the transaction that books it."""

from __future__ import annotations

from typing import NamedTuple

from hotgate.store.db import Command, Statement


class Numbered(NamedTuple):
    id: int


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

CLEAR_DEFERRED = Command(
    "CLEAR_DEFERRED",
    "they are booked",
    "DELETE FROM accounting_backlog WHERE id = ANY ($1::bigint[])",
)
