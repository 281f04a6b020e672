"""One transaction of accounting: lock and load in one round trip, apply the rules, save and commit in another.

A record of a subscriber that we don't know is stored as well, in a session that belongs to nobody.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from hotgate.aaa.clients import Clients
from hotgate.aaa.journal import Also
from hotgate.aaa.readings import Readings, reading_of
from hotgate.domain import accounting, sessions
from hotgate.domain.access import NasTraits
from hotgate.domain.accounting import Account, Outcome
from hotgate.domain.crowded import nearest
from hotgate.domain.metering import Point, start_epoch
from hotgate.domain.quiet import near, quietly, quietly_begun
from hotgate.domain.sessions import Record, Session
from hotgate.domain.subscriber import AccessState
from hotgate.store import db, vouchers
from hotgate.store.access import LOAD_ACCOUNTS, LOCK_SUBSCRIBERS, StateRow, no_secrets, states_of
from hotgate.store.accounting import (
    CROWD,
    LOAD_NEAREST_SESSIONS,
    LOAD_POINTS,
    LOAD_SESSIONS,
    LOAD_SESSIONS_BY_ID,
    LOCK_NAS,
    NEAR,
    RESERVE_SESSION_IDS,
    SessionRow,
    Stored,
    point_of,
    session_of,
)
from hotgate.store.backlog import TAKE_DEFERRED
from hotgate.store.quiet import ADVANCE_QUIETLY, Advanced, reading_columns
from hotgate.store.savings import Savings
from hotgate.store.terms import LOAD_PLANS, Terms

RESERVED = 256
TRIES = 4
IN_A_ROW = 16  # subscribers, a millisecond of work
NOBODY = 0  # stands for the subscriber of sessions that belong to none

# Ids for sessions to come. They end with the connection that they were had by: a server that crashed, or a standby in
# its place, gives ids again that no commit had made durable.
_reserved_by: WeakKeyDictionary[db.Aconnection, deque[int]] = WeakKeyDictionary()


class Told(NamedTuple):
    """A record with the subscriber it belongs to, as far as anybody knows."""

    record: Record
    operator_id: int
    subscriber_id: int | None
    position: int = 0  # of the packet in its batch


class BelongsElsewhere(Exception):
    """A session on record belongs to a subscriber who is not locked yet: begin again with `told`."""

    def __init__(self, told: list[Told]) -> None:
        super().__init__()
        self.told = told


class BookedElsewhere(Exception):
    """Other batches than the `left` ones are in the backlog no more: somebody has booked them."""

    def __init__(self, left: set[int]) -> None:
        super().__init__()
        self.left = left


class PointsWanted(Exception):
    """A record came late into this session: its kept readings are needed."""

    def __init__(self, session_id: int) -> None:
        super().__init__()
        self.session_id = session_id


class Book:
    """What one transaction loads, and what becomes of it."""

    def __init__(
        self, connection: db.Aconnection, terms: Terms, clients: Clients, readings: Readings | None = None
    ) -> None:
        self._connection = connection
        self._readings = readings  # None: nothing is tried before it is loaded
        self._terms = terms
        self._clients = clients
        self._ids = _reserved_by.setdefault(connection, deque())
        self._states: dict[int, AccessState] = {}
        self._ended: list[int] = []  # sessions that were ended where they lie
        self._coded: set[int] = set()  # subscribers that log in by a code
        self._sessions: dict[int, Session] = {}
        self._owners: dict[int, int | None] = {}  # session → subscriber, as stored
        self._by_key: dict[tuple[int, str], list[Session]] = {}
        self._points: dict[int, list[Point]] = {}

    async def commit(
        self, told: Sequence[Told], now: datetime, also: Also | None = None, batches: Sequence[int] = ()
    ) -> None:
        """Book all records and commit, with what `also` adds. `batches`: those of the backlog that they come from.

        Raises BookedElsewhere, and what database and rules raise.
        """
        for _ in range(TRIES):
            tried = self._readings.worth_trying(told, self._traits) if self._readings is not None else []
            advanced = await self._load(told, tried, now, batches)
            try:
                told = self._placed(_without(told, advanced))
                break
            except BelongsElsewhere as elsewhere:
                told = [*elsewhere.told, *advanced]
                await self._connection.rollback()
        else:
            raise LookupError("the owner of a session changes faster than it can be locked")
        savings = Savings(now, self._ended)
        for number, (subscriber_id, records) in enumerate(_by_subscriber(told), 1):
            await self._book(subscriber_id, records, now, savings)
            if number % IN_A_ROW == 0:
                await asyncio.sleep(0)  # who only wants an answer need not wait for all of these
        await asyncio.sleep(0)
        await self._save(savings, also([*told, *advanced], self._coded) if also is not None else ())

    # -- load ------------------------------------------------------------------------------------------------------

    async def _load(
        self, told: Sequence[Told], tried: Sequence[Told], now: datetime, batches: Sequence[int]
    ) -> list[Told]:
        """Begin, lock, and load what the rules need to know. Gives those of `tried` that are booked with that."""
        rest = _without(told, tried)
        answers = await self._asked([*self._begun(told, batches), *_trial(tried, now), *_loads(rest)])
        if batches and len(answers[TAKE_DEFERRED]) < len(batches):
            raise BookedElsewhere({row.id for row in answers[TAKE_DEFERRED]})
        self._ids.extend([row.id for row in answers.get(RESERVE_SESSION_IDS, ())])
        self._sessions, self._owners, self._by_key, self._states, self._coded = {}, {}, {}, {}, set()
        await self._learn(answers)
        advanced = self._advanced(tried, answers.get(ADVANCE_QUIETLY, ()))
        left = _without(tried, advanced)
        if left and self._readings is not None:
            self._readings.left_alone(left)
            await self._learn(await self._asked(_loads(left)))
        await self._load_nearest([*rest, *left])
        await self._load_named_sessions([*rest, *left])
        return advanced

    def _begun(self, told: Sequence[Told], batches: Sequence[int]) -> list[db.Call]:
        """The transaction up to its locks, and to what is behind them no other's."""
        subscribers = _subscribers(told)
        strays = sorted({each.record.nas_id for each in told if each.subscriber_id is None})
        calls: list[db.Call] = [(db.BEGIN, ()), *self._reserve(len(told))]
        if subscribers:
            calls.append((LOCK_SUBSCRIBERS, [db.ints(subscribers)]))
        if strays:
            calls.append((LOCK_NAS, [db.ints(strays)]))
        if batches:  # behind the locks: so two who would book the same never hold what the other needs
            calls.append((TAKE_DEFERRED, [db.ints(batches)]))
        return calls

    async def _asked(self, calls: Sequence[db.Call]) -> dict[db.Statement[Any], Sequence[Any]]:
        """The rows of each statement, in one round trip."""
        answers = await db.together(self._connection, *calls)
        return {statement: rows for (statement, _), rows in zip(calls, answers, strict=True)}

    def _advanced(self, tried: Sequence[Told], rows: Sequence[Advanced]) -> list[Told]:
        """Those that the statement has booked."""
        self._ended = [row.ended_id for row in rows if row.ended_id is not None]
        self._coded |= {tried[row.position - 1].subscriber_id or NOBODY for row in rows if row.is_masked}
        return [tried[row.position - 1] for row in rows]

    async def _learn(self, answers: Mapping[db.Statement[Any], Sequence[Any]]) -> None:
        """What `_loads` gave."""
        rows = answers.get(LOAD_ACCOUNTS, ())
        await self._load_terms(rows)
        states_by_position = states_of(rows, self._terms, no_secrets)
        self._states |= {state.subscriber_id: state for state in states_by_position.values()}
        self._coded |= {row.subscriber_id for row in rows if row.credential_kind is not None}
        self._know(answers.get(LOAD_SESSIONS, ()))

    def _reserve(self, wanted: int) -> list[db.Call]:
        return [] if len(self._ids) >= wanted else [(RESERVE_SESSION_IDS, [max(wanted, RESERVED)])]

    async def _load_terms(self, rows: Sequence[StateRow]) -> None:
        missing = self._terms.missing(rows)
        if missing:
            self._terms.add(await LOAD_PLANS.afetch(self._connection, db.ints(missing)), rows)

    async def _load_nearest(self, told: Sequence[Told]) -> None:
        """Where an id has a crowd of sessions: those that its records may be about, in the place of any that it has."""
        crowded = {key for key, known in self._by_key.items() if len(known) >= CROWD}
        if not crowded:
            return
        records = [each.record for each in told if each.record.session_id is None]
        asked = sorted({_near(record) for record in records if _near(record)[:2] in crowded})
        nas_ids, ids, epochs, devices = zip(*asked, strict=True)
        rows = await LOAD_NEAREST_SESSIONS.afetch(
            self._connection, db.ints(nas_ids), db.texts(ids), db.times(epochs), db.texts(devices)
        )
        for key in crowded:
            del self._by_key[key]
        self._know(rows)

    async def _load_named_sessions(self, told: Sequence[Told]) -> None:
        """Sessions named by id: of a reboot, and of a device whose older session has to give way."""
        wanted = {each.record.session_id for each in told if each.record.session_id is not None}
        for each in told:
            state = self._states.get(each.subscriber_id or NOBODY)
            slots = state.slots if state is not None else ()
            wanted |= {
                s.session_id for s in slots if s.session_id and (s.device == each.record.device or len(slots) > 1)
            }
        wanted -= self._sessions.keys()
        if wanted:
            self._know(await LOAD_SESSIONS_BY_ID.afetch(self._connection, db.ints(wanted)))

    def _know(self, rows: Sequence[SessionRow]) -> None:
        for row in rows:
            session = self._sessions[row.id] = session_of(row)
            self._owners[row.id] = row.subscriber_id
            self._by_key.setdefault((row.nas_id, row.acct_session_id), []).append(session)

    def _placed(self, told: Sequence[Told]) -> list[Told]:
        """Each record with the subscriber of the session it belongs to, if that is on record already."""
        placed = [self._place(each) for each in told]
        missing = {each.subscriber_id for each in placed} - {None} - self._states.keys()
        if not missing:
            return placed
        if missing & set(self._owners.values()):
            raise BelongsElsewhere(placed)
        return [each._replace(subscriber_id=None) if each.subscriber_id in missing else each for each in placed]

    def _place(self, told: Told) -> Told:
        record = told.record
        if record.session_id is not None:
            owner = self._owners.get(record.session_id)
        else:
            owner = self._owner_by_key(record, told.subscriber_id)
        if owner is None:
            state = self._states.get(told.subscriber_id or NOBODY)
            # A Class or a name of another operator is nobody's (D24).
            is_stranger = state is not None and state.operator_id != told.operator_id
            return told._replace(subscriber_id=None) if is_stranger else told
        return told if told.subscriber_id == owner else told._replace(subscriber_id=owner)

    def _owner_by_key(self, record: Record, likely: int | None) -> int | None:
        known = self._of_key(record)
        if not known:
            return None
        if len(known) == 1 and self._owners[known[0].id] == likely:
            return likely  # whether it is this session or a new one
        index = sessions.find(known, record)
        return None if index is None else self._owners[known[index].id]

    def _of_key(self, record: Record) -> Sequence[Session]:
        """The sessions of its NAS and Acct-Session-Id that it may be about."""
        known = self._by_key.get((record.nas_id, record.acct_session_id), ())
        return known if len(known) < CROWD else nearest(known, record)

    # -- apply -----------------------------------------------------------------------------------------------------

    async def _book(self, subscriber_id: int, told: Sequence[Told], now: datetime, savings: Savings) -> None:
        if len(told) == 1 and (
            self._is_quiet(subscriber_id, told[0].record, now, savings)
            or self._begins_quietly(subscriber_id, told[0].record, now, savings)
        ):
            return
        operator_id = told[0].operator_id
        state = self._states.get(subscriber_id) or AccessState(NOBODY, operator_id, ZoneInfo("UTC"), None)
        known = self._known_to(subscriber_id, told)
        nas = {each.record.nas_id: self._traits(each.record.nas_id) for each in told}
        account = Account(state, tuple(known), nas)
        outcome = await self._apply(account, [each.record for each in told], now)
        before = {session.id: session for session in account.sessions}
        stored = [self._stored(each, subscriber_id, outcome.account.access) for each in outcome.changed]
        adopted = {each.id for each in known if self._owners[each.id] is None} if subscriber_id else set()
        savings.add(outcome, state, before, stored, adopted)

    def _is_quiet(self, subscriber_id: int, record: Record, now: datetime, savings: Savings) -> bool:
        """Did nothing happen but that its session moved on or ended? Then that is all there is to save."""
        state = self._states.get(subscriber_id)
        known = near(self._of_key(record), record)
        if state is None or known is None or self._owners[known.id] != subscriber_id:
            return False
        after = quietly(state, known, record, self._traits(record.nas_id), now)
        if after is None:
            return False
        savings.add_quiet(state, known, after)
        return True

    def _begins_quietly(self, subscriber_id: int, record: Record, now: datetime, savings: Savings) -> bool:
        """Did nothing happen but that a session began?"""
        state = self._states.get(subscriber_id)
        if state is None or (record.nas_id, record.acct_session_id) in self._by_key:
            return False
        begun = quietly_begun(state, record, self._traits(record.nas_id), now, self._new_ids())
        if begun is None:
            return False
        savings.add_begun(state, begun.state, self._stored(begun.session, subscriber_id, begun.state))
        return True

    def _known_to(self, subscriber_id: int, told: Sequence[Told]) -> list[Session]:
        """The sessions on record that these records may be about, and those that the subscriber's slots name."""
        found: dict[int, Session] = {}
        for each in told:
            for session in self._of_key(each.record):
                found[session.id] = session
        state = self._states.get(subscriber_id)
        named = [each.record.session_id for each in told] + [s.session_id for s in (state.slots if state else ())]
        for i in named:
            if i is not None and i in self._sessions:
                found[i] = self._sessions[i]
        return [each for each in found.values() if (self._owners[each.id] or subscriber_id) == subscriber_id]

    async def _apply(self, account: Account, records: Sequence[Record], now: datetime) -> Outcome:
        # The rules are pure, so what they turn out to need is loaded and they are asked again.
        while True:
            try:
                return accounting.apply_records(account, records, now, self._new_ids(), self._points_of)
            except PointsWanted as wanted:
                await self._load_points(wanted.session_id)

    async def _load_points(self, session_id: int) -> None:
        session = self._sessions[session_id]
        rows = await LOAD_POINTS.afetch(self._connection, db.ints([session_id]), session.started_at - NEAR)
        self._points[session_id] = [point_of(each) for each in rows]

    def _points_of(self, session_id: int) -> Sequence[Point]:
        if session_id not in self._points and session_id in self._sessions:
            raise PointsWanted(session_id)
        return self._points.get(session_id, ())

    def _new_ids(self) -> Iterator[int]:
        while True:
            yield self._ids.popleft()

    def _traits(self, nas_id: int) -> NasTraits:
        client = self._clients.by_id(nas_id)
        return client.traits if client is not None else NasTraits(nas_id)

    def _stored(self, session: Session, subscriber_id: int, state: AccessState) -> Stored:
        shown = vouchers.masked(session.user_name) if subscriber_id in self._coded else session.user_name
        payers = [e for e in state.entitlements if e.id == session.entitlement_id]
        interim = payers[0].plan.profile.interim_seconds if payers else None
        return Stored(session, state.operator_id, subscriber_id or None, shown, interim)

    # -- save ------------------------------------------------------------------------------------------------------

    async def _save(self, savings: Savings, more: Sequence[db.Call]) -> None:
        await db.together(self._connection, *savings.commands(), *more, (db.COMMIT, ()))


