"""CPU microseconds of Python on the way of a login, a Start and an interim, without socket and database.

    .venv/bin/python benchmarks/radius/path.py [--batches 300]

Each stage is the least that any of so many batches of 48 took, in CPU time of this thread, divided by 48: other
processes and the turns of the collector are in all batches but that one. The NAS is a MikroTik, the plan flat, the
requests are those of `load.c`. The database knows one row for each user, made by hand, and finds every interim
ordinary.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from time import thread_time_ns
from typing import Any

from hotgate import vault
from hotgate.aaa.attempts import Attempts
from hotgate.aaa.authorize import Authorizer, Case, _attempt
from hotgate.aaa.backlog import Backlog, packed
from hotgate.aaa.books import Books
from hotgate.aaa.clients import Clients
from hotgate.aaa.journal import Journal
from hotgate.aaa.links import Health, Link
from hotgate.aaa.pipeline import Pipeline
from hotgate.aaa.rejects import Rejects
from hotgate.aaa.udp import Arrived, Door
from hotgate.domain.catalogue import Measure, Payment, Plan, ServiceProfile
from hotgate.domain.limits import Grant
from hotgate.radius import attributes as attr
from hotgate.radius.attributes import AcctStatusType
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.packet import Code, attribute, ipv4, uint32
from hotgate.radius.passwords import hide_password
from hotgate.store import db, seals
from hotgate.store.access import LOAD_ACCOUNTS, StateRow, states_of
from hotgate.store.accounting import RESERVE_SESSION_IDS
from hotgate.store.attempts import attempt_columns
from hotgate.store.backlog import TAKE_DEFERRED, Numbered
from hotgate.store.network import NasRow
from hotgate.store.quiet import ADVANCE_QUIETLY, Advanced
from hotgate.store.terms import Terms

BATCH = 48
SECRET, PASSWORD = b"benchmark-secret", b"correct-horse"
KEY, KEYS = ClientKey(SECRET), vault.Keys.of(bytes(32))
SOURCE = ("127.0.0.1", 40_000)
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
AT = NOW.timestamp()
PROFILE = ServiceProfile(1, 20_000_000, 5_000_000, 600, 86_400, devices_max=None)
PLAN = Plan(1, "flat", Payment.FREE, Measure.NONE, PROFILE)
NAS = NasRow(
    1,
    1,
    "127.0.0.1",
    "",
    "mikrotik",
    "auto",
    True,
    True,
    None,
    False,
    True,
    False,
    False,
    False,
    None,
    3799,
    None,
    SECRET,
)

Stages = dict[str, int]  # nanoseconds of one batch


class Wire:
    """A transport that leads nowhere."""

    def is_closing(self) -> bool:
        return False

    def sendto(self, octets: bytes, address: Any) -> None:
        pass


class AllOnePlan(Terms):
    """Everybody has it."""

    def __call__(self, plan_id: int, revision: int) -> Plan:
        return PLAN

    def missing(self, rows: Iterable[StateRow]) -> set[int]:
        return set()


class Connection:
    """A database in which nothing is but ordinary sessions of these users."""

    closed = False

    def __init__(self, accounts: list[StateRow]) -> None:
        self._accounts = accounts

    async def ask(self, calls: Sequence[db.Call]) -> list[list[Any]]:
        return [self._rows(statement) for statement, _ in calls]

    def _rows(self, statement: db.Statement[Any]) -> list[Any]:
        if statement is TAKE_DEFERRED:
            return [Numbered(1)]
        if statement is LOAD_ACCOUNTS:
            return self._accounts
        if statement is RESERVE_SESSION_IDS:
            return [Numbered(number) for number in range(256)]
        return [Advanced(at, False, None) for at in range(1, BATCH + 1)] if statement is ADVANCE_QUIETLY else []


class Clock:
    """CPU time of this thread since the last look."""

    def __init__(self) -> None:
        self._at = thread_time_ns()

    def lap(self) -> int:
        before, self._at = self._at, thread_time_ns()
        return self._at - before


def place(user: int, visit: int = 0) -> bytes:
    """What login and record have in common, as a NAS tells it."""
    return (
        attribute(attr.ACCT_SESSION_ID, b"%08x%08x" % (visit, user))
        + attribute(attr.NAS_IP_ADDRESS, ipv4("127.0.0.1"))
        + attribute(attr.NAS_PORT, uint32(user))
        + attribute(attr.NAS_PORT_TYPE, uint32(19))
        + attribute(attr.CALLED_STATION_ID, b"02-00-00-00-00-01:load")
        + attribute(attr.CALLING_STATION_ID, b"02-00-00-00-00-%02X" % user)
    )


def login(user: int) -> bytes:
    authenticator = secrets.token_bytes(16)
    attributes = (
        attribute(attr.USER_NAME, b"user%06d" % user)
        + attribute(attr.USER_PASSWORD, hide_password(PASSWORD, KEY, authenticator))
        + place(user)
        + attribute(attr.SERVICE_TYPE, uint32(1))
    )
    return KEY.sign_access_request(Code.ACCESS_REQUEST, user, authenticator, attributes)


def record(user: int, kind: AcctStatusType, *, visit: int = 0, seconds: int = 0) -> bytes:
    told = [
        (attr.FRAMED_IP_ADDRESS, 0x0A000000 + user),
        (attr.ACCT_AUTHENTIC, 1),
        (attr.EVENT_TIMESTAMP, int(AT)),
        (attr.ACCT_SESSION_TIME, seconds),
        (attr.ACCT_INPUT_OCTETS, 1_000 * seconds),
        (attr.ACCT_INPUT_GIGAWORDS, 0),
        (attr.ACCT_OUTPUT_OCTETS, 9_000 * seconds),
        (attr.ACCT_OUTPUT_GIGAWORDS, 0),
        (attr.ACCT_INPUT_PACKETS, seconds),
        (attr.ACCT_OUTPUT_PACKETS, 9 * seconds),
    ]
    attributes = (
        attribute(attr.ACCT_STATUS_TYPE, uint32(kind))
        + attribute(attr.USER_NAME, b"user%06d" % user)
        + place(user, visit)
        + b"".join(attribute(number, uint32(value)) for number, value in told)
        + attribute(attr.CLASS, vault.class_token(KEYS.class_token, 1, user + 1, user + 1))
    )
    return KEY.sign_request(Code.ACCOUNTING_REQUEST, user, attributes, message_authenticator=False)


def row(user: int) -> StateRow:
    """What LOAD_ACCESS_STATES gives for this user."""
    digest = vault.wire_digest(KEYS.wire, seals.subscriber_ref(user + 1), PASSWORD)
    found = dict.fromkeys(StateRow._fields) | {"position": user + 1, "subscriber_id": user + 1, "operator_id": 1}
    found |= {"zone": "Europe/Rome", "credential_id": user + 1, "credential_kind": "password", "pap_digest": digest}
    found |= {"sealed": bytes(64), "entitlement_id": user + 1, "plan_id": 1, "revision": 1, "created_at": NOW}
    found |= {"starts_at": NOW, "validity_kind": "always", "validity_amount": 0, "validity_unit": "day"}
    found |= {"used": 0, "earlier": []}
    return StateRow(**found)  # type: ignore[arg-type]


class Path:
    """Both doors with what stands behind them."""

    def __init__(self) -> None:
        self.authorizer = Authorizer(KEYS, Terms(), Rejects())
        clients = Clients(lambda _row, sealed: sealed)
        clients.replace([NAS])
        self.pipeline = Pipeline(KEYS, AllOnePlan(), clients, Journal(), Backlog())
        self._runner = asyncio.Runner()
        link = Link({}, None, Health())
        self.rows = [row(user) for user in range(BATCH)]
        nameless = [each._replace(credential_id=None, credential_kind=None) for each in self.rows]
        link._connection = Connection(nameless)  # type: ignore[assignment]
        self.books = Books(self.pipeline, clients, link, KEYS)
        self.arrived: list[Arrived] = []
        self.auth, self.acct = self._door("auth", clients), self._door("acct", clients)

    def _door(self, role: Any, clients: Clients) -> Door:
        def submit(arrived: Arrived) -> bool:
            self.arrived.append(arrived)
            return True

        door = Door(role, clients, Attempts(), submit, is_serving=lambda: True, wall_clock=lambda: AT)
        door.connection_made(Wire())  # type: ignore[arg-type]
        return door

    def receive(self, door: Door, datagrams: Sequence[bytes]) -> list[Arrived]:
        self.arrived = []
        for datagram in datagrams:
            door.datagram_received(datagram, SOURCE)
        return self.arrived

    def logins(self, datagrams: Sequence[bytes]) -> Stages:
        authorizer, clock = self.authorizer, Clock()
        arrived = self.receive(self.auth, datagrams)
        received = clock.lap()
        cases = [authorizer.case(each) for each in arrived]
        understood = clock.lap()
        positions = {(case.operator_id, case.key): at for at, case in enumerate(cases, 1)}
        states = states_of(self.rows, lambda _plan, _revision: PLAN, authorizer._unsealer(cases, positions))
        for case in cases:
            case.state = states.get(positions[case.operator_id, case.key])
        loaded = clock.lap()
        authorizer._decide(cases, NOW)
        decided = clock.lap()
        attempt_columns([_attempt(case) for case in cases], NOW)
        logged = clock.lap()
        authorizer._answer(cases, NOW)
        answered = clock.lap()
        assert len(cases) == BATCH
        assert all(_is_granted(case) for case in cases)
        return {
            "receive": received,
            "ask": understood,
            "states_of": loaded,
            "decide": decided,
            "log": logged,
            "answer": answered,
        }

    def records(self, datagrams: Sequence[bytes]) -> Stages:
        clock = Clock()
        arrived = self.receive(self.acct, datagrams)
        received = clock.lap()
        entries = [self.pipeline.entry(each) for each in arrived]
        written = packed([entry.kept for entry in entries])
        taken = clock.lap()
        for entry in entries:
            entry.arrived.door.reply(entry.arrived.request, Code.ACCOUNTING_RESPONSE, b"")
        answered = clock.lap()
        is_booked = self._runner.run(self.books.settle_packed([(1, written)]))
        booked = clock.lap()
        assert len(entries) == BATCH
        assert is_booked
        return {"receive": received, "pack": taken, "answer": answered, "book": booked}


def _is_granted(case: Case) -> bool:
    return case.decision is not None and isinstance(case.decision.answer, Grant)


def least(run: Callable[[Sequence[bytes]], Stages], batches: Sequence[Sequence[bytes]]) -> dict[str, float]:
    """Microseconds of each stage for one request, and of all together."""
    measured = [run(batch) for batch in batches]
    stages = {name: min(each[name] for each in measured) for name in measured[0]}
    return {name: ns / BATCH / 1000 for name, ns in (stages | {"all": sum(stages.values())}).items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, default=300)
    count, path = parser.parse_args().batches, Path()
    db.together = lambda connection, *calls: connection.ask(calls)
    gc.disable()  # the server collects after 200,000 objects
    logins = [[login(user) for user in range(BATCH)] for _ in range(count)]
    starts = [[record(user, AcctStatusType.START, visit=at) for user in range(BATCH)] for at in range(count)]
    interims = [
        [record(user, AcctStatusType.INTERIM_UPDATE, seconds=60 * at) for user in range(BATCH)]
        for at in range(1, count + 1)
    ]
    ways = ("login", path.logins, logins), ("start", path.records, starts), ("interim", path.records, interims)
    for name, run, batches in ways:
        stages = least(run, batches)
        print(f"{name:8}", *(f"{stage} {micro:.2f}" for stage, micro in stages.items()), sep="  ")


if __name__ == "__main__":
    main()
