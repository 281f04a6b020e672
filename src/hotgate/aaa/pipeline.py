"""The accounting batch: lock, load, apply, save, commit, then answer all.

`settle` gives the batch one transaction and two round trips; under load it writes the batch down, answers, and leaves
the booking to `booker.Booker`. A batch that fails on its data is halved until the bad record is alone; that one goes
to quarantine in a transaction of its own and is acknowledged too, for its NAS would send it for ever. A batch that
fails because the database is away is not answered at all, and the NASes ask again.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING

import psycopg

from hotgate import vault
from hotgate.aaa import translate
from hotgate.aaa.backlog import Backlog, Kept, packed, sealed
from hotgate.aaa.booking import Book, Told
from hotgate.aaa.clients import Clients
from hotgate.aaa.held import held
from hotgate.aaa.journal import Also, Journal
from hotgate.aaa.links import Link, is_collision
from hotgate.aaa.names import other_key
from hotgate.aaa.readings import Readings
from hotgate.aaa.translate import Report
from hotgate.domain.sessions import RecordKind
from hotgate.radius.packet import Code, decode
from hotgate.store import db
from hotgate.store.accounting import (
    LIST_NAS_SESSIONS,
    NAME_SUBSCRIBERS,
    SAVE_QUARANTINE,
)
from hotgate.store.backlog import DEFER_RECORDS, SPAN_DEFERRED
from hotgate.store.terms import Terms

if TYPE_CHECKING:
    from hotgate.aaa.udp import Arrived

log = logging.getLogger("hotgate.aaa")

BATCH_SECONDS_MAX = 25.0
REBOOT_SECONDS = 5.0  # that a NAS's own start or stop waits for the books
REBOOT_LOOK_SECONDS = 0.02

_RESPONSE = int(Code.ACCOUNTING_RESPONSE)


class Entry:
    """One Accounting-Request on its way to the database. What it reports is worked out where it is booked."""

    __slots__ = ("_class_key", "_report", "arrived", "is_reboot")

    def __init__(self, arrived: Arrived, class_key: bytes) -> None:
        self.arrived = arrived
        self.is_reboot = translate.is_reboot(arrived.request.packet)
        self._class_key = class_key
        self._report: Report | None = None

    @property
    def name(self) -> tuple[int, str]:
        """Whose it is, as logins are looked up: (operator, name key)."""
        return self.arrived.client.row.operator_id, translate.user_key(self.arrived.request.packet)

    @property
    def report(self) -> Report:
        """The request in the rules' words."""
        if self._report is None:
            self._report = self._translated()
        return self._report

    @property
    def kept(self) -> Kept:
        """What is written down of it."""
        arrived = self.arrived
        request, row = arrived.request, arrived.client.row
        return Kept(row.operator_id, row.id, arrived.received_at, request.source[0], request.packet.octets)

    def _translated(self) -> Report:
        arrived = self.arrived
        received_at = datetime.fromtimestamp(arrived.received_at, UTC)
        request = arrived.request
        return translate.accounting_report(
            request.packet, arrived.client, request.source[0], received_at, self._class_key
        )


