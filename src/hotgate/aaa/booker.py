"""Books what was acknowledged, each batch once: the transaction that books it deletes its row, or else does nothing.

What fails on its data is halved, each half in a row of its own, until the bad record is alone and goes to quarantine.
What cannot be booked now, because somebody holds a subscriber's row, stays in its own and is tried again later, so that
nothing behind it waits. With the database away all waits.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Sequence
from time import monotonic
from typing import Final, TypeVar

import psycopg

from hotgate import vault
from hotgate.aaa.backlog import Backlog, Deferred, Kept, kept_of, sealed, unsealed
from hotgate.aaa.booking import BookedElsewhere
from hotgate.aaa.clients import Clients
from hotgate.aaa.links import Link, is_collision
from hotgate.aaa.pipeline import BATCH_SECONDS_MAX, Entry, Pipeline, fault_of, quarantined
from hotgate.aaa.udp import Arrived
from hotgate.radius.packet import decode
from hotgate.radius.server import Request
from hotgate.store import db
from hotgate.store.backlog import DEFER_RECORDS, LIST_DEFERRED, TAKE_DEFERRED, DeferredRow

T = TypeVar("T")

log = logging.getLogger("hotgate.aaa")

LEFT_SECONDS: Final = 5.0  # what has waited for so long was left by a process that is no more, or put off
LEFT_ROWS_MAX: Final = 16  # at a time, of that
RETRY_SECONDS: Final = 0.5

# While it waits for one subscriber it holds the rows of all others of its batch, and their logins wait for those.
SETTINGS: Final = "SET lock_timeout = '1s'"

NAS_GONE: Final = "nas_gone"  # in the quarantine


class Booker:
    """Books what waits, until cancelled. One of a process's `takes_over` what others left; who `helps_out` books only
    while the database takes long."""

    def __init__(
        self,
        backlog: Backlog,
        pipeline: Pipeline,
        clients: Clients,
        link: Link,
        keys: vault.Keys,
        *,
        takes_over: bool = True,
        helps_out: bool = False,
    ) -> None:
        self._backlog = backlog
        self._pipeline = pipeline
        self._clients = clients
        self._link = link
        self._keys = keys
        self._takes_over = takes_over
        self._helps_out = helps_out
        self._begun_at = monotonic()
        self._unreadable: set[int] = set()  # rows that another master key sealed, or another version packed

    async def run(self) -> None:
        """What was left by whoever served before, then what comes, and what others leave."""
        look_at = 0.0 if self._takes_over else math.inf
        while True:
            while self._helps_out and not self._backlog.is_slow:
                await asyncio.sleep(RETRY_SECONDS)
            if monotonic() >= look_at and await self._take_over():
                look_at = monotonic() + LEFT_SECONDS
            if await self._backlog.something(RETRY_SECONDS if monotonic() >= look_at else LEFT_SECONDS):
                await self._backlog.enough()
                await self._book()

    async def _book(self) -> None:
        taken = self._backlog.take()  # nothing, where the other booker came first
        if not taken:
            return
        begun_at = monotonic()
        if await self._settle(taken):
            self._backlog.done(taken, monotonic() - begun_at)
        else:
            self._backlog.give_back(taken)
            await asyncio.sleep(RETRY_SECONDS)

    async def _settle(self, taken: Sequence[Deferred]) -> bool:
        """Book these, or else what is to be tried instead. False: the database is away, all stays as it is."""
        try:
            async with asyncio.timeout(BATCH_SECONDS_MAX):
                await self._commit(taken)
            return True
        except Exception as error:  # noqa: BLE001 - whatever it is, what was acknowledged is kept
            if not await self._link.recover(error):
                return False
            failure = error
        try:
            async with asyncio.timeout(BATCH_SECONDS_MAX):
                parts = await self._instead_of(taken, failure)
        except Exception as error:
            log.exception("acknowledged accounting stays unbooked for now")
            return await self._link.recover(error)
        for part in parts:
            if not await self._settle(part):
                return False
        return True

    async def _commit(self, taken: Sequence[Deferred]) -> None:
        entries = [entry for each in taken for entry in each.entries]
        await self._pipeline.commit(await self._link.connection(), entries, [each.id for each in taken])

    async def _instead_of(self, taken: Sequence[Deferred], failure: Exception) -> list[Sequence[Deferred]]:
        """What to book in place of that which failed."""
        if isinstance(failure, BookedElsewhere):
            left = [each for each in taken if each.id in failure.left]
            return [left] if left else []
        if len(taken) > 1:
            return _halves(taken)
        (only,) = taken
        if len(only.entries) > 1:
            return [[half] for half in await self._replace(only, _halves(only.entries))]
        if is_collision(failure):
            log.warning("acknowledged accounting waits for somebody else's transaction: batch %d", only.id)
            return []
        log.warning("an accounting record goes to quarantine", exc_info=failure)
        await self._replace(only, [], quarantined([kept_of(each) for each in only.entries], fault_of(failure)))
        return []

    async def _replace(self, old: Deferred, parts: Sequence[Sequence[Entry]], *more: db.Call) -> list[Deferred]:
        """Put these parts in the batch's place, each in a row of its own, and do `more`; nothing if it is booked."""
        connection = await self._link.connection()
        _, found = await db.together(connection, (db.BEGIN, ()), (TAKE_DEFERRED, [db.ints([old.id])]))
        if not found:
            await connection.rollback()
            return []
        calls: list[db.Call] = [(DEFER_RECORDS, [sealed(self._keys, part)]) for part in parts]
        answers = await db.together(connection, *calls, *more, (db.COMMIT, ()))
        return [Deferred(answer[0].id, part, old.names) for part, answer in zip(parts, answers, strict=False)]

    # -- what others left ------------------------------------------------------------------------------------------

    async def _take_over(self) -> bool:
        """Book what has waited for long and is not this process's own. False: to be asked again soon."""
        if not self._clients.are_read:
            return False
        tried: set[int] = set()
        try:
            while rows := await self._left(tried):
                log.warning("accounting that was acknowledged was left unbooked: %d batches", len(rows))
                for row in rows:
                    tried.add(row.id)
                    if not await self._book_left(row):
                        return False
        except (psycopg.Error, OSError, TimeoutError) as error:
            return await self._link.recover(error)  # the table comes with a migration that may still be under way
        return True

    async def _left(self, tried: set[int]) -> list[DeferredRow]:
        """After a start, what was there before; what has come since belongs to processes that live."""
        seconds = min(LEFT_SECONDS, monotonic() - self._begun_at)
        known = db.ints([*self._backlog.ids(), *self._unreadable, *tried])
        async with asyncio.timeout(BATCH_SECONDS_MAX):
            return await LIST_DEFERRED.afetch(await self._link.connection(), seconds, known, LEFT_ROWS_MAX)

    async def _book_left(self, row: DeferredRow) -> bool:
        try:
            sound, gone = self._read(bytes(row.sealed))
        except Exception:
            log.exception("batch %d of acknowledged accounting cannot be read: did another master key seal it?", row.id)
            self._unreadable.add(row.id)
            return True
        deferred = Deferred(row.id, sound, frozenset())
        if not gone:
            return await self._settle([deferred])
        try:
            async with asyncio.timeout(BATCH_SECONDS_MAX):
                parts = await self._replace(deferred, [sound] if sound else [], quarantined(gone, NAS_GONE))
        except Exception as error:
            log.exception("records of a NAS that is gone could not be set aside")
            return await self._link.recover(error)
        return await self._settle(parts) if parts else True

    def _read(self, octets: bytes) -> tuple[list[Entry], list[Kept]]:
        """The records of a batch, and those whose NAS is on our list no more."""
        entries, gone = [], []
        for kept in unsealed(self._keys, octets):
            client = self._clients.by_id(kept.nas_id)
            if client is None:
                gone.append(kept)
                continue
            request = Request(decode(kept.packet), (kept.source, 0), client.peer, monotonic())
            entries.append(self._pipeline.entry(Arrived(request, client, _Answered(), kept.received_at)))
        return entries, gone


class _Answered:
    """The door of a request that has its answer."""

    def reply(self, request: Request, code: int, attributes: bytes) -> None:
        pass

    def keep_silent(self, request: Request) -> None:
        pass


def _halves(items: Sequence[T]) -> list[Sequence[T]]:
    middle = len(items) // 2
    return [items[:middle], items[middle:]]
