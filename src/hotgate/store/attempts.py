"""The log of logins: one row per answer, and per rule one counted row for what was dropped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from hotgate.store.db import Command, Parameter, ints, literals, texts, times


class Attempt(NamedTuple):
    at: datetime
    operator_id: int | None  # None: from a source nobody registered
    nas_id: int | None
    source: str
    subscriber_id: int | None
    user_name: str  # masked where it is a code
    device: str
    outcome: str  # accepted, confined, refused, dropped
    reason: str
    rule: str  # D-number by which it was dropped
    kind: str  # auth, acct
    times: int = 1  # it happened


SAVE_ATTEMPTS = Command(
    "SAVE_ATTEMPTS",
    "logins as they were answered, and packets as they were dropped",
    """
    INSERT INTO login_attempt (at, operator_id, nas_id, source, subscriber_id, user_name, device, outcome, reason,
                               rule, kind, count)
    SELECT * FROM unnest($1::timestamptz[], $2::bigint[], $3::bigint[], $4::inet[], $5::bigint[], $6::text[],
                         $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::bigint[])
    """,
)


def attempt_columns(attempts: Sequence[Attempt]) -> list[Parameter]:
    """The parameters of SAVE_ATTEMPTS."""
    at, operator, nas, source, subscriber, name, device, outcome, reason, rule, kind, count = zip(
        *attempts, strict=True
    )
    return [
        times(at),
        ints(operator),
        ints(nas),
        literals(source),
        ints(subscriber),
        texts(name),
        texts(device),
        texts(outcome),
        texts(reason),
        texts(rule),
        texts(kind),
        ints(count),
    ]
