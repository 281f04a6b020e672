"""Accounting that is acknowledged first and booked a moment later, so that a busy server books many records at once.

`Pipeline` writes such a batch down, sealed, in one row, and answers once that row is durable: as good a promise as one
for records that are booked. A `Booker` books what waits, oldest first, and the transaction that books it deletes its
rows. What a process left behind, another books, or the same at its next start: booking a record twice changes nothing.
While little comes in nothing is deferred, and what is answered is booked.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import struct
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple

import psycopg

from hotgate import vault
from hotgate.aaa import translate
from hotgate.aaa.clients import Clients
from hotgate.aaa.links import Link
from hotgate.aaa.udp import Arrived
from hotgate.domain.sessions import RecordKind
from hotgate.radius.packet import decode
from hotgate.radius.server import Request
from hotgate.store import db
from hotgate.store.accounting import SAVE_QUARANTINE
from hotgate.store.backlog import CLEAR_DEFERRED, LIST_DEFERRED, DeferredRow

if TYPE_CHECKING:
    from hotgate.aaa.pipeline import Entry, Pipeline

log = logging.getLogger("hotgate.aaa")

DEFERRED_FROM: Final = 8  # records in a batch; a smaller one is booked at once
BUSY_FROM: Final = 50.0  # records of late (`Pace`), some 140 a second: then the smallest batch is deferred
HALF_LIFE_SECONDS: Final = 0.25
GATHERED: Final = 64  # records; for so many a booking does not wait
GATHER_SECONDS: Final = 0.02
RECORDS_MAX: Final = 1024  # that wait; beyond it no more are acknowledged, a tenth of a second's work
BOOKED_MAX: Final = 256  # in one transaction
LEFT_SECONDS: Final = 5.0  # what has waited for so long was left by a process that is no more
RETRY_SECONDS: Final = 0.5
PAUSE_SECONDS: Final = 60.0  # after a batch could not be written down
LEFT_ROWS_MAX: Final = 16  # at a time, of what others left

NAS_GONE: Final = "nas_gone"  # in the quarantine

_PLACE: Final = b"accounting:backlog"
_FIRST: Final = struct.Struct("!qqdBH")  # operator, NAS, when it came, octets of its source address and of the packet


class Kept(NamedTuple):
    """One record as it is written down."""

    operator_id: int
    nas_id: int
    received_at: float  # seconds since the epoch
    source: str
    packet: bytes


class Deferred(NamedTuple):
    """One batch that was acknowledged."""

    id: int  # of its row
    entries: Sequence[Entry]
    names: frozenset[tuple[int, str]]  # (operator, name key)


class Pace:
    """How many came of late: each counts half after a quarter of a second."""

    def __init__(self) -> None:
        self._level = 0.0
        self._at = monotonic()

    def add(self, count: int) -> float:
        now = monotonic()
        self._level = self._level * 0.5 ** ((now - self._at) / HALF_LIFE_SECONDS) + count
        self._at = now
        return self._level


class Backlog:
    """What waits to be booked by this process. Nothing here waits for the database."""

    def __init__(self) -> None:
        self._waiting: deque[Deferred] = deque()
        self._in_hand: dict[int, Deferred] = {}
        self._records = 0
        self._changed = asyncio.Event()
        self._paused_until = 0.0
        self._pace = Pace()
        self.deferred = 0  # records acknowledged before they were booked, since the start

    def __len__(self) -> int:
        return self._records

    def takes(self, batch: Sequence[Entry]) -> bool:
        """Is it better to answer first? For many at once or one upon the other, and for what comes behind these.

        Not what could fail, and not what a NAS says of itself: that is about sessions which have to be stored.
        """
        is_busy = self._pace.add(len(batch)) > BUSY_FROM
        if not (is_busy or self._records or len(batch) >= DEFERRED_FROM):
            return False
        return monotonic() >= self._paused_until and all(_is_plain(entry) for entry in batch)

    def put(self, row_id: int, entries: Sequence[Entry]) -> None:
        """A batch that is written down and acknowledged."""
        names = frozenset([(entry.report.operator_id, entry.report.name_key) for entry in entries])
        self._waiting.append(Deferred(row_id, entries, names))
        self._records += len(entries)
        self.deferred += len(entries)
        self._tell()

    def pause(self) -> None:
        """It could not be written down: book everything at once for a while."""
        self._paused_until = monotonic() + PAUSE_SECONDS

    def take(self) -> list[Deferred]:
        """The oldest that fit into one transaction, to be booked and `done`, or else to be given back."""
        taken: list[Deferred] = []
        records = 0
        while self._waiting and (not taken or records + len(self._waiting[0].entries) <= BOOKED_MAX):
            taken.append(self._waiting.popleft())
            records += len(taken[-1].entries)
        self._in_hand |= {each.id: each for each in taken}
        return taken

    def give_back(self, taken: Sequence[Deferred]) -> None:
        """They could not be booked now."""
        for each in taken:
            del self._in_hand[each.id]
        self._waiting.extendleft(reversed(taken))

    def done(self, taken: Sequence[Deferred]) -> None:
        """They are booked."""
        for each in taken:
            del self._in_hand[each.id]
            self._records -= len(each.entries)
        self._tell()

    def ids(self) -> list[int]:
        """The rows that this process will delete itself."""
        return [*self._in_hand, *(each.id for each in self._waiting)]

    def concerns(self, names: Iterable[tuple[int, str]]) -> bool:
        """Does something of one of these (operator, name key) still wait?"""
        asked = set(names)
        return any(not asked.isdisjoint(each.names) for each in (*self._in_hand.values(), *self._waiting))

    async def something(self, seconds: float) -> bool:
        """Wait until there is something to book, but no longer than that."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._waiting:
                    await self._change()
        return bool(self._waiting)

    async def enough(self) -> None:
        """Let a few more come: a transaction for one record costs as much as one for twenty."""
        if sum(len(each.entries) for each in self._waiting) < GATHERED:
            await asyncio.sleep(GATHER_SECONDS)

    async def room(self) -> None:
        """Wait until more may be acknowledged."""
        while self._records >= RECORDS_MAX:
            await self._change()

    async def settled(self) -> None:
        """Wait until all that waits now is booked."""
        mine = set(self.ids())
        while not mine.isdisjoint(self.ids()):
            await self._change()

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _change(self) -> None:
        await self._changed.wait()


