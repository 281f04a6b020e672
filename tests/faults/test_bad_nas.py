"""Every bad habit of a NAS, alone and together: the totals are those that were acknowledged, or they are flagged."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faults import scale
from faults.bad_nas import Play, Scene
from hotgate.domain.access import NasTraits
from hotgate.domain.accounting import Account
from hotgate.simulator.mischief import Habits, Odds
from hotgate.simulator.session import Wish
from hotgate.simulator.truth import Verdict
from small_world import holding, person, traffic

WORLD = Account(person(holding(traffic(None, devices=None)))._replace(subscriber_id=1), (), {1: NasTraits(id=1)})
SECONDS_OFF = 2.0  # no box is back sooner
ALL_HABITS = Habits(False, True, False, True, True, "silent")
ALL_ODDS = Odds(0.1, 0.2, 0.2, 0.2)
CHANCES = st.sampled_from([0.0, 0.05, 0.1, 0.3])

habits = st.builds(
    Habits,
    has_gigawords=st.booleans(),
    swaps_octets=st.booleans(),
    echoes_class=st.booleans(),
    starts_in_1970=st.booleans(),
    reuses_session_ids=st.booleans(),
    reboots=st.sampled_from(["never", "silent"]),
)


def wish(interim: int, rate_bps: int, interims: float) -> Wish:
    return Wish(int(rate_bps / 8 * interim * interims), rate_bps=rate_bps)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    interim = draw(st.sampled_from([5, 10, 15, 60]))
    return Scene(
        draw(st.integers(0, 10**9)),
        draw(habits),
        Odds(*(draw(CHANCES) for _ in range(4))),
        interim,
        wish(interim, draw(st.sampled_from([1, 5, 20])) * 1_000_000, draw(st.floats(0.3, 6))),
        draw(st.booleans()),
        draw(st.sampled_from([0.5, 1.0, 2.0])),
    )


@settings(max_examples=scale.count(short=600, full=100_000), deadline=None)
@given(scenes())
def test_G3_whatever_a_nas_does_its_totals_are_exact_or_flagged(scene: Scene) -> None:
    play = Play(scene, WORLD)
    verdict = play.run()
    assert play.truth.unanswered or began_too_close(play) or is_honest(play, verdict), verdict


def test_G3_all_habits_together_are_exact_or_flagged() -> None:
    seeds = scale.count(short=300, full=20_000)
    plays = [Play(Scene(seed, ALL_HABITS, ALL_ODDS, again=seed % 3 == 0), WORLD) for seed in range(seeds)]
    verdicts = [(play, play.run()) for play in plays]
    judged = [(p, v) for p, v in verdicts if not (p.truth.unanswered or began_too_close(p))]
    scale.note("G3 bad NAS", seeds=len(judged), flagged=sum(v.estimated > 0 for _, v in judged))
    assert len(judged) > seeds * 0.8
    assert [play.scene.seed for play, verdict in judged if not is_honest(play, verdict)] == []


@pytest.mark.parametrize(
    "bad",
    [
        Habits(has_gigawords=False),
        Habits(swaps_octets=True),
        Habits(echoes_class=False),
        Habits(reuses_session_ids=True),
        Habits(reboots="silent"),
        Habits(starts_in_1970=True),
    ],
    ids=lambda each: str(each),
)
def test_G3_one_bad_habit_on_a_good_network_costs_nothing(bad: Habits) -> None:
    for seed in range(30):
        verdict = Play(Scene(seed, bad, Odds(), again=seed % 2 == 0), WORLD).run()
        assert (verdict.differences, verdict.estimated) == ([], 0)


def began_too_close(play: Play) -> bool:
    return any(later - earlier <= SECONDS_OFF for earlier, later in itertools.pairwise(play.began))


def is_honest(play: Play, verdict: Verdict) -> bool:
    """Sessions that nothing but a late Start tells of may become one: there is no use in them."""
    if verdict.honest:
        return True
    has_empty = any(told.acknowledged and not told.acknowledged.seconds for told in play.truth.sessions)
    return play.scene.habits.starts_in_1970 and has_empty and verdict.told[1:] == verdict.server[1:]