def _subscribers(told: Sequence[Told]) -> list[int]:
    return sorted({each.subscriber_id for each in told if each.subscriber_id is not None})


def _trial(tried: Sequence[Told], now: datetime) -> list[db.Call]:
    return [(ADVANCE_QUIETLY, reading_columns([reading_of(each) for each in tried], now))] if tried else []


def _loads(told: Sequence[Told]) -> list[db.Call]:
    """Accounts and sessions that these records may be about."""
    return [(LOAD_ACCOUNTS, [db.ints(_subscribers(told))]), (LOAD_SESSIONS, _session_keys(told))] if told else []


def _without(told: Sequence[Told], others: Sequence[Told]) -> list[Told]:
    gone = set(map(id, others))
    return [each for each in told if id(each) not in gone] if gone else list(told)


def _near(record: Record) -> tuple[int, str, datetime, str]:
    epoch = start_epoch(record.event_at, record.session_seconds)
    return record.nas_id, record.acct_session_id, epoch, record.device


def _session_keys(told: Sequence[Told]) -> list[db.Parameter]:
    """The parameters of LOAD_SESSIONS, each key once."""
    keys: dict[tuple[int, str], tuple[datetime, datetime]] = {}
    for each in told:
        record = each.record
        if record.session_id is None:
            epoch = start_epoch(record.event_at, record.session_seconds)
            first, last = keys.get((record.nas_id, record.acct_session_id), (epoch, epoch))
            keys[record.nas_id, record.acct_session_id] = (min(first, epoch), max(last, epoch))
    earliest = db.times(first for first, _ in keys.values())
    is_one_each = all(first is last for first, last in keys.values())
    latest = earliest if is_one_each else db.times(last for _, last in keys.values())
    return [db.ints(nas_id for nas_id, _ in keys), db.texts(session_id for _, session_id in keys), earliest, latest]


def _by_subscriber(told: Sequence[Told]) -> list[tuple[int, list[Told]]]:
    """Records by subscriber, in order of arrival; those of nobody by NAS, for some may be another operator's."""
    grouped: dict[tuple[int, int], list[Told]] = {}
    for each in told:
        owner = (each.subscriber_id, 0) if each.subscriber_id else (NOBODY, each.record.nas_id)
        grouped.setdefault(owner, []).append(each)
    return [(subscriber_id, records) for (subscriber_id, _), records in grouped.items()]
