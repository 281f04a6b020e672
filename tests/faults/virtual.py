"""A seeded world on a virtual clock: NASes, a network, a server and a database that fail, and guests who use the net.

Nothing here reads a clock or a random source but the seed's, so a seed that fails fails again. The packets, the
duplicate detection, the translation and the rules are the product's; the database is a dict that may refuse a batch,
stall, or commit one whose answers are never sent.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from faults.fleet import INTERIM, SECRET, START, STOP, number
from hotgate.aaa import translate
from hotgate.aaa.clients import Client, client_of
from hotgate.domain import accounting, sessions
from hotgate.domain.accounting import Account
from hotgate.domain.metering import Point
from hotgate.domain.sessions import Record, RecordKind
from hotgate.radius import attributes as attr
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.client import ACCOUNTING_TIMERS, Answer, ClientProtocol, NoIdentifier
from hotgate.radius.packet import Code, attribute, text
from hotgate.radius.server import Request, Resend, ServerProtocol
from hotgate.store.network import NasRow

KEY = ClientKey(SECRET)
EPOCH = 1_790_000_000.0
ON = 7
HOURS = 6.0
INTERIM_SECONDS = 300
IN_FLIGHT_SECONDS_MAX = 20.0  # nothing lives longer on the way, and an epoch is known to half a minute
KINDS_OF_TIME = ("stamp", "delay", "both", "stamp a day ahead and delay")


class Clock:
    """Events in order of virtual time; those of one instant in the order in which they were planned."""

    def __init__(self) -> None:
        self.now = 0.0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()

    def at(self, seconds: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.now + max(seconds, 0.0), next(self._numbers), act))

    def run(self, until: float) -> None:
        while self._events and self._events[0][0] <= until:
            self.now, _, act = heapq.heappop(self._events)
            act()
        self.now = until

    @property
    def date(self) -> datetime:
        return datetime.fromtimestamp(EPOCH + self.now, UTC)


@dataclass
class Network:
    """Loses, doubles, delays and reorders; is cut now and then; whole again after `heals_at`."""

    clock: Clock
    dice: random.Random
    loss: float
    doubling: float
    delay: float
    cuts: list[tuple[float, float]]
    heals_at: float = HOURS * 3600

    def carry(self, octets: bytes, deliver: Callable[[bytes], None]) -> None:
        is_healed = self.clock.now >= self.heals_at
        if not is_healed and any(begins <= self.clock.now < ends for begins, ends in self.cuts):
            return
        for _ in range(1 if is_healed or self.dice.random() >= self.doubling else 2):
            if is_healed or self.dice.random() >= self.loss:
                seconds = min(self.dice.expovariate(1 / self.delay), IN_FLIGHT_SECONDS_MAX)
                self.clock.at(seconds, lambda: deliver(octets))


@dataclass
class Told:
    """The oracle's page about one session: what was certainly booked, and the most that can be."""

    guest: int
    acknowledged: tuple[int, int, int] | None = None
    sent: tuple[int, int, int] | None = None


@dataclass
class Running:
    session_id: str
    told: Told
    began: float
    seconds: int = 0
    octets_in: int = 0
    octets_out: int = 0
    is_over: bool = False

    @property
    def counters(self) -> tuple[int, int, int]:
        return self.seconds, self.octets_in, self.octets_out


class Waiting(NamedTuple):
    """A request that is not answered yet."""

    running: Running | None
    content: bytes
    at: float  # when it happened
    counters: tuple[int, int, int] | None


