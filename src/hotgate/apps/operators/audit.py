"""The log of what was changed by whom: one chain of hashes per operator, so that a change to the past shows.

Each entry's hash covers its own content and the hash before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.models import AuditEntry

LOCK = 0x41554454  # "AUDT": the space of our advisory locks
FIRST_PREVIOUS = b""
PLATFORM = 0

Values = Mapping[str, Any]


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
) -> AuditEntry:
    """Append one entry in the caller's transaction; `operator_id` None: of the whole platform.

    `before` and `after` are JSON values of what changed, without secrets and without names of people.
    The chain is locked until the transaction ends, so call it last.
    """
    previous = _lock_and_read_last(operator_id)
    entry = AuditEntry(
        operator_id=operator_id,
        number=previous.number + 1 if previous else 1,
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
        previous_hash=bytes(previous.hash) if previous else FIRST_PREVIOUS,
    )
    entry.hash = hash_of(entry)
    entry.save(force_insert=True)
    return entry


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


def _lock_and_read_last(operator_id: int | None) -> AuditEntry | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, (operator_id or PLATFORM) % 2**31])
    return _chain(operator_id).order_by("-number").first()


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
