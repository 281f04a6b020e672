"""One NAS with every bad habit on a virtual clock: the simulator's own dice and packets, the product's own rules.

A run of `hotgate simulate` in a millisecond, so that thousands of seeds can be played. The oracle is the simulator's
truth: what the server has acknowledged, the greatest of each counter.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from faults.virtual import EPOCH, KEY, Clock, Store, client
from hotgate.aaa import translate
from hotgate.domain.accounting import Account
from hotgate.domain.sessions import DOUBTFUL
from hotgate.radius.client import ClientProtocol
from hotgate.radius.packet import Code
from hotgate.radius.server import Request, Resend, ServerProtocol
from hotgate.simulator import requests
from hotgate.simulator import session as sessions
from hotgate.simulator.grant import Grant
from hotgate.simulator.mischief import Habits, Mischief, Odds
from hotgate.simulator.requests import Guest, Identity
from hotgate.simulator.session import Report, Session, Wish
from hotgate.simulator.truth import ServerView, Told, Totals, Truth, Verdict, compare
from hotgate.simulator.wire import waits

NAS = Identity()
SOURCE = ("192.0.2.1", 1700)
PATIENCE = 30.0


class Scene(NamedTuple):
    """All switches of one run, and what its guest does."""

    seed: int
    habits: Habits
    odds: Odds
    interim: int = 5
    wish: Wish = Wish(octets=60_000_000, rate_bps=20_000_000)
    again: bool = False
    first_retry: float = 1.0


class Play:
    """One guest at one NAS, before one server."""

    def __init__(self, scene: Scene, account: Account) -> None:
        self.scene = scene
        self.clock = Clock()
        self.mischief = Mischief(scene.odds, scene.seed)
        self.dice = random.Random(scene.seed)
        self.guest = Guest("ada", "secret", "02-00-00-00-00-01")
        self.truth = Truth("ada")
        self.asks, self.serves = ClientProtocol(KEY), ServerProtocol("acct")
        self.client = client(1)._replace(client_view=scene.habits.swaps_octets)
        self.store = Store({1: account})
        self.booted_at = 0.0
        self.session: Session | None = None
        self.told: Told
        self.held: list[Report] = []
        self.visits = 1 + scene.again
        self.began: list[float] = []

    def run(self) -> Verdict:
        self.clock.at(0.05, lambda: self.visit(self.scene.wish))
        if self.scene.habits.reboots == "silent":
            self.clock.at(self.mischief.moment_of_reboot(self.scene.interim), self.reboot)
        self.clock.run(10_000)
        return compare(self.truth, ServerView(), self.view())

    def view(self) -> ServerView:
        """As `hotgate user --json` tells it."""
        stored = self.store.accounts[1].sessions
        totals = Totals(
            len(stored),
            sum(s.seconds for s in stored),
            sum(s.octets_in for s in stored),
            sum(s.octets_out for s in stored),
        )
        return ServerView(totals, sum(s.estimated or not DOUBTFUL.isdisjoint(s.flags) for s in stored))

    # -- the NAS ---------------------------------------------------------------------------------------------------

    def visit(self, wish: Wish) -> None:
        self.visits -= 1
        self.log_in(wish)

    def log_in(self, wish: Wish) -> None:
        reuses = self.scene.habits.reuses_session_ids
        session_id = "00000001" if reuses else f"{len(self.truth.sessions):08x}"
        now = EPOCH + self.clock.now
        self.began.append(now)
        self.session, start = sessions.begin(session_id, now, Grant(), wish, interim_asked=self.scene.interim)
        self.told, self.held = self.truth.begins(start), []
        self.tell(start)
        self.wait()

    def wait(self) -> None:
        assert self.session is not None
        session = self.session
        at, _ = sessions.next_deadline(session)

        def act() -> None:
            if self.session is not session:
                return
            self.session, happened = sessions.advance(session, EPOCH + self.clock.now)
            for _, report in happened:
                self.tell(report)
            if self.session is not None:
                self.wait()
            elif self.visits:
                self.clock.at(self.dice.uniform(0.05, 20), lambda: self.visit(self.scene.wish))

        self.clock.at(at - EPOCH - self.clock.now + 1e-3, act)

    def reboot(self) -> None:
        self.booted_at = self.clock.now
        if self.session is None:
            return
        session, self.session = self.session, None
        moved = sessions.moved(session, EPOCH + self.clock.now)
        wish = self.scene.wish
        rest = replace(wish, octets=max(0, (wish.octets or 0) - moved))
        self.clock.at(self.dice.uniform(0.001, 0.2), lambda: self.log_in(rest))

    def tell(self, report: Report) -> None:
        told = self.told
        self.truth.happens(told, report)
        passage = self.mischief.passage()
        if passage.behind_next and report.cause is None:
            self.held.append(report)
            return
        reports, self.held = [report, *self.held], []
        booted_at = EPOCH + self.booted_at
        self.clock.at(passage.intervals_late * self.scene.interim, lambda: self.deliver(told, reports, booted_at))

    def deliver(self, told: Told, reports: list[Report], booted_at: float) -> None:
        """One after the other, each until it is answered or given up."""
        if not reports:
            return
        report, *rest = reports
        attributes = requests.accounting(
            report,
            self.guest,
            NAS,
            self.scene.habits,
            user_name="ada",
            booted_at=booted_at,
            delay_seconds=max(0, int(EPOCH + self.clock.now - report.at)),
        )
        sent = self.asks.accounting_request(attributes, self.clock.now)
        state = {"is_over": False}

        def heard(octets: bytes) -> None:
            if not state["is_over"]:
                state["is_over"] = True
                self.asks.abandon(sent, self.clock.now)
                self.truth.arrives(told, report)
                self.deliver(told, rest, booted_at)

        def give_up() -> None:
            if not state["is_over"]:
                state["is_over"] = True
                self.asks.abandon(sent, self.clock.now)
                told.unanswered += 1
                self.deliver(told, rest, booted_at)

        def send() -> None:
            if not state["is_over"]:
                self.carry(sent.octets, lambda octets: self.serve(octets, heard))

        at = 0.0
        for wait in waits(self.scene.first_retry, PATIENCE):
            self.clock.at(at, send)
            at += wait
        self.clock.at(at, give_up)

    def carry(self, octets: bytes, deliver: Callable[[bytes], None]) -> None:
        for _ in range(self.mischief.copies()):
            self.clock.at(self.dice.uniform(0.0005, 0.02), lambda: deliver(octets))

    # -- the server ------------------------------------------------------------------------------------------------

    def serve(self, octets: bytes, answer: Callable[[bytes], None]) -> None:
        received = self.serves.receive_datagram(octets, SOURCE, self.client.peer, self.clock.now)
        if isinstance(received, Resend):
            self.carry(received.octets, answer)
        elif isinstance(received, Request):
            self.book(received)
            self.carry(self.serves.reply(received, Code.ACCOUNTING_RESPONSE, b"", self.clock.now), answer)
        self.serves.expire(self.clock.now)

    def book(self, request: Request) -> None:
        at = datetime.fromtimestamp(EPOCH + self.clock.now, UTC)
        report = translate.accounting_report(request.packet, self.client, SOURCE[0], at, b"no class here")
        assert report.fault == ""
        self.store.book(1, [report.record], at)