class Booker:
    """Books what waits, until cancelled. One of a process's `takes_over` what others left."""

    def __init__(
        self,
        backlog: Backlog,
        pipeline: Pipeline,
        clients: Clients,
        link: Link,
        keys: vault.Keys,
        *,
        takes_over: bool = True,
    ) -> None:
        self._backlog = backlog
        self._pipeline = pipeline
        self._clients = clients
        self._link = link
        self._keys = keys
        self._takes_over = takes_over
        self._unreadable: set[int] = set()  # rows that another master key sealed

    async def run(self) -> None:
        """What was left by whoever served before, then what comes, and what others leave."""
        seconds, look_at = 0.0, 0.0 if self._takes_over else math.inf
        while True:
            if monotonic() >= look_at and await self.take_over(seconds):
                seconds, look_at = LEFT_SECONDS, monotonic() + LEFT_SECONDS
            if await self._backlog.something(RETRY_SECONDS if monotonic() >= look_at else LEFT_SECONDS):
                await self._backlog.enough()
                await self._book()

    async def take_over(self, seconds: float = LEFT_SECONDS) -> bool:
        """Book what has waited for so long and is not this process's own. False: to be asked again."""
        if not self._clients.are_read:
            return False
        try:
            while rows := await self._left(seconds):
                for row in rows:
                    if not await self._book_left(row):
                        return False
                log.warning("accounting that was acknowledged and left unbooked is booked: %d batches", len(rows))
        except (psycopg.Error, OSError, TimeoutError) as error:
            return await self._link.recover(error)  # the table comes with a migration that may still be under way
        return True

    async def _book(self) -> None:
        taken = self._backlog.take()  # nothing, where the other booker came first
        if not taken:
            return
        entries = [entry for each in taken for entry in each.entries]
        if await self._pipeline.book_deferred(self._link, entries, [each.id for each in taken]):
            self._backlog.done(taken)
        else:
            self._backlog.give_back(taken)
            await asyncio.sleep(RETRY_SECONDS)

    async def _left(self, seconds: float) -> list[DeferredRow]:
        mine = [*self._backlog.ids(), *self._unreadable]
        return await LIST_DEFERRED.afetch(await self._link.connection(), seconds, db.ints(mine), LEFT_ROWS_MAX)

    async def _book_left(self, row: DeferredRow) -> bool:
        try:
            octets = vault.unseal(self._keys.network, bytes(row.sealed), _PLACE)
        except vault.VaultError:
            log.error("accounting that another master key sealed cannot be booked: batch %d stays", row.id)
            self._unreadable.add(row.id)
            return True
        entries, gone = self._entries(octets)
        if gone:
            await SAVE_QUARANTINE.afetch(await self._link.connection(), *_quarantined(gone))
        return await self._pipeline.book_deferred(self._link, entries, [row.id])

    def _entries(self, octets: bytes) -> tuple[list[Entry], list[Kept]]:
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

    def keep_silent(self, request: Request) -> None:
        pass


def sealed(keys: vault.Keys, entries: Sequence[Entry]) -> bytes:
    """A batch as its row holds it."""
    return vault.seal(keys.network, packed(entries), _PLACE)


def packed(entries: Sequence[Entry]) -> bytes:
    """One after the other: a header, the source address, and the packet as it came."""
    parts: list[bytes] = []
    for arrived, report in entries:
        source, packet = arrived.request.source[0].encode(), arrived.request.packet.octets
        numbers = report.operator_id, report.record.nas_id, arrived.received_at
        parts += (_FIRST.pack(*numbers, len(source), len(packet)), source, packet)
    return b"".join(parts)


def unpacked(octets: bytes) -> Iterator[Kept]:
    """Each of them again."""
    at = 0
    while at < len(octets):
        operator_id, nas_id, received_at, source_octets, packet_octets = _FIRST.unpack_from(octets, at)
        at += _FIRST.size
        source = octets[at : at + source_octets].decode()
        at += source_octets
        yield Kept(operator_id, nas_id, received_at, source, octets[at : at + packet_octets])
        at += packet_octets


def clear(row_ids: Sequence[int]) -> db.Call:
    """What deletes the rows of batches that are booked."""
    return CLEAR_DEFERRED, [db.ints(row_ids)]


def _is_plain(entry: Entry) -> bool:
    report = entry.report
    return not report.fault and report.record.kind is not RecordKind.REBOOT


def _quarantined(records: Sequence[Kept]) -> list[db.Parameter]:
    shown = [translate.without_secrets(decode(kept.packet)) for kept in records]
    return [
        db.ints(kept.operator_id for kept in records),
        db.ints(kept.nas_id for kept in records),
        db.times(datetime.fromtimestamp(kept.received_at, UTC) for kept in records),
        db.texts(NAS_GONE for _ in records),
        db.literals(json.dumps(attributes) for attributes, _ in shown),
        db.octets(raw for _, raw in shown),
    ]
