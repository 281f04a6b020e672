"""G3 for the rules alone: reboots between the records of several sessions whose ids come again."""

from __future__ import annotations

import random
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.test_histories import BEFORE_MIDNIGHT, play, result
from hotgate.domain.accounting import Account
from hotgate.domain.sessions import Record
from small_world import GB, account, holding, says, traffic

WORLD = account(holding(traffic(None)))
BOOT_SECONDS = 7200
TOLD_AT = BEFORE_MIDNIGHT + timedelta(days=2)  # the NAS had kept it all
COUNTERS = st.lists(st.tuples(st.integers(60, 900), st.integers(0, GB)), min_size=1, max_size=4)


def life(boot: int, steps: list[tuple[int, int]], has_stop: bool) -> list[Record]:
    """One session with the id that each boot begins with again."""
    began = BEFORE_MIDNIGHT + timedelta(seconds=boot * BOOT_SECONDS)
    records, seconds, octets = [says("start", began=began, received_at=TOLD_AT)], 0, 0
    for more_seconds, more in steps:
        seconds, octets = seconds + more_seconds, octets + more
        records.append(says("interim", seconds, octets, began=began, received_at=TOLD_AT))
    return [*records, says("stop", seconds + 1, octets, began=began, received_at=TOLD_AT)] if has_stop else records


def reboot(state: Account, boot: int) -> list[Record]:
    """What the pipeline makes of an Accounting-On: a record for each session that is open and began before it."""
    at = BEFORE_MIDNIGHT + timedelta(seconds=boot * BOOT_SECONDS - 60)
    return [says("reboot", session_id=s.id, event_at=at) for s in state.sessions if s.is_open and s.started_at <= at]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(COUNTERS, st.booleans()), min_size=1, max_size=3), st.integers(0, 3), st.randoms())
def test_G3_ids_that_come_again_are_other_sessions_and_reboots_close_only_older_ones(
    boots: list[tuple[list[tuple[int, int]], bool]], ons: int, dice: random.Random
) -> None:
    told = [life(boot, steps, has_stop) for boot, (steps, has_stop) in enumerate(boots)]
    in_turn = play(WORLD, [[record] for records in told for record in records])
    shuffled = [record for records in told for record in dice.sample(records * 2, len(records) * 2)]
    state = play(WORLD, [[record] for record in shuffled])
    assert result(state) == result(in_turn)
    assert len(state.sessions) == len(boots)
    last = len(boots) - 1
    for _ in range(ons):
        state = play(state, [reboot(state, last)])
    for session in state.sessions:
        is_newest = session.started_at == BEFORE_MIDNIGHT + timedelta(seconds=last * BOOT_SECONDS)
        has_stop = boots[last][1] if is_newest else None
        assert session.is_open is (not has_stop) if is_newest else (ons == 0 or not session.is_open)
    assert state.access.entitlements[0].used == sum(records[-1].octets_out for records in told)


def test_G3_a_record_from_before_the_reboot_that_comes_after_it_does_not_reopen_the_session() -> None:
    start, first, second = life(0, [(300, GB), (300, GB)], has_stop=False)
    state = play(WORLD, [[start, first]])
    state = play(state, [reboot(state, 1)])
    assert not play(state, [[second]]).sessions[0].is_open
