"""The log of logins: one row per answer, and per rule one counted row for what was dropped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from hotgate.store.db import Command, Parameter, insert_into, ints, literals, texts, words


class Attempt(NamedTuple):
    operator_id: int | None  # None: from a source nobody registered
    nas_id: int | None
    source: str | None  # None: further unknown ones, beyond those told one by one
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
    "logins as they were answered, and packets as they were dropped, all at one time",
    insert_into(
        "login_attempt",
        """
        operator_id bigint, nas_id bigint, source inet, subscriber_id bigint, user_name text, device text, outcome text,
        reason text, rule text, kind text, count bigint
        """,
        at="$12::timestamptz",
    ),
)


def attempt_columns(attempts: Sequence[Attempt], at: datetime) -> list[Parameter]:
    """The parameters of SAVE_ATTEMPTS."""
    operator, nas, source, subscriber, name, device, outcome, reason, rule, kind, count = zip(*attempts, strict=True)
    return [
        ints(operator),
        ints(nas),
        literals(source),
        ints(subscriber),
        texts(name),
        texts(device),
        words(outcome),
        words(reason),
        words(rule),
        words(kind),
        ints(count),
        at.isoformat(),
    ]
