"""Sessions that fell silent are closed at their last evidence, marked estimated (B19); later news reopens them.

Silence counts only while we listened: after a start, or after an outage of the database, every session gets its full
time again, for a NAS that could not reach us has stopped nothing. One process at a time does this.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic

import psycopg

from hotgate.aaa.booking import Book, Told
from hotgate.aaa.clients import Clients
from hotgate.aaa.journal import Journal
from hotgate.aaa.links import Link
from hotgate.domain.sessions import Record, RecordKind
from hotgate.store import db
from hotgate.store.access import LOCK_SUBSCRIBERS
from hotgate.store.stale import (
    DELETE_LAPSED_SLOTS,
    END_TURN,
    LIST_LAPSED_SLOTS,
    LIST_SILENT_SESSIONS,
    TAKE_TURN,
    Silent,
)
from hotgate.store.terms import Terms

log = logging.getLogger("hotgate.aaa")

PERIOD_SECONDS = 30.0
BATCH_MAX = 256  # per transaction, so that no subscriber is locked for long
TURN = 0x686F_7467_0019  # of the advisory lock

_AWAY = (psycopg.Error, OSError, TimeoutError)
_BAD = (*_AWAY, ArithmeticError, ValueError, LookupError)


class Closer:
    """Looks for silent sessions and lapsed places about twice a minute."""

    def __init__(self, clients: Clients, terms: Terms, link: Link, journal: Journal) -> None:
        self._clients = clients
        self._terms = terms
        self._link = link
        self._journal = journal
        self._given_up: set[int] = set()  # sessions whose data the rules or the database refuse
        self.closed = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(PERIOD_SECONDS)
            try:
                await self.work()
            except Exception as error:
                if await self._link.recover(error):
                    log.exception("stale sessions could not be looked for")

    async def work(self, now: datetime | None = None, listening_since: datetime | None = None) -> None:
        """One round, if it is this process's turn. The times are arguments for tests."""
        now = now or datetime.now(UTC)
        connection = await self._link.connection()
        (taken,) = await TAKE_TURN.afetch(connection, TURN)
        if not taken.is_ours:
            return
        try:
            await self._close_silent(now, listening_since or self._listening_since(now))
            await self._free_lapsed(connection, now)
        finally:
            with contextlib.suppress(*_AWAY):
                await END_TURN.afetch(connection)

    def _listening_since(self, now: datetime) -> datetime:
        return now - timedelta(seconds=monotonic() - self._link.health.changed_at)

    async def _close_silent(self, now: datetime, since: datetime) -> None:
        while True:
            connection = await self._link.connection()
            most = BATCH_MAX + len(self._given_up)
            found = await LIST_SILENT_SESSIONS.afetch(connection, since, now, most)
            silent = [each for each in found if each.id not in self._given_up]
            await self._close(silent[:BATCH_MAX], now)
            if len(silent) < BATCH_MAX:
                return

    async def _close(self, silent: Sequence[Silent], now: datetime) -> None:
        """In one transaction; where that fails on its data, each by itself."""
        if not silent:
            return
        # A packet that comes between the look and the lock is booked first, and the next one reopens the session.
        told = [Told(_record(each, now), each.operator_id, each.subscriber_id) for each in silent]
        try:
            book = Book(await self._link.connection(), self._terms, self._clients)
            await book.commit(told, now, self._journal.of_endings([each.started_at for each in silent]))
        except _BAD as error:
            if not await self._link.recover(error):
                raise
            if len(silent) == 1:
                log.warning("session %d could not be closed", silent[0].id, exc_info=error)
                self._given_up.add(silent[0].id)
                return
            for each in silent:
                await self._close([each], now)
            return
        self.closed += len(silent)

    async def _free_lapsed(self, connection: db.Aconnection, now: datetime) -> None:
        while rows := await LIST_LAPSED_SLOTS.afetch(connection, now, BATCH_MAX):
            subscribers = db.ints(sorted(row.subscriber_id for row in rows))
            await db.BEGIN.afetch(connection)
            await LOCK_SUBSCRIBERS.afetch(connection, subscribers)
            await DELETE_LAPSED_SLOTS.afetch(connection, subscribers, now)
            await db.COMMIT.afetch(connection)
            if len(rows) < BATCH_MAX:
                return


def _record(silent: Silent, now: datetime) -> Record:
    return Record(
        kind=RecordKind.STALE,
        nas_id=silent.nas_id,
        acct_session_id=silent.acct_session_id,
        event_at=now,
        received_at=now,
        device=silent.device,
        session_id=silent.id,
    )
