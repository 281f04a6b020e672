"""Counters of wrong tries in the database: as the rule says, for all at once, and telling nothing."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction

from hotgate.apps.core import jobs, throttle, waiting
from hotgate.apps.core.models import ThrottleCounter
from hotgate.apps.core.throttle import Limit
from hotgate.domain import throttling
from hotgate.domain.throttling import Counter, Rule
from world import NOON

RULE = Rule(5, timedelta(minutes=10), timedelta(minutes=15))
GUEST = Limit("code by device", "02:00:00:00:00:01", RULE)
GATEWAY = Limit("code by gateway", "7", Rule(8, timedelta(minutes=10), timedelta(minutes=10)))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(20))
def test_the_statement_does_what_the_rule_says(seed: int) -> None:
    chance = random.Random(seed)
    rule = RULE._replace(tries=chance.choice((1, 2, 5)))
    limit, expected, now = GUEST._replace(rule=rule), None, NOON
    for _ in range(60):
        now += timedelta(seconds=chance.choice((0, 1, 60, 299, 300, 900)))
        tried = chance.choice("abcdefgh")
        digest = throttle._digests(limit, tried)[1]
        if expected is not None and chance.random() < 0.2:
            throttle.take_back([limit], tried)
            expected = throttling.take_back(expected, rule, digest)
        else:
            waits = throttle.allow([limit], tried, now)
            expected = throttling.count_try(expected, rule, digest, now)
            assert waits == throttling.wait(expected, now)
        row = ThrottleCounter.objects.get()
        assert expected == Counter(row.started_at, row.ends_at, tuple(map(bytes, row.tried)), row.turned_away)


@pytest.mark.django_db(transaction=True)
def test_of_100_tries_at_once_five_pass() -> None:
    def guess(number: int) -> bool:
        try:
            with transaction.atomic():
                return throttle.allow([GUEST], f"guess {number}", NOON) is None
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(guess, range(100))) == 5


@pytest.mark.django_db(transaction=True)
def test_of_100_right_ones_at_once_all_pass() -> None:
    def log_in(number: int) -> bool:
        try:
            with transaction.atomic():
                passed = throttle.allow([GUEST, GATEWAY], f"code {number}", NOON) is None
                throttle.take_back([GUEST, GATEWAY], f"code {number}")
                return passed
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(log_in, range(100)))


@pytest.mark.django_db
def test_what_the_wider_limit_refuses_does_not_count_in_the_narrower() -> None:
    for number in range(8):
        assert throttle.allow([GUEST._replace(subject=f"device {number}"), GATEWAY], str(number), NOON) is None
    assert throttle.allow([GUEST, GATEWAY], "x", NOON) == timedelta(minutes=10)
    assert [len(row.tried) for row in ThrottleCounter.objects.order_by("-turned_away", "tried")][1] == 0


@pytest.mark.django_db
def test_a_row_tells_neither_subject_nor_what_was_tried() -> None:
    throttle.allow([GUEST, GATEWAY._replace(subject=GUEST.subject)], "ABCD-EFGH", NOON)
    one, other = ThrottleCounter.objects.all()
    told = b"".join([*map(bytes, (one.key, other.key, *one.tried, *other.tried))])
    assert b"ABCD" not in told
    assert b"02:00" not in told
    assert bytes(one.tried[0]) != bytes(other.tried[0])  # what is tried here can't be found again there
    columns = {field.column for field in ThrottleCounter._meta.fields}
    assert columns == {"key", "started_at", "ends_at", "tried", "turned_away"}


@pytest.mark.django_db
def test_web_counts_and_worker_forgets_with_their_own_rights() -> None:
    def become(role: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {role}")

    try:
        become("hotgate_web")
        throttle.allow([GUEST], "a", NOON)
        throttle.take_back([GUEST], "a")
        become("hotgate_worker")
        jobs.forget_tries(int((NOON + timedelta(minutes=9)).timestamp()))
        assert ThrottleCounter.objects.count() == 1
        jobs.forget_tries(int((NOON + timedelta(minutes=10)).timestamp()))
        assert ThrottleCounter.objects.count() == 0
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(1, "1 minute"), (60, "1 minute"), (61, "2 minutes"), (240, "4 minutes"), (5400, "90 minutes"), (5401, "2 hours")],
)
def test_the_refusal_says_how_long(seconds: int, told: str) -> None:
    assert waiting.words(timedelta(seconds=seconds)) == f"Too many tries. Please wait {told}."


CROWD = throttle.Crowd(
    Limit("place", "1", Rule(6, timedelta(minutes=10), timedelta(minutes=10))),
    Limit("newcomer", "", Rule(2, timedelta(hours=1), timedelta(hours=1))),
    Limit("newcomers", "1", Rule(5, timedelta(hours=1), timedelta(hours=1))),
)


def minutes_waited(*tries: tuple[float, str, str]) -> list[float | None]:
    """Of tries at a place: (minute, from where, what). What ends with `!` is right."""
    waits: list[float | None] = []
    for minute, source, tried in tries:
        limits = [CROWD._replace(fresh=CROWD.fresh._replace(subject=source))]
        waiting = throttle.allow(limits, tried, NOON + timedelta(minutes=minute))
        waits.append(waiting.total_seconds() / 60 if waiting else None)
        if waiting is None and tried.endswith("!"):
            throttle.take_back(limits, tried)
    return waits


FULL = [(0, f"bot {number // 2}", f"guess {number}") for number in range(6)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tries", "waits"),
    [
        pytest.param(
            [(1, "bot 0", "x"), (1, "bot 0", "y")], [None, None], id="who guessed before may be wrong twice too"
        ),
        pytest.param([(1, "guest", "a!"), (2, "guest", "b!"), (3, "guest", "c!")], [None] * 3, id="right ones pass"),
        pytest.param(
            [(1, "a", "x"), (1, "a", "y"), (2, "a", "z!")], [None, None, 8], id="after two wrong ones it waits"
        ),
        pytest.param([(1, "a", "x"), (1, "a", "x"), (2, "a", "z!")], [None] * 3, id="the same wrong one counts once"),
        pytest.param([(1, "a", "x"), (1, "a", "y"), (2, "b", "z!")], [None] * 3, id="and nobody else waits"),
        pytest.param(
            [*((1, source, f"{source}{n}") for source in "abc" for n in range(2)), (2, "d", "z!")],
            [None] * 5 + [9, 8],
            id="all newcomers together are wrong five times",
        ),
        pytest.param([(1, "a", "x"), (1, "a", "y"), (10, "a", "z!")], [None] * 3, id="until the place's limit is over"),
        pytest.param([(1, "a", "x"), (1, "a", "y"), (11, "a", "z"), (11, "a", "z!")], [None] * 4, id="then as before"),
    ],
)
def test_beyond_a_places_limit_newcomers_pass_and_their_wrong_ones_are_bounded(
    tries: list[tuple[float, str, str]], waits: list[float | None]
) -> None:
    assert minutes_waited(*FULL, *tries) == [None] * 6 + waits


@pytest.mark.django_db
def test_what_a_crowd_turned_away_counts_nowhere() -> None:
    narrow = Limit("address", "a", RULE)
    for number in range(20):
        throttle.allow([CROWD], f"guess {number}", NOON)
    assert throttle.allow([narrow, CROWD], "right", NOON) is not None
    key = throttle._digests(narrow, "")[0]
    assert [bytes(each) for each in ThrottleCounter.objects.get(key=key).tried] == []


@pytest.mark.django_db
def test_no_number_of_sources_gets_more_than_the_rules_say_in_a_day() -> None:
    """A botnet whose every try comes from elsewhere, one in four seconds, at the portal's own figures."""
    from hotgate.web.portal import guesses

    crowd = CROWD._replace(
        soft=CROWD.soft._replace(rule=guesses.OF_PLACE), hard=CROWD.hard._replace(rule=guesses.OF_NEWCOMERS)
    )
    passed = 0
    for number in range(3 * 900):
        mine = crowd._replace(fresh=Limit("newcomer", str(number), guesses.OF_NEWCOMER))
        passed += throttle.allow([mine], f"guess {number}", NOON + timedelta(seconds=4 * number)) is None
    assert passed <= 3 * 760 + 460
    assert 24 * 760 <= 20_000, "what codes of 10 of 31 bear in a day"