class Nas:
    """Tells its sessions, keeps asking until it is answered, and forgets everything when it reboots."""

    def __init__(self, world: World, number_of_nas: int) -> None:
        self.world, self.dice, self.clock = world, world.dice, world.clock
        self.source = (f"192.0.2.{number_of_nas + 1}", 1700)
        self.time_kind = self.dice.choice(KINDS_OF_TIME)
        # Acct-Delay-Time changes, so must the Identifier (RFC 2866 §5.2)
        self.gives_new_identifiers = self.time_kind != "stamp"
        self.boots = 0
        self.patient = 0  # the boot for which it looks once a second
        self.ids = itertools.count()
        self.boot()
        for _ in range(self.dice.randint(0, 2)):
            self.clock.at(self.dice.uniform(1800, HOURS * 3000), self.boot)

    def boot(self) -> None:
        """Whatever was under way is lost; ids begin again."""
        self.boots += 1
        self.protocol = ClientProtocol(KEY)
        self.waiting: dict[int, Waiting] = {}
        self.ids = itertools.count()
        if self.boots > 1 and self.dice.random() < 0.8:
            self.tell(None, ON)
        for _ in range(self.dice.randint(2, 5)):
            self.clock.at(self.dice.uniform(60, 3600), self.login(self.boots))

    def login(self, boot: int) -> Callable[[], None]:
        def act() -> None:
            if boot == self.boots:
                told = Told(self.dice.randrange(self.world.guests))
                running = Running(f"{next(self.ids):08x}", told, self.clock.now)
                self.world.told.append(told)
                self.tell(running, START)
                self.clock.at(INTERIM_SECONDS, self.interim(boot, running, self.dice.randint(1, 8)))

        return act

    def interim(self, boot: int, running: Running, left: int) -> Callable[[], None]:
        def act() -> None:
            if boot != self.boots:
                return
            running.seconds = int(self.clock.now - running.began)
            running.octets_in += self.dice.randint(0, 10**9)
            running.octets_out += self.dice.choice([0, self.dice.randint(0, 5 * 10**9)])
            self.tell(running, INTERIM if left > 1 else STOP)
            wait = INTERIM_SECONDS if left > 2 else self.dice.uniform(1, INTERIM_SECONDS)
            if left > 1:
                self.clock.at(wait, self.interim(boot, running, left - 1))
            elif self.dice.random() < 0.5:
                self.clock.at(self.dice.uniform(1, 900), self.login(boot))

        return act

    def tell(self, running: Running | None, status: int) -> None:
        if running is not None:
            running.told.sent = running.counters
        self.send(running, self.content(running, status), self.clock.now, running.counters if running else None)

    def content(self, running: Running | None, status: int) -> bytes:
        octets = number(attr.ACCT_STATUS_TYPE, status)
        if running is None:
            return octets
        octets += attribute(attr.ACCT_SESSION_ID, text(running.session_id))
        octets += attribute(attr.USER_NAME, text(f"guest{running.told.guest}"))
        octets += attribute(attr.CALLING_STATION_ID, text(f"{self.source[0]}/{running.told.guest}"))
        octets += number(attr.ACCT_SESSION_TIME, running.seconds)
        for value, low, high in (
            (running.octets_in, attr.ACCT_INPUT_OCTETS, attr.ACCT_INPUT_GIGAWORDS),
            (running.octets_out, attr.ACCT_OUTPUT_OCTETS, attr.ACCT_OUTPUT_GIGAWORDS),
        ):
            octets += number(low, value & 0xFFFFFFFF) + number(high, value >> 32)
        return octets

    def timed(self, content: bytes, at: float) -> bytes:
        shift = 26 * 3600 if "ahead" in self.time_kind else 0
        if self.time_kind != "delay":
            content += number(attr.EVENT_TIMESTAMP, int(EPOCH + at) + shift)
        if self.time_kind != "stamp":
            content += number(attr.ACCT_DELAY_TIME, int(self.clock.now - at))
        return content

    def send(self, running: Running | None, content: bytes, at: float, counters: tuple[int, int, int] | None) -> None:
        try:
            sent = self.protocol.accounting_request(self.timed(content, at), self.clock.now, random=self.dice.random())
        except NoIdentifier:
            return
        self.waiting[sent.identifier] = Waiting(running, content, at, counters)
        self.world.to_server(sent.octets, self)
        if self.patient != self.boots:
            self.patient = self.boots
            self.clock.at(1.0, self.patience(self.boots))

    def patience(self, boot: int) -> Callable[[], None]:
        """Once a second while something waits: what is due is sent again, as it was or under another Identifier."""

        def act() -> None:
            if boot != self.boots:
                return
            if self.protocol.next_due() is None:
                self.patient = 0
                return
            again, _ = self.protocol.retransmit(self.clock.now, self.dice.random())
            for sent in again:
                if self.gives_new_identifiers:
                    waiting = self.waiting.pop(sent.identifier)
                    self.protocol.abandon(sent, self.clock.now)
                    self.send(*waiting)
                else:
                    self.world.to_server(sent.octets, self)
            self.clock.at(1.0, self.patience(boot))

        return act

    def hear(self, octets: bytes) -> None:
        answer = self.protocol.receive_datagram(octets, self.clock.now)
        if isinstance(answer, Answer):
            running, _, _, counters = self.waiting.pop(answer.sent.identifier)
            if running is not None and counters is not None:
                running.told.acknowledged = max(running.told.acknowledged or counters, counters)


@dataclass
class Store:
    """The database: whole accounts, changed by whole batches or not at all."""

    accounts: dict[int, Account]
    points: dict[int, list[Point]] = field(default_factory=dict)
    ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def book(self, guest: int, records: Sequence[Record], now: datetime) -> None:
        outcome = accounting.apply_records(
            self.accounts[guest], records, now, self.ids, lambda i: self.points.get(i, [])
        )
        self.accounts[guest] = outcome.account
        for session_id, point in outcome.points:
            self.points.setdefault(session_id, []).append(point)

    def reboot(self, record: Record, now: datetime) -> None:
        for guest, account in self.accounts.items():
            told = [
                record._replace(acct_session_id=s.acct_session_id, session_id=s.id)
                for s in account.sessions
                if s.is_open and s.nas_id == record.nas_id and s.started_at <= record.event_at
            ]
            if told:
                self.book(guest, told, now)


