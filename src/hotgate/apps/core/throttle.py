"""Wrong tries, counted for all processes at once. The rules stand in `domain.throttling`.

A try is made in the transaction of its request and locks its counters until that ends; callers name the narrower
limit first, always in the same order.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from hotgate import vault
from hotgate.apps.core import keys
from hotgate.apps.core.models import ThrottleCounter
from hotgate.domain.throttling import Counter, Rule, wait
from hotgate.store.throttling import COUNT_TRY, TAKE_TRY_BACK

TRIED_OCTETS = 8


class Limit(NamedTuple):
    """`scope` says what is tried and by what it is counted, `subject` by whom; neither is stored, only a digest."""

    scope: str
    subject: str
    rule: Rule


class Crowd(NamedTuple):
    """What everybody together may try at a place that the whole internet reaches (docs/decisions/0013).

    While `soft` is full, `fresh` lets those pass who hardly tried anything wrong since, up to `hard` in all.
    """

    soft: Limit
    fresh: Limit  # by a subject that costs something to have many of
    hard: Limit


def allow(limits: Sequence[Limit | Crowd], tried: str, now: datetime) -> timedelta | None:
    """Count one try under each limit. None: go on; otherwise how long to wait, and the try counts nowhere."""
    for number, limit in enumerate(limits):
        waiting = _count_crowd(limit, tried, now) if isinstance(limit, Crowd) else _count(limit, tried, now)
        if waiting is not None:
            take_back(limits[:number], tried)
            return waiting
    return None


def take_back(limits: Sequence[Limit | Crowd], tried: str) -> None:
    """It was right, or no guess."""
    for limit in _each(limits):
        key, digest = _digests(limit, tried)
        TAKE_TRY_BACK.fetch(connection, key, digest, _seconds(limit.rule.window))


def forget_what_is_over(now: datetime) -> int:
    return ThrottleCounter.objects.filter(ends_at__lte=now).delete()[0]


def _count_crowd(crowd: Crowd, tried: str, now: datetime) -> timedelta | None:
    waiting = _count(crowd.soft, tried, now)
    if waiting is None:
        return None
    beyond = allow((crowd.fresh, crowd.hard), tried, now)
    return None if beyond is None else min(waiting, beyond)


def _each(limits: Sequence[Limit | Crowd]) -> Iterator[Limit]:
    for limit in limits:
        yield from limit if isinstance(limit, Crowd) else (limit,)


def _count(limit: Limit, tried: str, now: datetime) -> timedelta | None:
    rule = limit.rule
    key, digest = _digests(limit, tried)
    [counted] = COUNT_TRY.fetch(connection, key, digest, now, rule.tries, _seconds(rule.window), _seconds(rule.lockout))
    return wait(Counter(now, counted.ends_at, (), counted.turned_away), now)


def _digests(limit: Limit, tried: str) -> tuple[bytes, bytes]:
    """The key of the counter, and what is tried as this counter alone knows it."""
    secret = vault.derive(keys.current().cookies, f"throttle {limit.scope}")
    key = hmac.digest(secret, limit.subject.encode(), "sha256")
    return key, hmac.digest(key, tried.encode(), "sha256")[:TRIED_OCTETS]


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
