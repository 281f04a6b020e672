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