class Pipeline:
    """Settles batches of accounting. Each lane has a link of its own."""

    def __init__(self, keys: vault.Keys, terms: Terms, clients: Clients, journal: Journal, backlog: Backlog) -> None:
        self._keys = keys
        self._backlog = backlog
        self._journal = journal
        self._terms = terms
        self._clients = clients
        self._readings = Readings()

    def entry(self, arrived: Arrived) -> Entry:
        """The request, as it goes through the lanes."""
        return Entry(arrived, self._keys.class_token)

    async def settle(self, link: Link, batch: list[Entry]) -> None:
        """Commit and answer every entry, or keep silent about all that could not be committed (D19)."""
        if self._backlog.takes(batch) and await self._defer(link, batch):
            return
        if any(entry.is_reboot for entry in batch):
            await self._all_booked(link)
        await self._book(link, batch)

    async def commit(self, connection: db.Aconnection, batch: Sequence[Entry], batches: Sequence[int] = ()) -> None:
        """Book all entries in one transaction, and set those aside that say what cannot be.

        `batches`: those of the backlog that they come from.
        """
        sound = [entry for entry in batch if not entry.report.fault]
        told = await self._told(connection, sound)
        book = Book(connection, self._terms, self._clients, self._readings)
        await book.commit(told, datetime.now(UTC), self._also(sound, batch), batches)

    async def held(self, connection: db.Aconnection, batch: Sequence[Entry]) -> set[Entry]:
        """Those whose subscriber somebody else's transaction holds."""
        sound = [entry for entry in batch if not entry.report.fault]
        named = await self._named(connection, sound)
        held_ids = await held(connection, named.values())
        return {sound[at] for at, subscriber_id in named.items() if subscriber_id in held_ids}

    def _also(self, sound: Sequence[Entry], batch: Sequence[Entry]) -> Also | None:
        """What the transaction does besides: the journal, and what is set aside (D20)."""
        journal = self._journal.of_requests(sound)
        faulty = [(entry.kept, entry.report.fault) for entry in batch if entry.report.fault]
        if not faulty:
            return journal
        return lambda told, coded: [*(journal(told, coded) if journal else ()), quarantined(faulty)]

    async def _all_booked(self, link: Link) -> None:
        """Wait, but not for long, until all is booked that any process has acknowledged before.

        What a NAS ends by its start or stop has to be stored by then; what is not, ends by its silence.
        """
        until = monotonic() + REBOOT_SECONDS
        try:
            async with asyncio.timeout(BATCH_SECONDS_MAX):
                (waiting,) = await SPAN_DEFERRED.afetch(await link.connection())
                newest = waiting.newest or 0
                while waiting.oldest is not None and waiting.oldest <= newest and monotonic() < until:
                    await asyncio.sleep(REBOOT_LOOK_SECONDS)
                    (waiting,) = await SPAN_DEFERRED.afetch(await link.connection())
        except (psycopg.Error, OSError, TimeoutError) as error:
            await link.recover(error)  # before its migration there is no such table, and nothing waits

    async def _defer(self, link: Link, batch: Sequence[Entry]) -> bool:
        """Write the batch down and answer it. False: it has to be booked first."""
        if not await self._has_room():
            _keep_silent(batch)
            return True
        try:
            async with asyncio.timeout(BATCH_SECONDS_MAX):
                octets = packed([entry.kept for entry in batch])
                (row,) = await DEFER_RECORDS.afetch(await link.connection(), sealed(self._keys, octets))
        except Exception as error:
            if not await link.recover(error):
                _keep_silent(batch)
                return True
            log.warning("accounting is booked before it is answered", exc_info=error)
            self._backlog.pause()
            return False
        self._backlog.put(row.id, batch, octets)
        _acknowledge(batch)
        return True

    async def _has_room(self) -> bool:
        """Is there room in the backlog, soon? Where there is none, the database may well be there."""
        try:
            async with asyncio.timeout(BATCH_SECONDS_MAX):
                await self._backlog.room()
            return True
        except TimeoutError:
            return False

    async def _book(self, link: Link, batch: Sequence[Entry]) -> None:
        for stretch in _between_reboots(batch):
            for entry, fault in await self._book_halving(link, stretch):
                await self._quarantine(link, entry, fault)

    async def _book_halving(self, link: Link, batch: list[Entry]) -> list[tuple[Entry, str]]:
        """Book what can be; gives back the entries whose data the database or a rule refuses."""
        if not batch:
            return []
        try:
            async with asyncio.timeout(BATCH_SECONDS_MAX):
                await self.commit(await link.connection(), batch)
        except Exception as error:
            is_up = await link.recover(error)
            if is_up and is_collision(error) and not batch[0].is_reboot and await self._defer(link, batch):
                return []  # a booker knows how to go on without who is held
            if not is_up or (len(batch) == 1 and is_collision(error)):
                _keep_silent(batch)
                return []
            if len(batch) == 1:
                log.warning("an accounting record goes to quarantine", exc_info=error)
                return [(batch[0], fault_of(error))]
            middle = len(batch) // 2
            return [
                *await self._book_halving(link, batch[:middle]),
                *await self._book_halving(link, batch[middle:]),
            ]
        _acknowledge(batch)
        return []

    async def _told(self, connection: db.Aconnection, batch: Sequence[Entry]) -> list[Told]:
        """Each record with its subscriber; a NAS's own start or stop as one record for each of its open sessions."""
        named = await self._named(connection, batch)
        reboots = [entry for entry in batch if entry.is_reboot]
        told = [
            Told(entry.report.record, entry.report.operator_id, named.get(at), at)
            for at, entry in enumerate(batch)
            if not entry.is_reboot
        ]
        for entry in reboots:
            told += await self._of_reboot(connection, entry)
        return told

    async def _named(self, connection: db.Aconnection, batch: Sequence[Entry]) -> dict[int, int]:
        """Index in the batch → subscriber: by our Class, else by name, else by MAC or code."""
        named: dict[int, int] = {}
        asked: list[tuple[int, Report]] = []
        for at, entry in enumerate(batch):
            report = entry.report
            if report.subscriber_id is not None:
                named[at] = report.subscriber_id
            elif report.record.kind is not RecordKind.REBOOT and report.record.user_name:
                asked.append((at, report))
        if asked:
            await self._ask(connection, [(at, each.operator_id, each.name_key) for at, each in asked], named)
        rest = [(at, each) for at, each in asked if at not in named]
        others = [(at, each.operator_id, other_key(each.record.user_name, self._keys.code_index)) for at, each in rest]
        if others:
            await self._ask(connection, others, named)
        return named

    async def _ask(
        self, connection: db.Aconnection, asked: Sequence[tuple[int, int, str | None]], named: dict[int, int]
    ) -> None:
        columns = db.ints(operator_id for _, operator_id, _ in asked), db.texts(key for _, _, key in asked)
        for row in await NAME_SUBSCRIBERS.afetch(connection, *columns):
            named.setdefault(asked[row.position - 1][0], row.subscriber_id)

    async def _of_reboot(self, connection: db.Aconnection, entry: Entry) -> list[Told]:
        record = entry.report.record
        rows = await LIST_NAS_SESSIONS.afetch(connection, db.ints([record.nas_id]))
        # A late On must not close what began after it (B9).
        return [
            Told(
                record._replace(acct_session_id=row.acct_session_id, session_id=row.id),
                entry.report.operator_id,
                row.subscriber_id,
            )
            for row in rows
            if row.started_at <= record.event_at
        ]

    async def _quarantine(self, link: Link, entry: Entry, fault: str) -> None:
        """Set one record aside, in its own committed transaction, and acknowledge it (D20)."""
        try:
            await db.together(await link.connection(), quarantined([(entry.kept, fault)]))
        except (psycopg.Error, OSError, TimeoutError) as error:
            if await link.recover(error):
                log.exception("a record could not be set aside")
            _keep_silent([entry])
            return
        _acknowledge([entry])


