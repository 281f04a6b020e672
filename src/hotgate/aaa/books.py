"""Books what was acknowledged, each batch once: the transaction that books it deletes its row, or else does nothing.

What fails on its data is halved, each half in a row of its own, until the bad record is alone and goes to quarantine.
What cannot be booked now, because somebody holds a subscriber's row, stays in its own and is tried again later, so that
nothing behind it waits. With the database away all waits.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from time import monotonic
from typing import Final, TypeVar

from hotgate import vault
from hotgate.aaa.backlog import Deferred, Kept, packed, sealed, unpacked
from hotgate.aaa.booking import BookedElsewhere
from hotgate.aaa.clients import Clients
from hotgate.aaa.links import Link, is_collision
from hotgate.aaa.pipeline import BATCH_SECONDS_MAX, Entry, Pipeline, fault_of, quarantined
from hotgate.aaa.udp import Arrived
from hotgate.radius.packet import decode
from hotgate.radius.server import Request
from hotgate.store import db
from hotgate.store.backlog import DEFER_RECORDS, TAKE_DEFERRED

T = TypeVar("T")

log = logging.getLogger("hotgate.aaa")

NAS_GONE: Final = "nas_gone"  # in the quarantine


class Books:
    """One who books, with a link of its own."""

    def __init__(self, pipeline: Pipeline, clients: Clients, link: Link, keys: vault.Keys) -> None:
        self._pipeline = pipeline
        self._clients = clients
        self._link = link
        self._keys = keys

    async def settle(self, taken: Sequence[Deferred]) -> bool:
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
            if not await self.settle(part):
                return False
        return True

    async def settle_packed(self, rows: Sequence[tuple[int, bytes]]) -> bool:
        """The same for batches as they were packed, with the ids of their rows.

        Raises ValueError and struct.error where one is not what this version packs.
        """
        whole: list[Deferred] = []
        for row_id, octets in rows:
            sound, gone = self._read(octets)
            deferred = Deferred(row_id, sound, frozenset(), octets)
            if not gone:
                whole.append(deferred)
            elif not await self._settle_without(deferred, gone):
                return False
        return await self.settle(whole) if whole else True

    async def _settle_without(self, deferred: Deferred, gone: Sequence[Kept]) -> bool:
        """Set aside what is of no NAS, and book the rest."""
        aside = quarantined([(each, NAS_GONE) for each in gone])
        try:
            async with asyncio.timeout(BATCH_SECONDS_MAX):
                parts = await self._replace(deferred, [deferred.entries] if deferred.entries else [], aside)
        except Exception as error:
            log.exception("records of a NAS that is gone could not be set aside")
            return await self._link.recover(error)
        return await self.settle(parts) if parts else True

    async def _commit(self, taken: Sequence[Deferred]) -> None:
        entries = [entry for each in taken for entry in each.entries]
        await self._pipeline.commit(await self._link.connection(), entries, [each.id for each in taken])

    async def _instead_of(self, taken: Sequence[Deferred], failure: Exception) -> list[Sequence[Deferred]]:
        """What to book in place of that which failed."""
        if isinstance(failure, BookedElsewhere):
            left = [each for each in taken if each.id in failure.left]
            return [left] if left else []
        if is_collision(failure) and (held := await self._held(taken)):
            free = [part for each in taken for part in await self._free_of(each, held)]
            return [free] if free else []
        if len(taken) > 1:
            return _halves(taken)
        (only,) = taken
        if len(only.entries) > 1:
            return [[half] for half in await self._replace(only, _halves(only.entries))]
        if is_collision(failure):
            log.warning("acknowledged accounting waits for somebody else's transaction: batch %d", only.id)
            return []
        log.warning("an accounting record goes to quarantine", exc_info=failure)
        await self._replace(only, [], quarantined([(each.kept, fault_of(failure)) for each in only.entries]))
        return []

    async def _held(self, taken: Sequence[Deferred]) -> set[Entry]:
        """Those of several that are somebody's whose row another transaction holds."""
        entries = [entry for each in taken for entry in each.entries]
        return await self._pipeline.held(await self._link.connection(), entries) if len(entries) > 1 else set()

    async def _free_of(self, deferred: Deferred, held: set[Entry]) -> list[Deferred]:
        """The batch without these, which stay in a row of their own until they are tried again."""
        waiting = [entry for entry in deferred.entries if entry in held]
        free = [entry for entry in deferred.entries if entry not in held]
        if waiting:
            log.warning("%d acknowledged records wait for somebody else's transaction", len(waiting))
        if not (waiting and free):
            return [deferred] if free else []
        return (await self._replace(deferred, [free, waiting]))[:1]

    async def _replace(self, old: Deferred, parts: Sequence[Sequence[Entry]], *more: db.Call) -> list[Deferred]:
        """Put these parts in the batch's place, each in a row of its own, and do `more`; nothing if it is booked."""
        connection = await self._link.connection()
        _, found = await db.together(connection, (db.BEGIN, ()), (TAKE_DEFERRED, [db.ints([old.id])]))
        if not found:
            await connection.rollback()
            return []
        written = [packed([entry.kept for entry in part]) for part in parts]
        calls: list[db.Call] = [(DEFER_RECORDS, [sealed(self._keys, octets)]) for octets in written]
        answers = await db.together(connection, *calls, *more, (db.COMMIT, ()))
        return [
            Deferred(answer[0].id, part, old.names, octets)
            for part, octets, answer in zip(parts, written, answers, strict=False)
        ]

    def _read(self, octets: bytes) -> tuple[list[Entry], list[Kept]]:
        """The records of a batch, and those whose NAS is on our list no more."""
        entries, gone = [], []
        for kept in unpacked(octets):
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

    def keep_silent(self, request: Request, rule: str = "D19") -> None:
        pass


def _halves(items: Sequence[T]) -> list[Sequence[T]]:
    middle = len(items) // 2
    return [items[:middle], items[middle:]]
