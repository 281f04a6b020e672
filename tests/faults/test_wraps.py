"""G4 for the rules alone: the records of a NAS without Gigawords are used up in full, whatever their order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.test_histories import BEFORE_MIDNIGHT, MONTHS, play, result
from hotgate.domain.access import NasTraits
from hotgate.domain.subscriber import Wallet
from small_world import GB, account, holding, metered, says, traffic

WRAPPING = NasTraits(id=1, lacks_gigawords=True)
WRAP = 1 << 32
WORLDS = st.sampled_from(
    [
        account(holding(traffic(None)), nas=WRAPPING),
        account(holding(traffic(100 * GB, cycle=MONTHS)), nas=WRAPPING),
        account(holding(traffic(GB), 1), holding(traffic(None, id=2), 2), nas=WRAPPING),
        account(holding(metered()), nas=WRAPPING, wallet=Wallet(0, True)),
    ]
)
# less than one wrap between two readings: more can't be seen
STEPS = st.lists(st.tuples(st.integers(60, 900), st.integers(0, WRAP - 1), st.integers(0, WRAP - 1)), max_size=6)


@settings(max_examples=150, deadline=None)
@given(WORLDS, STEPS, st.randoms(use_true_random=False))
def test_G4_use_of_wrapped_counters_does_not_depend_on_the_order_of_arrival(world, steps, dice) -> None:  # type: ignore[no-untyped-def]
    records = [says("start", began=BEFORE_MIDNIGHT)]
    seconds = down = up = 0
    for more_seconds, more_down, more_up in steps:
        seconds, down, up = seconds + more_seconds, down + more_down, up + more_up
        records.append(says("interim", seconds, down % WRAP, up % WRAP, began=BEFORE_MIDNIGHT))
    shuffled = dice.sample(records * 2, len(records) * 2)
    in_turn = play(world, [[record] for record in records])
    assert (in_turn.sessions[0].octets_out, in_turn.sessions[0].octets_in) == (down, up)
    assert result(play(world, [[record] for record in shuffled])) == result(in_turn)
    if world.access.entitlements[0].plan.amount is None and world.access.wallet is None:
        assert in_turn.access.entitlements[0].used == down + up
