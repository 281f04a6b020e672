"""Orders to NASes: lease, work out the content at that moment, send Disconnect or CoA, settle by the answer (RFC 5176).

One order is in flight per session. ACK settles it; so does a NAK that says the session is gone, which closes our
record, and so does the Stop, by whatever process that arrives. No answer is *unknown*: the order is tried again later,
but where staff gave it our record is closed all the same (HN-15), and any later packet opens it again.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections import Counter, deque
from datetime import UTC, datetime
from typing import Any, NamedTuple

import psycopg

from hotgate.aaa import reauthorize
from hotgate.aaa.booking import Book, Told
from hotgate.aaa.clients import Client, Clients
from hotgate.aaa.journal import Journal
from hotgate.aaa.links import Link
from hotgate.aaa.reauthorize import Wish
from hotgate.aaa.translate import number
from hotgate.domain.accounting import OrderKind
from hotgate.domain.reasons import Reason
from hotgate.domain.sessions import Record, RecordKind, Session
from hotgate.radius.attributes import ERROR_CAUSE, ErrorCause
from hotgate.radius.client import Answer, ClientProtocol, NoIdentifier, Sent
from hotgate.radius.packet import Code
from hotgate.store import db
from hotgate.store.orders import LEASE_ORDERS, POSTPONE_ORDER, SETTLE_ORDER, Leased
from hotgate.store.terms import Terms

log = logging.getLogger("hotgate.aaa")

POLL_SECONDS = 0.25
LEASE_SECONDS = 60  # longer than all retransmissions together
LEASED_MAX = 200
RETRY_SECONDS = 60
TRIES_MAX = 5
REST_SECONDS = 300.0  # before an identifier is used again: NASes remember so long (RFC 5176 §6.3)

_RULES_REASONS = frozenset(map(str, Reason))
_ACKS = (Code.DISCONNECT_ACK, Code.COA_ACK)


class Flight(NamedTuple):
    """An order under way to its NAS."""

    order: Leased
    client: Client
    wish: Wish


class Landed(NamedTuple):
    """How it ended: the answer's code and Error-Cause; (None, None) without an answer."""

    flight: Flight
    code: int | None
    cause: int | None


