"""One NAS that sends without end does not keep the others out (D19)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from aaa.running import configuration
from hotgate.aaa import server
from hotgate.aaa.shares import KNOWN_FROM, Shares

LOUD, QUIET = 1, 2


@pytest.mark.parametrize(
    ("loud", "quiet", "greedy"),
    [
        (KNOWN_FROM, 0, {LOUD}),
        (KNOWN_FROM - 1, 0, set()),  # too few to tell
        (76, 24, {LOUD}),
        (74, 26, {LOUD, QUIET}),
        (25, 25, set()),
    ],
)
def test_whoever_sent_more_than_a_quarter_of_late_is_greedy(loud: int, quiet: int, greedy: set[int]) -> None:
    shares = Shares()
    for nas_id, count in ((LOUD, loud), (QUIET, quiet)):
        for _ in range(count):
            shares.add(nas_id)
    assert {nas_id for nas_id in (LOUD, QUIET) if shares.is_greedy(nas_id)} == greedy
    shares.tick()
    assert not shares.is_greedy(LOUD)
    assert (shares.by_nas[LOUD], shares.by_nas[QUIET]) == (loud, quiet)


@pytest.mark.parametrize(
    ("waiting", "loud_gets_in", "quiet_gets_in"),
    [(0, True, True), (server.QUEUE_SHARED, False, True), (server.QUEUE_MAX, False, False)],
)
def test_from_half_full_on_a_queue_takes_only_those_who_send_little(
    waiting: int, loud_gets_in: bool, quiet_gets_in: bool
) -> None:
    here = server.Server(configuration())
    lane: Any = here._acct_lanes[0]
    for _ in range(1000):
        here.shares["acct"].add(LOUD)
    lane._queue.extend([None] * waiting)
    taken = [here._put(lane, None, of(nas_id), "acct") for nas_id in (LOUD, QUIET)]
    assert taken == [loud_gets_in, quiet_gets_in]
    assert here.attempts.totals["D19", "acct"] == taken.count(False)


def of(nas_id: int) -> Any:
    return cast(Any, SimpleNamespace(client=SimpleNamespace(row=SimpleNamespace(id=nas_id))))
