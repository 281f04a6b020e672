"""Two sessions with one id that begin within two seconds, on a NAS without a clock and without Class.

Their records say so little that they may become one session. Then it is flagged, or nothing of its totals is wrong.
"""

from __future__ import annotations

import itertools

import pytest

from faults import scale
from faults.bad_nas import EPOCH, Play, Scene
from faults.test_bad_nas import WORLD
from hotgate.simulator import session as sessions
from hotgate.simulator.mischief import Habits, Odds
from hotgate.simulator.session import Wish
from hotgate.simulator.truth import ServerView, Verdict, compare

SEEDS = scale.count(short=150, full=20_000)
APART = 2.0
RATE_BPS = 20_000_000
SECOND_OCTETS = RATE_BPS // 8
CLOCKLESS = Habits(echoes_class=False, starts_in_1970=True, reuses_session_ids=True)
NETWORKS = {
    "good": Odds(),
    "loses": Odds(lose=0.3),
    "copies": Odds(double=0.3),
    "delays": Odds(late=0.3, reorder=0.3),
    "does all": Odds(0.1, 0.2, 0.2, 0.2),
}
EARLIER = tuple(name for name, odds in NETWORKS.items() if not odds.late)


class Restarted(Play):
    """The NAS restarts in silence within two seconds of the first login."""

    def run(self) -> Verdict:
        self.visits = 1
        self.clock.at(0.05, lambda: self.visit(self.scene.wish))
        self.clock.at(self.dice.uniform(0.06, APART), self.reboot)
        self.clock.run(10_000)
        return compare(self.truth, ServerView(), self.view())


class LoggedInAgain(Play):
    """The guest logs out at once, and in again; every other time only for a moment."""

    def run(self) -> Verdict:
        self.visits = 2
        self.clock.at(0.05, lambda: self.visit(self.moment()))
        self.clock.run(10_000)
        return compare(self.truth, ServerView(), self.view())

    def moment(self) -> Wish:
        return Wish(octets=int(self.dice.uniform(0.01, 1.8) * SECOND_OCTETS), rate_bps=RATE_BPS)

    def wait(self) -> None:
        session = self.session
        assert session is not None
        at, _ = sessions.next_deadline(session)
        self.clock.at(at - EPOCH - self.clock.now + 1e-3, lambda: self.go_on(session))

    def go_on(self, session: sessions.Session) -> None:
        self.session, happened = sessions.advance(session, EPOCH + self.clock.now)
        for _, report in happened:
            self.tell(report)
        if self.session is not None:
            self.wait()
        elif self.visits:
            wish = self.moment() if self.dice.random() < 0.5 else self.scene.wish
            self.clock.at(self.dice.uniform(0.01, 0.2), lambda: self.visit(wish))


def played(kind: type[Play], network: str) -> list[tuple[Play, Verdict]]:
    """Those whose every record was acknowledged, and that did begin so soon after each other."""
    plays = [kind(Scene(seed, CLOCKLESS, NETWORKS[network]), WORLD) for seed in range(SEEDS)]
    judged = [(play, play.run()) for play in plays]
    close = [(p, v) for p, v in judged if not p.truth.unanswered and any(b - a < APART for a, b in pairs(p))]
    assert len(close) > SEEDS / 2
    return close


def pairs(play: Play) -> itertools.pairwise[tuple[float, float]]:
    return itertools.pairwise(play.began)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("kind", [Restarted, LoggedInAgain])
def test_G3_what_two_such_sessions_used_is_exact_or_flagged(kind: type[Play], network: str) -> None:
    judged = played(kind, network)
    wrong = [p.scene.seed for p, v in judged if not v.honest and v.told[1:] != v.server[1:]]
    scale.note("G3 close starts", kind=kind.__name__, network=network, seeds=len(judged), wrong=len(wrong))
    assert wrong == []


@pytest.mark.parametrize("network", EARLIER)
@pytest.mark.parametrize("kind", [Restarted, LoggedInAgain])
def test_G3_that_there_were_two_is_seen_or_flagged_unless_a_start_came_late(kind: type[Play], network: str) -> None:
    assert [p.scene.seed for p, v in played(kind, network) if not v.honest] == []


def test_G3_one_session_of_such_a_nas_is_not_flagged_for_packets_that_came_twice() -> None:
    for seed in range(SEEDS):
        play = Play(Scene(seed, CLOCKLESS, Odds(double=0.5)), WORLD)
        verdict = play.run()
        assert (verdict.differences, verdict.estimated) == ([], 0), seed
