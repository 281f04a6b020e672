"""One key, one effect: a program that did not hear the answer asks again, and gets the first one.

The row is written in the transaction of the effect. A second request with the same key waits at the unique constraint
until the first has ended: then it finds the answer, or, where the first was undone, takes its place.
"""

from __future__ import annotations

import hmac
import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection

from hotgate import vault
from hotgate.apps.core import keys, scope
from hotgate.apps.core.models import IdempotencyKey
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _
from hotgate.store.db import Call, Command, Statement

KEPT = timedelta(days=30)
KEY_MAX = 255


class Claimed(NamedTuple):
    id: int


CLAIM_KEY = Statement(
    "CLAIM_KEY",
    "a key that nobody has used; no row: it is there already",
    """
    INSERT INTO idempotency_key (operator_id, caller, key, request, at)
    VALUES ($1::bigint, $2::bigint, $3::text, $4::bytea, $5::timestamptz)
    ON CONFLICT (operator_id, caller, key) DO NOTHING
    RETURNING id
    """,
    Claimed,
    is_prepared=True,
)


REMEMBER_ANSWER = Command(
    "REMEMBER_ANSWER",
    "what was answered to the first request with a key",
    "UPDATE idempotency_key SET status = $2::int, sealed = $3::bytea WHERE id = $1::bigint",
)


class Answer(NamedTuple):
    status: int
    body: bytes


class Claim(NamedTuple):
    """A key for one request. `answer`: what was said before; None: this is the first time, so act and `remember`."""

    id: int
    request: bytes
    answer: Answer | None


def digest(method: str, path: str, body: bytes) -> bytes:
    """32 octets that two requests share when they ask for the same, however their JSON is spaced or ordered."""
    secret = vault.derive(keys.current().cookies, "idempotency")
    return hmac.digest(secret, f"{method} {path}\n".encode() + _canonical(body), "sha256")


def claim(*, operator_id: int, caller: int, key: str, request: bytes, now: datetime) -> Claim:
    """In the transaction of the effect. DomainError `idempotency_key_invalid`, `idempotency_key_reused`."""
    if not 0 < len(key) <= KEY_MAX or not key.isascii() or not key.isprintable():
        raise DomainError("idempotency_key_invalid", _("An Idempotency-Key has 1 to 255 printable characters."))
    for made in CLAIM_KEY.fetch(connection, operator_id, caller, key, request, now):
        return Claim(made.id, request, None)
    row = IdempotencyKey.objects.get(operator_id=operator_id, caller=caller, key=key)
    if not hmac.compare_digest(bytes(row.request), request):
        raise DomainError("idempotency_key_reused", _("This Idempotency-Key was used for another request."))
    body = vault.unseal(keys.current().reprint, bytes(row.sealed or b""), _place(request))
    return Claim(row.pk, request, Answer(row.status or 0, body))


def remembered(claimed: Claim, answer: Answer) -> Call:
    """What writes it down, to go along with whatever else ends the request."""
    sealed = vault.seal(keys.current().reprint, answer.body, _place(claimed.request))
    return REMEMBER_ANSWER, (claimed.id, answer.status, sealed)


def forget_old_answers(now: datetime) -> int:
    with scope.of_everyone():
        return IdempotencyKey.objects.filter(at__lt=now - KEPT).delete()[0]


def _canonical(body: bytes) -> bytes:
    if not body:
        return b""
    value: Any = json.loads(body)
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def _place(request: bytes) -> bytes:
    return b"answer:" + request