def _between_reboots(batch: Sequence[Entry]) -> list[list[Entry]]:
    """The batch cut before and behind each start or stop of a NAS, which closes only what is stored by then."""
    stretches: list[list[Entry]] = [[]]
    for entry in batch:
        if entry.is_reboot:
            stretches += [[entry], []]
        else:
            stretches[-1].append(entry)
    return stretches


def _acknowledge(batch: Sequence[Entry]) -> None:
    for entry in batch:
        entry.arrived.door.reply(entry.arrived.request, _RESPONSE, b"")


def _keep_silent(batch: Sequence[Entry]) -> None:
    for entry in batch:
        entry.arrived.door.keep_silent(entry.arrived.request)


def quarantined(records: Sequence[tuple[Kept, str]]) -> db.Call:
    """What sets records aside, each for its reason."""
    shown = [translate.without_secrets(decode(each.packet)) for each, _ in records]
    return SAVE_QUARANTINE, [
        db.ints(each.operator_id for each, _ in records),
        db.ints(each.nas_id for each, _ in records),
        db.times(datetime.fromtimestamp(each.received_at, UTC) for each, _ in records),
        db.texts(fault for _, fault in records),
        db.literals(json.dumps(attributes) for attributes, _ in shown),
        db.octets(raw for _, raw in shown),
    ]


def fault_of(error: BaseException) -> str:
    """A reason that fits on a page: what kind of error, without the data in it."""
    return getattr(error, "sqlstate", None) or type(error).__name__
