"""A day booked once more from the journal, in a scratch schema, by the code that booked it first.

The journal and the books are read in one snapshot, so a running server does not disturb the comparison. A day's
sessions are those that began on it, in UTC; what was heard of them on later days counts too.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

import psycopg

from hotgate import vault
from hotgate.aaa import journal, translate
from hotgate.aaa.booking import Book, Told
from hotgate.aaa.clients import Client, Clients
from hotgate.domain.metering import start_epoch
from hotgate.domain.sessions import Record, RecordKind
from hotgate.radius.packet import Packet, decode
from hotgate.store import db, scratch
from hotgate.store.accounting import LIST_NAS_SESSIONS, OpenSession
from hotgate.store.journal import READ_JOURNAL, Journaled
from hotgate.store.network import LOAD_NAS
from hotgate.store.scratch import Booked
from hotgate.store.terms import Terms

BATCH_MAX = 256
BORDER = timedelta(seconds=30)  # the tolerance of a session's start

_BAD = (psycopg.DataError, psycopg.IntegrityError, ArithmeticError, ValueError, LookupError)


class Result(NamedTuple):
    """What was compared, and each difference in one line."""

    sessions: int
    packets: int
    differences: list[str]


class Ends(NamedTuple):
    """What ends sessions that it finds open: a NAS that starts or stops all of its own, we ourselves one."""

    record: Record
    operator_id: int
    started_at: datetime | None  # of the one; None: all that had begun

    def means(self, session: OpenSession) -> bool:
        if self.started_at is None:
            return session.started_at <= self.record.event_at
        return (session.acct_session_id, session.started_at) == (self.record.acct_session_id, self.started_at)


class Day(NamedTuple):
    since: datetime
    until: datetime

    def has(self, started_at: datetime) -> bool:
        return self.since - BORDER <= started_at < self.until + BORDER


def day_of(day: date) -> Day:
    """That day in UTC."""
    since = datetime.combine(day, time(), UTC)
    return Day(since, since + timedelta(days=1))


async def replay(conninfo: dict[str, Any], day: Day, operator_id: int | None, keys: vault.Keys) -> Result:
    """Book the day again and compare. `conninfo` is the owner's. Raises Busy."""
    with psycopg.connect(**conninfo) as reader:
        (is_ours,) = _one(reader.execute("SELECT pg_try_advisory_lock(%s)", [scratch.TURN]))
        if not is_ours:
            raise Busy
        reader.rollback()
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        _make_scratch(reader, conninfo, day, operator_id)
        try:
            return await _replay(reader, conninfo, day, operator_id, keys)
        finally:
            reader.rollback()
            reader.execute(f"DROP SCHEMA {scratch.SCHEMA} CASCADE")
            reader.commit()


class Busy(Exception):
    """Another replay is under way."""


def _make_scratch(reader: psycopg.Connection[Any], conninfo: dict[str, Any], day: Day, operator_id: int | None) -> None:
    """In a second connection with the reader's snapshot, whose work it can then see by a third."""
    (snapshot,) = _one(reader.execute("SELECT pg_export_snapshot()"))
    with psycopg.connect(**conninfo) as writer:
        writer.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        writer.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'")
        scratch.make(writer, day.since, day.until, operator_id)


async def _replay(
    reader: psycopg.Connection[Any], conninfo: dict[str, Any], day: Day, operator_id: int | None, keys: vault.Keys
) -> Result:
    clients = Clients(lambda *_: b"no packet is verified here")
    clients.replace(LOAD_NAS.fetch(reader))
    connection = await psycopg.AsyncConnection.connect(**conninfo, autocommit=True)
    async with connection:
        db.adapt_connection(connection)
        (path,) = _one(reader.execute("SELECT current_schema()"))
        await connection.execute(f"SET search_path = {scratch.SCHEMA}, {path}".encode())
        await connection.execute(db.PINNED_PLANS.encode())
        await connection.execute(b"SET synchronous_commit = off")
        desk = Desk(connection, clients, keys, day)
        async for batch in _batches(reader, desk, day, operator_id):
            await desk.book(batch)
    return Result(*_compare(conninfo, reader, day, desk))


async def _batches(
    reader: psycopg.Connection[Any], desk: Desk, day: Day, operator_id: int | None
) -> AsyncIterator[list[Told]]:
    """The day's records in order; what speaks of sessions by their id stands alone, for it must find them stored."""
    batch: list[Told] = []
    for row in _journal(reader, day, operator_id):
        told = desk.told(row)
        if isinstance(told, Told):
            batch.append(told._replace(position=len(batch)))
        if batch and (len(batch) >= BATCH_MAX or isinstance(told, Ends)):
            yield batch
            batch = []
        if isinstance(told, Ends):
            yield await desk.ended(told)
    yield batch


