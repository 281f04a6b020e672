"""The log of what was changed by whom: one chain of hashes per operator, so that a change to the past shows.

Each entry's hash covers its own content and the hash before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet

from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.models import AuditEntry
from hotgate.store import db
from hotgate.store.db import Call, Column, Command, Statement, ints, octets, texts, times

LOCK = 0x41554454  # "AUDT": the space of our advisory locks
FIRST_PREVIOUS = b""
PLATFORM = 0

Values = Mapping[str, Any]


class Last(NamedTuple):
    number: int
    hash: bytes


# Whoever holds the chain keeps every other writer of the operator waiting. So the lock goes with the commit and not
# with the disk, which takes longer than all the rest; the connection waits for the disk after it (docs/decisions/0009).
LOCK_CHAIN = Command(
    "LOCK_CHAIN",
    "until the transaction ends",
    "SELECT pg_advisory_xact_lock($1::int, $2::int), set_config('synchronous_commit', 'off', true)",
)
LAST_OF_CHAIN = Statement(
    "LAST_OF_CHAIN",
    "of an operator",
    "SELECT number, hash FROM audit_entry WHERE operator_id = $1::bigint ORDER BY number DESC LIMIT 1",
    Last,
)
LAST_OF_PLATFORM = Statement(
    "LAST_OF_PLATFORM",
    "of entries without an operator",
    "SELECT number, hash FROM audit_entry WHERE operator_id IS NULL ORDER BY number DESC LIMIT 1",
    Last,
)
APPEND_ENTRIES = Command(
    "APPEND_ENTRIES",
    "to a chain that is locked",
    """
    INSERT INTO audit_entry (operator_id, number, at, staff_id, actor, verb, object_kind, object_id, before, after,
                             reason, request_id, ip, previous_hash, hash)
    SELECT e.operator_id, e.number, e.at, e.staff_id, e.actor, e.verb, e.object_kind, e.object_id, e.before::jsonb,
           e.after::jsonb, e.reason, e.request_id, e.ip::inet, e.previous_hash, e.hash
      FROM unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::bigint[], $5::text[], $6::text[], $7::text[],
                  $8::bigint[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::bytea[],
                  $15::bytea[])
        AS e (operator_id, number, at, staff_id, actor, verb, object_kind, object_id, before, after, reason, request_id,
              ip, previous_hash, hash)
    """,
)
COLUMNS: tuple[Callable[[Any], Column], ...] = (
    ints,
    ints,
    times,
    ints,
    texts,
    texts,
    texts,
    ints,
    texts,
    texts,
    texts,
    texts,
    texts,
    octets,
    octets,
)
AT, JSON = 2, (8, 9)  # places in a row of content


class Gathered(NamedTuple):
    entries: list[AuditEntry]
    along: list[Call]  # commands that go in the round trip of the entries


_gathered: ContextVar[Gathered | None] = ContextVar("what is written when the verb ends", default=None)


def record_audit(
    *,
    by: Actor,
    now: datetime,
    operator_id: int | None,
    verb: str,
    object_kind: str,
    object_id: int | None = None,
    before: Values | None = None,
    after: Values | None = None,
    reason: str = "",
) -> None:
    """Append one entry in the caller's transaction; `operator_id` None: of the whole platform.

    `before` and `after` are JSON values of what changed, without secrets and without names of people.
    The chain is locked until the transaction ends, so call it last. Within `gathered`, it is written at the end.
    """
    entry = AuditEntry(
        operator_id=operator_id,
        at=now,
        staff_id=by.staff_id,
        actor=by.kind,
        verb=verb,
        object_kind=object_kind,
        object_id=object_id,
        before=before,
        after=after,
        reason=reason,
        request_id=by.request_id,
        ip=by.ip,
    )
    waiting = _gathered.get()
    if waiting is None:
        _append(operator_id, [entry])
    else:
        waiting.entries.append(entry)


def is_gathering() -> bool:
    return _gathered.get() is not None


@contextmanager
def gathered() -> Iterator[list[Call]]:
    """Entries of all that is done within are appended when it ends, under one short lock of the chain.

    What raises leaves none, so the caller has to undo all of it. Commands that it puts on the list go along.
    """
    waiting = Gathered([], [])
    token = _gathered.set(waiting)
    try:
        yield waiting.along
    finally:
        _gathered.reset(token)
    # ascending: nobody waits in a circle
    for chain in sorted({entry.operator_id or PLATFORM for entry in waiting.entries}):
        own = [entry for entry in waiting.entries if (entry.operator_id or PLATFORM) == chain]
        _append(own[0].operator_id, own, waiting.along)
        waiting.along.clear()
    if waiting.along:
        db.at_once(connection, *waiting.along)


def hash_of(entry: AuditEntry) -> bytes:
    """32 octets over the previous hash and everything the entry says."""
    content = json.dumps(_content(entry), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(bytes(entry.previous_hash) + content.encode()).digest()


def first_broken(operator_id: int | None) -> int | None:
    """The number of the first entry that was altered, or stands where one is missing; None: the chain holds."""
    expected = FIRST_PREVIOUS
    for number, entry in enumerate(_chain(operator_id).order_by("number").iterator(), start=1):
        intact = entry.number == number and bytes(entry.previous_hash) == expected
        if not intact or hash_of(entry) != bytes(entry.hash):
            return entry.number
        expected = bytes(entry.hash)
    return None


def last_entry(operator_id: int | None) -> AuditEntry | None:
    """Its number and hash, kept elsewhere, prove later that nothing was cut off the end."""
    return _chain(operator_id).order_by("-number").first()


def entry(operator_id: int | None, number: int) -> AuditEntry | None:
    return _chain(operator_id).filter(number=number).first()


def _append(operator_id: int | None, entries: list[AuditEntry], along: Sequence[Call] = ()) -> None:
    last = _lock_and_read_last(operator_id)
    for entry in entries:
        entry.number, entry.previous_hash = last.number + 1, last.hash
        entry.hash = hash_of(entry)
        last = Last(entry.number, entry.hash)
    values = zip(*map(_columns, entries), strict=True)
    columns = [column(given) for column, given in zip(COLUMNS, values, strict=True)]
    db.at_once(connection, (APPEND_ENTRIES, columns), *along)


def _lock_and_read_last(operator_id: int | None) -> Last:
    """In one round trip, and two statements: the second sees what the one who held the lock before has committed."""
    connection.releases_early = True  # type: ignore[attr-defined]
    read = (LAST_OF_PLATFORM, ()) if operator_id is None else (LAST_OF_CHAIN, (operator_id,))
    _locked, found = db.at_once(connection, (LOCK_CHAIN, (LOCK, (operator_id or PLATFORM) % 2**31)), read)
    return found[0] if found else Last(0, FIRST_PREVIOUS)


def _columns(entry: AuditEntry) -> list[Any]:
    """As they are hashed, with JSON as text."""
    content = _content(entry)
    content[AT] = entry.at
    for place in JSON:
        content[place] = None if content[place] is None else json.dumps(content[place])
    return [*content, entry.previous_hash, entry.hash]


def _chain(operator_id: int | None) -> QuerySet[AuditEntry]:
    if operator_id is None:
        return AuditEntry.objects.filter(operator__isnull=True)
    return AuditEntry.objects.filter(operator_id=operator_id)


def _content(entry: AuditEntry) -> list[Any]:
    return [
        entry.operator_id,
        entry.number,
        entry.at.isoformat(),
        entry.staff_id,
        entry.actor,
        entry.verb,
        entry.object_kind,
        entry.object_id,
        entry.before,
        entry.after,
        entry.reason,
        entry.request_id,
        entry.ip,
    ]
