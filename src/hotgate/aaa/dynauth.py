"""Orders to NASes: lease, work out the content at that moment, send Disconnect or CoA, settle by the answer (RFC 5176).

One order is in flight per session. ACK settles it; so does a NAK that says the session is gone, which closes our
record, and so does the Stop, by whatever process that arrives. No answer is *unknown*: the order is tried again later,
but where staff gave it our record is closed all the same (HN-15), and any later packet opens it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, deque
from datetime import UTC, datetime

from hotgate.aaa import reauthorize
from hotgate.aaa.booking import Book, Told
from hotgate.aaa.clients import Client, Clients
from hotgate.aaa.journal import Journal
from hotgate.aaa.links import Link
from hotgate.aaa.sourceports import Flight, Landed, SourcePorts
from hotgate.domain import causes
from hotgate.domain.accounting import OrderKind
from hotgate.domain.reasons import Reason
from hotgate.domain.sessions import Record, RecordKind, Session
from hotgate.radius.attributes import ErrorCause
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

_RULES_REASONS = frozenset(map(str, Reason))
_ACKS = (Code.DISCONNECT_ACK, Code.COA_ACK)


class Dispatcher:
    """Sends this process's share of the orders, from ports of its own."""

    def __init__(self, clients: Clients, terms: Terms, link: Link, journal: Journal, name: str, host: str) -> None:
        self._clients = clients
        self._terms = terms
        self._link = link
        self._journal = journal
        self._name = name
        self._landed: deque[Landed] = deque()
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
        connection = await self._link.connection()
        while self._landed:
            await self._settle(connection, self._landed[0])
            self._landed.popleft()
        nas_ids = self._clients.ids()
        if nas_ids:
            for order in await LEASE_ORDERS.afetch(connection, db.ints(nas_ids), self._name, LEASE_SECONDS, LEASED_MAX):
                await self._start(connection, order)

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
        # where no identifier is left, the lease runs out and the order is tried again
        await self.ports.send(Flight(order, client, wish))

    # -- settlement ------------------------------------------------------------------------------------------------

    async def _settle(self, connection: db.Aconnection, landed: Landed) -> None:
        flight, order = landed.flight, landed.flight.order
        outcome = outcome_of(landed)
        self.outcomes[outcome] += 1
        if (
            order.reason == causes.PROBE_BY_COA and outcome != "gone"
        ):  # whatever it said, or nothing: the session runs on
            await SETTLE_ORDER.afetch(connection, order.session_id, order.generation, outcome)
            return
        if outcome == "refused" and flight.wish.is_change:
            await self.ports.send(flight._replace(wish=flight.wish.instead()))
            return
        if (outcome == "unknown" and is_by_staff(order)) or (outcome == "refused" and order.reason == causes.STUCK):
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
        book = Book(connection, self._terms, self._clients)
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
