"""Wrong tries: five in ten minutes, then a quarter of an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hotgate.domain import throttling
from hotgate.domain.throttling import Counter, Rule

NOON = datetime(2026, 6, 20, 12, 0, tzinfo=UTC)
RULE = Rule(tries=5, window=timedelta(minutes=10), lockout=timedelta(minutes=15))


def waits_after(*tries: tuple[float, str]) -> list[float | None]:
    """Minutes that each try has to wait; (minute, what was tried), and what ends with `!` was right."""
    counter: Counter | None = None
    waits: list[float | None] = []
    for minute, tried in tries:
        now = NOON + timedelta(minutes=minute)
        digest = tried.encode()
        counter = throttling.count_try(counter, RULE, digest, now)
        waiting = throttling.wait(counter, now)
        waits.append(waiting.total_seconds() / 60 if waiting else None)
        if waiting is None and tried.endswith("!"):
            counter = throttling.take_back(counter, RULE, digest)
    return waits


FIVE = ((0, "a"), (1, "b"), (2, "c"), (3, "d"), (4, "e"))


@pytest.mark.parametrize(
    ("tries", "last"),
    [
        (FIVE, None),
        ((*FIVE, (4, "f")), 15),  # from the fifth on
        ((*FIVE, (10, "f")), 9),  # the end of the window changes nothing
        ((*FIVE, (18.9, "f")), 0.1),
        ((*FIVE, (19, "f")), None),
        ((*FIVE, (6, "e")), 13),  # also one that was tried before
        ((*FIVE, (6, "right!")), 13),  # also a right one
        ((*FIVE, (6, "f"), (7, "f"), (19, "f")), None),  # waiting tries lengthen nothing
        (((0, "a"), (1, "a"), (2, "a"), (3, "a"), (4, "a"), (5, "a")), None),  # once
        (((0, "a"), (1, "b"), (2, "c"), (3, "d"), (9, "x!"), (9.5, "y!"), (9.9, "e")), None),  # right ones: none
        (((0, "a"), (1, "b"), (2, "c"), (3, "d"), (9, "x!"), (9.5, "e"), (9.9, "f")), 14.6),
        (((0, "a"), (1, "b"), (2, "c"), (3, "d"), (10, "e"), (11, "f")), None),  # a new window from the minute 10
        (((0, "a"), (10, "b"), (11, "c"), (12, "d"), (13, "e"), (14, "f"), (15, "g")), 14),
    ],
)
def test_the_last_try_waits(tries: tuple[tuple[float, str], ...], last: float | None) -> None:
    waits = waits_after(*tries)
    assert waits[-1] == pytest.approx(last)


def test_one_try_may_be_the_only_one() -> None:
    once = RULE._replace(tries=1)
    counter = throttling.count_try(None, once, b"a", NOON)
    assert (counter.ends_at, throttling.wait(counter, NOON)) == (NOON + once.lockout, None)
    assert throttling.wait(throttling.count_try(counter, once, b"b", NOON), NOON) == once.lockout


def test_a_lock_ends_with_the_fifth_that_was_right() -> None:
    counter = Counter(NOON, NOON + RULE.lockout, (b"a", b"b", b"c", b"d", b"e"), turned_away=3)
    freed = throttling.take_back(counter, RULE, b"e")
    assert freed == Counter(NOON, NOON + RULE.window, (b"a", b"b", b"c", b"d"))
    assert throttling.take_back(freed, RULE, b"e") == freed
