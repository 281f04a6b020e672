"""How many different wrong tries are let through, and how long the next one waits.

A try counts before it is looked at, and is taken back when it was right: so a hundred at once get no more than one
after the other. `store.throttling` says the same in one SQL statement.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

MINUTES_SHOWN_MAX = 90


class Rule(NamedTuple):
    tries: int  # different ones that are let through in a window
    window: timedelta  # from the first of them
    lockout: timedelta  # from the last of them


class Counter(NamedTuple):
    """What is remembered of one subject."""

    started_at: datetime
    ends_at: datetime  # of the window, or of the lock-out
    tried: tuple[bytes, ...]  # what was tried, in a form that doesn't tell it
    turned_away: int = 0  # tries since it is full


def count_try(counter: Counter | None, rule: Rule, tried: bytes, now: datetime) -> Counter:
    """The counter after one more try. The same wrong one again counts once; while it is full, nothing passes."""
    if counter is None or counter.ends_at <= now:
        return _with(Counter(now, now + rule.window, ()), rule, tried, now)
    if len(counter.tried) >= rule.tries:
        return counter._replace(turned_away=counter.turned_away + 1)
    return counter if tried in counter.tried else _with(counter, rule, tried, now)


def take_back(counter: Counter, rule: Rule, tried: bytes) -> Counter:
    """The try was right: as if it had not been."""
    if tried not in counter.tried:
        return counter
    rest = tuple(each for each in counter.tried if each != tried)
    return Counter(counter.started_at, counter.started_at + rule.window, rest)


def wait(counter: Counter, now: datetime) -> timedelta | None:
    """How long the try just counted has to wait; None: it may be looked at."""
    return max(counter.ends_at - now, timedelta(seconds=1)) if counter.turned_away else None


def _with(counter: Counter, rule: Rule, tried: bytes, now: datetime) -> Counter:
    more = (*counter.tried, tried)
    return counter._replace(tried=more, ends_at=now + rule.lockout if len(more) >= rule.tries else counter.ends_at)
