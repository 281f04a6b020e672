"""Odd records of one session: ids used again at once, counters that wrap or jump. Flagged."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.test_accounting import at, run
from hotgate.domain.sessions import Flag
from small_world import GB, MB, NOON, account, holding, says, traffic

AGAIN = Flag.ID_USED_AGAIN
USED_AGAIN = {  # records that may be of two sessions begun within half a minute, and how each session stands then
    "by its clock it is another": (
        [says("start"), says("interim", 5, MB), says("interim", 5, MB, began=NOON + timedelta(seconds=7))],
        [(5, MB, False), (5, MB, False)],
    ),
    "by its clock it is another, and comes first": (
        [says("interim", 5, MB, began=NOON + timedelta(seconds=7)), says("interim", 5, MB)],
        [(5, MB, False), (5, MB, False)],
    ),
    "without a clock it may be late": (
        [says("interim", 5, MB, **at(5), is_timed=False), says("interim", 5, MB, **at(12), is_timed=False)],
        [(5, MB, True)],
    ),
    "without a clock a Start begins anew, and nobody knows which record is whose": (
        [says("interim", 5, MB, is_timed=False), says("start", **at(7), is_timed=False)],
        [(5, MB, True), (0, 0, True)],
    ),
    "a second Start before any counter": (
        [says("start"), says("start", began=NOON + timedelta(seconds=7))],
        [(0, 0, True)],
    ),
    "without a clock, a second Start that tells no delay": (
        [says("start", is_timed=False), says("start", **at(1), is_timed=False)],
        [(0, 0, True)],
    ),
    "without a clock, a second Start that tells its delay is the first once more": (
        [says("start", is_timed=False), says("start", **at(1), is_timed=False, tells_delay=True)],
        [(0, 0, False)],
    ),
    "by its clock a Start that came in the same second is the first once more": (
        [says("start"), says("start")],
        [(0, 0, False)],
    ),
    "a second Stop of no time that counts less": (
        [says("stop", 0, 2 * MB), says("stop", 0, MB)],
        [(0, 2 * MB, True)],
    ),
    "the same Stop once more": (
        [says("stop", 2, MB), says("stop", 2, MB)],
        [(2, MB, False)],
    ),
    "the same Stop once more, by way of a wrap": (
        [says("interim", 300, 4 * GB, MB, has_gigawords=False), *[says("stop", 600, 9, MB, has_gigawords=False)] * 2],
        [(600, (1 << 32) + 9 + MB, False)],
    ),
    "an interim that comes behind its Stop": (
        [says("stop", 300, 2 * MB), says("interim", 200, MB)],
        [(300, 2 * MB, False)],
    ),
    "a second Stop that counts further": (
        [says("stop", 2, MB), says("stop", 3, 2 * MB, **at(3))],
        [(3, 2 * MB, True)],
    ),
    "counting begins behind the Start": (
        [says("start"), *(says("interim", n, n * MB, began=NOON + timedelta(seconds=9)) for n in (60, 120))],
        [(120, 120 * MB, False)],
    ),
    "half a minute late, but longer than that": (
        [says("interim", 60, MB), says("interim", 120, 2 * MB, **at(145), is_timed=False)],
        [(120, 2 * MB, False)],
    ),
}


@pytest.mark.parametrize("case", USED_AGAIN)
def test_B10_an_id_that_may_have_been_used_again_at_once_is_another_session_or_flagged(case: str) -> None:
    records, expected = USED_AGAIN[case]
    sessions = run(account(holding(traffic(None))), *records).account.sessions
    assert [(s.seconds, s.octets_in + s.octets_out, AGAIN in s.flags) for s in sessions] == expected


WRAP = 1 << 32
UNMARKED = {  # readings (seconds, down, up) of a NAS that sends no Gigawords and isn't registered so; down at the end
    "one wrap": ([(300, 4 * GB, MB), (600, 5 * GB - WRAP, 2 * MB)], 5 * GB, {Flag.WRAP_UNSURE}),
    "two wraps": (
        [(300, 4 * GB, MB), (600, 5 * GB - WRAP, 2 * MB), (900, 9 * GB - 2 * WRAP, 3 * MB)],
        9 * GB,
        {Flag.WRAP_UNSURE},
    ),
    "a late reading between": (
        [(300, 3 * GB, MB), (900, 5 * GB - WRAP, 3 * MB), (600, 4 * GB, 2 * MB)],
        5 * GB,
        {Flag.WRAP_UNSURE},
    ),
    "both fall: the counters began anew": ([(300, 3 * GB, 2 * MB), (600, GB, MB)], 3 * GB, {Flag.COUNTER_FELL}),
    "nothing falls": ([(300, GB, MB), (600, 2 * GB, MB)], 2 * GB, set()),
}


@pytest.mark.parametrize("case", UNMARKED)
def test_G4_a_wrap_is_inferred_and_flagged_where_gigawords_are_left_out(case: str) -> None:
    readings, down, flags = UNMARKED[case]
    records = [says("interim", *reading, has_gigawords=False) for reading in readings]
    outcome = run(account(holding(traffic(None))), *records)
    (session,) = outcome.account.sessions
    assert (session.octets_out, set(session.flags)) == (down, flags)
    assert outcome.account.access.entitlements[0].used == session.octets_in + session.octets_out
    again = run(outcome.account, *records).account.sessions[0]
    assert (again.octets_out, again.octets_in) == (session.octets_out, session.octets_in)


@pytest.mark.parametrize(
    ("seconds", "octets", "flags"),
    [
        (60, 700 * GB, ()),  # 93 Gbit/s
        (60, 900 * GB, (Flag.TOO_FAST,)),
        (0, 20 * GB, ()),
        (0, 30 * GB, (Flag.TOO_FAST,)),
    ],
)
def test_B16_more_than_any_line_carries_is_counted_and_flagged(
    seconds: int, octets: int, flags: tuple[str, ...]
) -> None:
    outcome = run(account(holding(traffic(None))), says("start"), says("interim", seconds, octets))
    (session,) = outcome.account.sessions
    assert (session.octets_out, session.flags) == (octets, flags)


@pytest.mark.parametrize(
    ("seconds", "down", "rates", "flags"),
    [
        (600, 660 * MB, (8 * MB, 2 * MB), ()),  # 8.8 Mbit/s: a burst, and rounding
        (600, 900 * MB, (8 * MB, 2 * MB), (Flag.ABOVE_PLAN,)),
        (600, 900 * MB, (None, 2 * MB), ()),
    ],
)
def test_B16_a_session_faster_than_its_plan_is_counted_whole_and_flagged(
    seconds: int, down: int, rates: tuple[int | None, int], flags: tuple[str, ...]
) -> None:
    profile = {"download_bps": rates[0], "upload_bps": rates[1]}
    outcome = run(account(holding(traffic(None, profile=profile))), says("start"), says("stop", seconds, down))
    (session,) = outcome.account.sessions
    assert (session.octets_out, session.flags) == (down, flags)
    assert [e.used for e in outcome.account.access.entitlements] == [down]


def test_B16_a_second_plan_that_is_faster_takes_the_doubt_away() -> None:
    slow = holding(traffic(None, profile={"download_bps": MB, "upload_bps": MB}))
    fast = holding(traffic(None, id=2, profile={"download_bps": 100 * MB, "upload_bps": MB}), id=2)
    outcome = run(account(slow, fast), says("start"), says("stop", 600, 900 * MB))
    assert outcome.account.sessions[0].flags == ()


def test_B16_odd_packets_are_flagged_and_change_no_sum() -> None:
    stop = says("stop", 600, 9 * MB)._replace(has_odd_packets=True)
    outcome = run(account(holding(traffic(None))), says("start"), stop)
    (session,) = outcome.account.sessions
    assert (session.octets_out, session.flags) == (9 * MB, (Flag.ODD_PACKETS,))
