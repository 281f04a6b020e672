"""Orders to NASes: lease, work out the content at that moment, send Disconnect or CoA, settle by the answer (RFC 5176).

One order is in flight per session. ACK settles it; so does a NAK that says the session is gone, which closes our
record, and so does the Stop, by whatever process that arrives. No answer is *unknown*: the order is tried again later,
but where staff gave it our record is closed all the same (HN-15), and any later packet opens it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic
from typing import Any, NamedTuple, TypeVar

from hotgate.aaa import reauthorize
from hotgate.aaa.booking import Book, Told
from hotgate.aaa.clients import Client, Clients
from hotgate.aaa.journal import Journal
from hotgate.aaa.links import Link, is_collision
from hotgate.aaa.sourceports import Flight, Landed, SourcePorts
from hotgate.domain import causes
from hotgate.domain.accounting import OrderKind
from hotgate.domain.reasons import Reason
from hotgate.domain.sessions import Record, RecordKind, Session
from hotgate.radius.attributes import ErrorCause
from hotgate.radius.packet import Code
from hotgate.store import db
from hotgate.store.orders import LEASE_ORDERS, POSTPONE_ORDER, PUT_BACK_ORDER, SETTLE_ORDER, Leased
from hotgate.store.terms import Terms

log = logging.getLogger("hotgate.aaa")

POLL_SECONDS = 0.25
LEASE_SECONDS = 60  # longer than all retransmissions together
LEASED_MAX = 200
RETRY_SECONDS = 60
TRIES_MAX = 5
HELD_UP_SECONDS = 1  # that a subscriber is let alone whose row somebody holds (`held.ORDER_SETTINGS`)

_RULES_REASONS = frozenset(map(str, Reason))
_ACKS = (Code.DISCONNECT_ACK, Code.COA_ACK)


class Closing(NamedTuple):
    """Our record of a session is to end, at its last evidence."""

    order: Leased
    session: Session
    kind: RecordKind


T = TypeVar("T", Landed, Closing)
W = TypeVar("W")


class Dispatcher:
    """Sends this process's share of the orders, from ports of its own."""

    def __init__(self, clients: Clients, terms: Terms, link: Link, journal: Journal, name: str, host: str) -> None:
        self._clients = clients
        self._terms = terms
        self._link = link
        self._journal = journal
        self._name = name
        self._landed: deque[Landed] = deque()
        self._closings: deque[Closing] = deque()
        self._held_up: dict[int, float] = {}  # whose rows somebody holds, until when they are let alone
        self._unreached: set[tuple[int, str | None]] = set()  # NASes of which the log tells already
        self.ports = SourcePorts(host, self._landed.append)
        self.outcomes: Counter[str] = Counter()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._round()
            except Exception as error:
                if await self._link.recover(error):
                    log.exception("orders could not be worked on")
            await asyncio.sleep(POLL_SECONDS)

    def close(self) -> None:
        self.ports.close()

    # -- rounds ----------------------------------------------------------------------------------------------------

    async def _round(self) -> None:
        self.ports.retransmit()
        now = monotonic()
        self._held_up = {key: until for key, until in self._held_up.items() if until > now}
        await self._work_through(self._landed, self._settle)
        await self._work_through(self._closings, self._close_session)
        nas_ids = self._clients.ids()
        if nas_ids:
            connection = await self._link.connection()
            for order in await LEASE_ORDERS.afetch(connection, db.ints(nas_ids), self._name, LEASE_SECONDS, LEASED_MAX):
                if not await self._is_done(order, self._start, order):
                    await self._note(PUT_BACK_ORDER, order, HELD_UP_SECONDS)

    async def _work_through(self, waiting: deque[T], work: Callable[[db.Aconnection, T], Awaitable[None]]) -> None:
        """Each for itself. Who is held up waits for a later round; all do while the database is away."""
        for _ in range(len(waiting)):
            each = waiting[0]
            is_done = await self._is_done(each.order, work, each)
            waiting.popleft()
            if not is_done:
                waiting.append(each)

    async def _is_done(self, order: Leased, work: Callable[[db.Aconnection, W], Awaitable[None]], told: W) -> bool:
        """Do this for one order; what goes wrong with it is no other's. False: somebody holds its rows just now."""
        key = order.subscriber_id or -order.session_id
        if key in self._held_up:
            return False
        try:
            await work(await self._link.connection(), told)
        except Exception as error:
            if not await self._link.recover(error):
                raise
            if is_collision(error):
                self._held_up[key] = monotonic() + HELD_UP_SECONDS
                return False
            log.exception("the order about session %d could not be worked on", order.session_id)
            await self._fail(order)
        return True

    async def _fail(self, order: Leased) -> None:
        """Another try after a minute may go better; after five none comes."""
        if order.tries >= TRIES_MAX:
            self.outcomes["not_possible"] += 1
            await self._note(SETTLE_ORDER, order, "not_possible")
        else:
            await self._note(POSTPONE_ORDER, order, "not_possible", RETRY_SECONDS)

    async def _note(self, statement: db.Command, order: Leased, *told: Any) -> None:
        """Into the order's row; where somebody holds that, its lease runs out instead."""
        try:
            await statement.afetch(await self._link.connection(), order.session_id, order.generation, *told)
        except Exception as error:
            if not await self._link.recover(error):
                raise

    # -- sending ---------------------------------------------------------------------------------------------------

    async def _start(self, connection: db.Aconnection, order: Leased) -> None:
        client = self._clients.by_id(order.nas_id)
        if client is None or not self._is_reached(client):
            await self._give_up(connection, client, order)
            return
        session = await reauthorize.session_about(connection, order)
        if session is not None and not reauthorize.can_be_named(session):
            log.warning("the NAS can't be told of session %d: its Acct-Session-Id is not known in full", session.id)
            await self._give_up(connection, client, order)
            return
        wish = None
        if session is not None:
            wish = await reauthorize.wish_of(connection, self._terms, client, order, session, datetime.now(UTC))
        if wish is None:
            await SETTLE_ORDER.afetch(connection, order.session_id, order.generation, "stopped")
            return
        # where no identifier is left, the lease runs out and the order is tried again
        await self.ports.send(Flight(order, client, wish))

    def _is_reached(self, client: Client) -> bool:
        if self.ports.address_of(client) is not None:
            return True
        told = client.row.id, client.coa_address
        if client.coa_address is not None and told not in self._unreached:
            self._unreached.add(told)
            log.warning("NAS %d gets no orders: %s can't be reached from %s", *told, self.ports.host)
        return False

    async def _give_up(self, connection: db.Aconnection, client: Client | None, order: Leased) -> None:
        """Nothing can be sent. What staff wants closed is closed here all the same."""
        is_closed = client is not None and is_by_staff(order)
        session = await reauthorize.session_about(connection, order) if is_closed else None
        await SETTLE_ORDER.afetch(connection, order.session_id, order.generation, "not_possible")
        self.outcomes["not_possible"] += 1
        if session is not None:
            self._closings.append(Closing(order, session, RecordKind.CLOSE))

    # -- settlement ------------------------------------------------------------------------------------------------

    async def _settle(self, connection: db.Aconnection, landed: Landed) -> None:
        flight, order, outcome = landed.flight, landed.order, outcome_of(landed)
        # whatever a probe was told, or nothing: the session runs on
        is_probe = order.reason == causes.PROBE_BY_COA and outcome != "gone"
        if outcome == "refused" and flight.wish.is_change and not is_probe:
            await self.ports.send(flight._replace(wish=flight.wish.instead()))
        elif is_probe or is_final(order, outcome):
            await SETTLE_ORDER.afetch(connection, order.session_id, order.generation, outcome)
            kind = closing_kind(order, outcome)
            if kind is not None:
                self._closings.append(Closing(order, flight.wish.session, kind))
        else:
            await POSTPONE_ORDER.afetch(connection, order.session_id, order.generation, outcome, RETRY_SECONDS)
        self.outcomes[outcome] += 1

    async def _close_session(self, connection: db.Aconnection, closing: Closing) -> None:
        order, session, now = closing.order, closing.session, datetime.now(UTC)
        record = Record(
            kind=closing.kind,
            nas_id=session.nas_id,
            acct_session_id=session.acct_session_id,
            event_at=now,
            received_at=now,
            device=session.device,
            session_id=session.id,
        )
        told = Told(record, order.operator_id, order.subscriber_id)
        book = Book(connection, self._terms, self._clients)
        await book.commit([told], now, self._journal.of_endings([session.started_at]))