class Server:
    """Batches, commits, answers; the database may fail it, and it may end and begin anew at any moment."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.protocol = ServerProtocol("acct")
        self.queue: list[tuple[Request, Nas, Client]] = []
        self.is_busy = False
        self.life = 0

    def receive(self, octets: bytes, nas: Nas) -> None:
        client = self.world.clients[nas.source[0]]
        received = self.protocol.receive_datagram(octets, nas.source, client.peer, self.world.clock.now)
        if isinstance(received, Resend):
            self.world.to_nas(received.octets, nas)
        elif isinstance(received, Request):
            self.queue.append((received, nas, client))
            self.begin()
        self.protocol.expire(self.world.clock.now)

    def begin(self) -> None:
        if self.queue and not self.is_busy:
            self.is_busy = True
            batch, self.queue = self.queue, []
            self.world.clock.at(self.world.commit_seconds(), lambda: self.commit(batch, self.life))

    def commit(self, batch: list[tuple[Request, Nas, Client]], life: int) -> None:
        """One of four: all is well; the database refuses; it commits and we end; we had ended before."""
        if life != self.life:
            return
        fate = self.world.fate()
        if fate != "refuse":
            for request, nas, client in batch:
                self.world.book(request, nas, client)
        if fate == "end":
            self.end()
            return
        for request, nas, _ in batch:
            if fate == "refuse":
                self.protocol.forget(request)
            else:
                octets = self.protocol.reply(request, Code.ACCOUNTING_RESPONSE, b"", self.world.clock.now)
                self.world.to_nas(octets, nas)
        self.is_busy = False
        self.begin()

    def end(self) -> None:
        """kill -9: what was queued and what was remembered is gone."""
        self.life += 1
        self.protocol, self.queue, self.is_busy = ServerProtocol("acct"), [], False


class World:
    """One seed."""

    def __init__(self, seed: int, account_of: Callable[[int], Account], guests: int = 6, nases: int = 4) -> None:
        self.seed, self.guests = seed, guests
        self.dice = random.Random(seed)
        self.clock = Clock()
        self.told: list[Told] = []
        cuts = [(begins, begins + self.dice.uniform(10, 1800)) for begins in self._instants(2)]
        self.network = Network(
            self.clock,
            self.dice,
            loss=self.dice.choice([0.0, 0.05, 0.3]),
            doubling=self.dice.choice([0.0, 0.1]),
            delay=self.dice.choice([0.01, 1.0, 8.0]),
            cuts=cuts,
        )
        self.stalls = [(begins, begins + self.dice.uniform(1, 120)) for begins in self._instants(2)]
        self.refuses, self.ends = self.dice.choice([0.0, 0.1]), self.dice.choice([0.0, 0.02])
        self.store = Store({guest: account_of(guest) for guest in range(guests)})
        self.clients = {f"192.0.2.{n + 1}": client(n + 1) for n in range(nases)}
        self.server = Server(self)
        self.fleet = [Nas(self, n) for n in range(nases)]

    def run(self) -> None:
        """Some hours of trouble, then long enough without any that every request is answered."""
        self.clock.run(HOURS * 3600)
        self.clock.run(HOURS * 3600 + 4 * ACCOUNTING_TIMERS.maximum + INTERIM_SECONDS * 12)

    def to_server(self, octets: bytes, nas: Nas) -> None:
        self.network.carry(octets, lambda arrived: self.server.receive(arrived, nas))

    def to_nas(self, octets: bytes, nas: Nas) -> None:
        self.network.carry(octets, nas.hear)

    def commit_seconds(self) -> float:
        stall = max(
            (ends - self.clock.now for begins, ends in self.stalls if begins <= self.clock.now < ends), default=0.0
        )
        return stall + self.dice.uniform(0.001, 0.05)

    def fate(self) -> str:
        if self.clock.now >= self.network.heals_at:
            return "answer"
        drawn = self.dice.random()
        return "end" if drawn < self.ends else "refuse" if drawn < self.ends + self.refuses else "answer"

    def book(self, request: Request, nas: Nas, client: Client) -> None:
        received_at = datetime.fromtimestamp(EPOCH + request.received, UTC)
        report = translate.accounting_report(request.packet, client, nas.source[0], received_at, b"no class here")
        assert report.fault == ""
        if report.record.kind is RecordKind.REBOOT:
            self.store.reboot(report.record, self.clock.date)
        else:
            self.store.book(int(report.name_key.removeprefix("guest")), [report.record], self.clock.date)

    def sessions(self) -> list[sessions.Session]:
        return [each for account in self.store.accounts.values() for each in account.sessions]

    def _instants(self, most: int) -> list[float]:
        return [self.dice.uniform(0, HOURS * 3600) for _ in range(self.dice.randint(0, most))]


def client(nas_id: int) -> Client:
    row = NasRow(
        nas_id, 1, f"192.0.2.{nas_id}", "", "standard", "yes", False, True, False, False, True, False, False, False,
        None, 3799, 0, b"",
    )  # fmt: skip
    return client_of(row, KEY)