def _journal(reader: psycopg.Connection[Any], day: Day, operator_id: int | None) -> Iterator[Journaled]:
    return READ_JOURNAL.stream(reader, day.since - BORDER, operator_id)


class Desk:
    """Turns entries of the journal into records, and books them in the scratch schema."""

    def __init__(self, connection: db.Aconnection, clients: Clients, keys: vault.Keys, day: Day) -> None:
        self._connection = connection
        self._clients = clients
        self._keys = keys
        self._day = day
        self._terms = Terms()
        self.packets = 0
        self.unbooked: list[str] = []

    def told(self, row: Journaled) -> Told | Ends | None:
        """A record with its subscriber, or what ends sessions; None when it is not of the day."""
        packet = decode(bytes(row.packet))
        ending = journal.ending_of(packet)
        client = self._clients.by_id(row.nas_id)
        told: Told | Ends
        if ending is not None:
            record = Record(ending.kind, row.nas_id, ending.acct_session_id, row.at, row.at)
            told, started_at = Ends(record, row.operator_id, ending.started_at), ending.started_at
        elif client is None:
            self.unbooked.append(f"NAS {row.nas_id} is gone or switched off: a packet of it was left out")
            return None
        else:
            told, started_at = self._report(packet, client, row)
        if not self._day.has(started_at):
            return None
        self.packets += 1
        return told

    def _report(self, packet: Packet, client: Client, row: Journaled) -> tuple[Told | Ends, datetime]:
        report = translate.accounting_report(packet, client, row.source, row.at, self._keys.class_token)
        record = report.record
        if record.kind is RecordKind.REBOOT:
            return Ends(record, row.operator_id, None), self._day.since
        owner = journal.subscriber_of(packet) or report.subscriber_id
        return Told(record, row.operator_id, owner), start_epoch(record.event_at, record.session_seconds)

    async def ended(self, ends: Ends) -> list[Told]:
        """A record for each session that it ends."""
        record = ends.record
        rows = await LIST_NAS_SESSIONS.afetch(self._connection, db.ints([record.nas_id]))
        return [
            Told(
                record._replace(acct_session_id=row.acct_session_id, session_id=row.id),
                ends.operator_id,
                row.subscriber_id,
            )
            for row in rows
            if ends.means(row)
        ]

    async def book(self, batch: Sequence[Told]) -> None:
        """In one transaction; where that fails on its data, each by itself."""
        if not batch:
            return
        now = max(each.record.received_at for each in batch)
        try:
            await Book(self._connection, self._terms, self._clients).commit(batch, now)
        except _BAD as error:
            await self._connection.rollback()
            if len(batch) == 1:
                record = batch[0].record
                self.unbooked.append(f"{_name(record)}: a record could not be booked ({type(error).__name__})")
                return
            for each in batch:
                await self.book([each])


def _compare(
    conninfo: dict[str, Any], reader: psycopg.Connection[Any], day: Day, desk: Desk
) -> tuple[int, int, list[str]]:
    with psycopg.connect(**conninfo) as connection:
        books = {each.key: each for each in scratch.sessions(connection, scratch.BOOKS, *day)}
        again = {each.key: each for each in scratch.sessions(connection, scratch.REPLAYED, *day)}
    rows = reader.execute(scratch.NEIGHBOURS, {"since": day.since, "until": day.until}).fetchall()
    spared = {(nas_id, session_id) for nas_id, session_id, _ in rows}
    keys = sorted({*books, *(key for key in again if key in books or key[:2] not in spared)})
    differences = [line for key in keys for line in difference(books.get(key), again.get(key))]
    return len(books), desk.packets, [*desk.unbooked, *differences]


def difference(books: Booked | None, again: Booked | None) -> list[str]:
    """A line for each field that differs."""
    if books is None or again is None:
        one = books or again
        assert one is not None
        return [f"{_name(one)}: only in the {'journal' if books is None else 'books'}"]
    told = zip(Booked._fields, books, again, strict=True)
    return [f"{_name(books)}: {field} is {a} in the books, {b} by the journal" for field, a, b in told if a != b]


def _name(session: Booked | Record) -> str:
    return f"NAS {session.nas_id}, session {session.acct_session_id}"


def _one(cursor: psycopg.Cursor[Any]) -> tuple[Any, ...]:
    row = cursor.fetchone()
    assert row is not None
    return tuple(row)