def is_final(order: Leased, outcome: str) -> bool:
    """Whether no other try follows."""
    is_settled = outcome in ("acknowledged", "gone") or closing_kind(order, outcome) is not None
    return is_settled or order.tries >= TRIES_MAX


def closing_kind(order: Leased, outcome: str) -> RecordKind | None:
    """How our record of the session ends by this outcome; None: it stays open, or its Stop will come."""
    if outcome == "gone":
        return RecordKind.GONE  # X7: the NAS no longer knows the session
    if (outcome == "unknown" and is_by_staff(order)) or (outcome == "refused" and order.reason == causes.STUCK):
        return RecordKind.CLOSE
    return None


def is_by_staff(order: Leased) -> bool:
    """Somebody ended this session by hand; the rules always give one of their reasons."""
    return order.kind == OrderKind.DISCONNECT and order.reason not in _RULES_REASONS


def outcome_of(landed: Landed) -> str:
    """acknowledged, gone, refused, or unknown when nobody answered."""
    if landed.code is None:
        return "unknown"
    if landed.code in _ACKS:
        return "acknowledged"
    if landed.cause == ErrorCause.SESSION_CONTEXT_NOT_FOUND:
        return "gone"
    return "gone" if landed.cause is None and landed.flight.client.maker.nak_means_gone else "refused"