class Dispatcher(asyncio.DatagramProtocol):
    """Sends this process's share of the orders, from a port of its own."""

    def __init__(self, clients: Clients, terms: Terms, link: Link, journal: Journal, name: str, host: str) -> None:
        self._clients = clients
        self._terms = terms
        self._link = link
        self._journal = journal
        self._name = name
        self._host = host
        self._transport: asyncio.DatagramTransport | None = None
        self._protocols: dict[tuple[str, int], ClientProtocol] = {}
        self._flights: dict[tuple[tuple[str, int], int], Flight] = {}  # (NAS's address, identifier)
        self._landed: deque[Landed] = deque()
        self.outcomes: Counter[str] = Counter()
        self._ids: deque[int] = deque()

    async def run(self) -> None:
        """Until cancelled."""
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: self, local_addr=(self._host, 0))
        while True:
            try:
                await self._round()
            except (psycopg.Error, OSError, TimeoutError) as error:
                if await self._link.recover(error):
                    log.exception("orders could not be worked on")
            except Exception:
                log.exception("an order could not be worked on")
            await asyncio.sleep(POLL_SECONDS)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    # -- datagrams -------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: Any) -> None:
        address = (addr[0], addr[1])
        protocol = self._protocols.get(address)
        answer = protocol.receive_datagram(data, time.monotonic()) if protocol is not None else None
        if isinstance(answer, Answer):
            self._land(address, answer.sent, answer.packet.code, number(answer.packet, ERROR_CAUSE))

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there: the retransmissions will tell."""

    def _send(self, address: tuple[str, int], sent: Sent) -> None:
        if self._transport is not None:
            self._transport.sendto(sent.octets, address)

    def _land(self, address: tuple[str, int], sent: Sent, code: int | None, cause: int | None) -> None:
        flight = self._flights.pop((address, sent.identifier), None)
        if flight is not None:
            self._landed.append(Landed(flight, code, cause))

    # -- rounds ----------------------------------------------------------------------------------------------------

    async def _round(self) -> None:
        self._retransmit()
        connection = await self._link.connection()
        while self._landed:
            await self._settle(connection, self._landed[0])
            self._landed.popleft()
        nas_ids = self._clients.ids()
        if nas_ids:
            for order in await LEASE_ORDERS.afetch(connection, db.ints(nas_ids), self._name, LEASE_SECONDS, LEASED_MAX):
                await self._start(connection, order)

    def _retransmit(self) -> None:
        now = time.monotonic()
        for address, protocol in self._protocols.items():
            again, given_up = protocol.retransmit(now, random.random())
            for sent in again:
                self._send(address, sent)
            for sent in given_up:
                self._land(address, sent, None, None)

    async def _start(self, connection: db.Aconnection, order: Leased) -> None:
        client = self._clients.by_id(order.nas_id)
        if client is None or client.coa_address is None:
            self.outcomes["not_possible"] += 1
            await SETTLE_ORDER.afetch(connection, order.session_id, order.generation, "not_possible")
            if client is not None and is_by_staff(order):
                await self._close_locally(connection, client, order)
            return
        wish = await reauthorize.wish_of(connection, self._terms, client, order, datetime.now(UTC))
        if wish is None:
            await SETTLE_ORDER.afetch(connection, order.session_id, order.generation, "stopped")
            return
        self._fly(Flight(order, client, wish))

    def _fly(self, flight: Flight) -> None:
        address = (str(flight.client.coa_address), flight.client.row.coa_port)
        protocol = self._protocols.get(address)
        if protocol is None or protocol.key is not flight.client.peer.key:
            protocol = self._protocols[address] = ClientProtocol(flight.client.peer.key, rest_seconds=REST_SECONDS)
        request = protocol.coa_request if flight.wish.is_change else protocol.disconnect_request
        try:
            sent = request(flight.wish.attributes, int(time.time()), time.monotonic(), random=random.random())
        except NoIdentifier:
            return  # the lease runs out and the order is tried again
        self._flights[address, sent.identifier] = flight
        self._send(address, sent)

    # -- settlement ------------------------------------------------------------------------------------------------

    async def _settle(self, connection: db.Aconnection, landed: Landed) -> None:
        flight, order = landed.flight, landed.flight.order
        outcome = outcome_of(landed)
        self.outcomes[outcome] += 1
        if outcome == "refused" and flight.wish.is_change:
            self._fly(flight._replace(wish=flight.wish.instead()))
            return
        if outcome == "unknown" and is_by_staff(order):
            await SETTLE_ORDER.afetch(connection, order.session_id, order.generation, outcome)
            await self._close_session(connection, order, flight.wish.session, RecordKind.CLOSE)
            return
        if outcome in ("acknowledged", "gone") or order.tries >= TRIES_MAX:
            await SETTLE_ORDER.afetch(connection, order.session_id, order.generation, outcome)
            if outcome == "gone":
                # X7: the NAS no longer knows the session
                await self._close_session(connection, order, flight.wish.session, RecordKind.GONE)
            return
        await POSTPONE_ORDER.afetch(connection, order.session_id, order.generation, outcome, RETRY_SECONDS)

    async def _close_locally(self, connection: db.Aconnection, client: Client, order: Leased) -> None:
        """Staff closes a session on a NAS that takes no orders."""
        wish = await reauthorize.wish_of(connection, self._terms, client, order, datetime.now(UTC))
        if wish is not None:
            await self._close_session(connection, order, wish.session, RecordKind.CLOSE)

    async def _close_session(
        self, connection: db.Aconnection, order: Leased, session: Session, kind: RecordKind
    ) -> None:
        """Close our record at its last evidence."""
        now = datetime.now(UTC)
        record = Record(
            kind=kind,
            nas_id=session.nas_id,
            acct_session_id=session.acct_session_id,
            event_at=now,
            received_at=now,
            device=session.device,
            session_id=session.id,
        )
        told = Told(record, order.operator_id, order.subscriber_id)
        book = Book(connection, self._terms, self._clients, self._ids)
        await book.commit([told], now, self._journal.of_endings([session.started_at]))


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
