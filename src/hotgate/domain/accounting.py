"""What accounting does to one subscriber's account: sessions, use, money, places, and what the NAS is told.

`apply_records` is pure: the pipeline locks and loads, calls it, and saves what comes back in one transaction.
Applying the same records again, in any order and any number of times, gives the same sessions, use and charges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from hotgate.domain import charging, endings, metering, places, sessions, spending, validity
from hotgate.domain.access import NasTraits
from hotgate.domain.catalogue import CapAction
from hotgate.domain.events import CapReached, EntitlementActivated, EntitlementUsedUp, Event
from hotgate.domain.metering import Point, Stretch
from hotgate.domain.reasons import Reason
from hotgate.domain.sessions import Flag, Record, RecordKind, Session
from hotgate.domain.subscriber import AccessState, Entitlement, Hold, HoldKind, Slot, with_entitlement
from hotgate.domain.transfers import Transfer

SLICE_TOP_UP_AT = 0.8  # of a slice used: ask for the next part in time

_ENDINGS = (RecordKind.REBOOT, RecordKind.STALE, RecordKind.GONE, RecordKind.CLOSE)
_GUESSES = (RecordKind.STALE, RecordKind.CLOSE)  # the NAS has not confirmed them


class OrderKind(StrEnum):
    DISCONNECT = "disconnect"
    REAUTHORIZE = "reauthorize"


class Order(NamedTuple):
    """What a NAS has to be told about one session; its content is worked out when it is sent."""

    session_id: int
    nas_id: int
    kind: OrderKind
    reason: Reason | None = None


class UsagePoint(NamedTuple):
    """A reading of a session's counters, kept so that late records can be put in their place."""

    session_id: int
    point: Point


class Account(NamedTuple):
    """A subscriber as accounting sees it: its access state, and the sessions that the records may belong to."""

    access: AccessState
    sessions: tuple[Session, ...]
    nas: Mapping[int, NasTraits]


class Outcome(NamedTuple):
    account: Account
    changed: tuple[Session, ...]  # to be saved; new ones among them
    points: tuple[UsagePoint, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    events: tuple[Event, ...] = ()
    orders: tuple[Order, ...] = ()
    holds: tuple[Hold, ...] = ()  # new ones


def apply_records(
    account: Account,
    records: Sequence[Record],
    now: datetime,
    new_ids: Iterator[int],
    points_of: Callable[[int], Sequence[Point]] = lambda _: (),
) -> Outcome:
    """Apply one subscriber's records in their order of arrival, then judge the sessions that they touched.

    `new_ids` gives ids for sessions that begin here. `points_of(session_id)` gives the readings kept of a session,
    asked for only when a record comes late into a session whose use is counted.
    """
    desk = _Desk(account, new_ids, points_of)
    for record in records:
        desk.apply(record)
    for index in sorted(desk.touched):
        desk.judge(index, now)
    return desk.outcome()


class _Desk:
    """The account while a batch is applied to it. Everything on it is a value; only the references move."""

    def __init__(self, account: Account, new_ids: Iterator[int], points_of: Callable[[int], Sequence[Point]]) -> None:
        self.state = account.access
        self.sessions = list(account.sessions)
        self.nas = account.nas
        self.new_ids = new_ids
        self.points_of = points_of
        self.touched: set[int] = set()
        self.points: list[UsagePoint] = []
        self.transfers: list[Transfer] = []
        self.events: list[Event] = []
        self.orders: dict[int, Order] = {}
        self.holds: list[Hold] = []

    # -- one record ------------------------------------------------------------------------------------------------

    def apply(self, record: Record) -> None:
        index = sessions.find(self.sessions, record)
        if record.kind in _ENDINGS:
            if index is not None:
                self.end(index, record)
            return
        is_new = index is None
        if index is None:
            index = self.open(record)
        before = self.sessions[index]
        after = self.merge(before, record)
        self.sessions[index] = after
        self.touched.add(index)
        self.use(index, before, record)
        self.settle(index)
        self.keep_place(index, is_new)

    def open(self, record: Record) -> int:
        session = sessions.open_for(record)._replace(id=next(self.new_ids))
        for other in sessions.doubted(self.sessions, record):
            self.sessions[other], session = sessions.doubt(self.sessions[other]), sessions.doubt(session)
            self.touched.add(other)
        if session.entitlement_id is None:
            payers = spending.in_spending_order(self.state, session.started_at)
            session = session._replace(entitlement_id=payers[0].id if payers else None)
        self.sessions.append(session)
        self.begin_use(session)
        return len(self.sessions) - 1

    def begin_use(self, session: Session) -> None:
        """The first accounting record makes a first use final, at its own time."""
        payer = self.entitlement(session.entitlement_id)
        if payer is None or payer.first_used_at is not None:
            return
        active = validity.activate(payer, session.started_at, self.state.zone)
        self.state = with_entitlement(self.state, active)
        if active.valid_until != payer.valid_until:
            fact = EntitlementActivated(self.state.subscriber_id, active.id, session.started_at, active.valid_until)
            self.events.append(fact)

    def merge(self, before: Session, record: Record) -> Session:
        traits = self.nas.get(record.nas_id)
        lacks_gigawords = traits is not None and traits.lacks_gigawords
        line_bps = self.line_bps(before) if lacks_gigawords or sessions.has_wrapped(before, record) else None
        after = sessions.advance(before, record, lacks_gigawords=lacks_gigawords, line_bps=line_bps)
        if record.kind is RecordKind.STOP:
            return measured(endings.close(after, record), self.state)
        return endings.reopen(after, record, before.last_heard_at) if record.kind is RecordKind.INTERIM else after

    def line_bps(self, session: Session) -> int | None:
        """The speed that the payer's profile allows; None: not limited."""
        payer = self.entitlement(session.entitlement_id)
        if payer is None or None in (payer.plan.profile.download_bps, payer.plan.profile.upload_bps):
            return None
        return max(payer.plan.profile.download_bps or 0, payer.plan.profile.upload_bps or 0)

    def end(self, index: int, record: Record) -> None:
        before = self.sessions[index]
        after = endings.close_without_stop(before, record)
        if after is before:
            return
        self.sessions[index] = after
        self.touched.add(index)
        self.settle(index)
        if record.kind in _GUESSES:
            self.free_place_keeping_slice(after)
        else:
            self.free_place(after)

    # -- use and money ---------------------------------------------------------------------------------------------

    def use(self, index: int, before: Session, record: Record) -> None:
        after = self.sessions[index]
        if record.session_seconds < before.seconds:
            self.use_late(index, before, record)
            return
        if (before.seconds, before.octets_in, before.octets_out) == (after.seconds, after.octets_in, after.octets_out):
            return
        point = after.point
        self.points.append(UsagePoint(after.id, point))
        if any(spending.counts(e) for e in self.state.entitlements):
            self.book(index, metering.stretch_between(before.point, point))

    def use_late(self, index: int, before: Session, record: Record) -> None:
        """A reading from the middle may change on which side of a border use falls, or show where a counter wrapped."""
        if not any(spending.counts(e) for e in self.state.entitlements):
            return
        session = self.sessions[index]
        if session.raw_points:
            readings = self.unwrapped(session) if session.raw_points != before.raw_points else []
        else:
            readings = self.with_late(session, record)
        if readings:
            self.book_again(index, readings)

    def with_late(self, session: Session, record: Record) -> list[Point]:
        """All readings of the session, this one among them; none when it is known already."""
        known = list(self.points_of(session.id)) + [p.point for p in self.points if p.session_id == session.id]
        point = sessions.point_at(
            session.started_at, record.session_seconds, record.octets_in, record.octets_out, record.event_at
        )
        if point in (*known, _origin(session)):
            return []
        self.points.append(UsagePoint(session.id, point))
        return [*known, point]

    def unwrapped(self, session: Session) -> list[Point]:
        """All readings of a session without Gigawords, as totals."""
        line_bps = self.line_bps(session) or metering.LINE_BPS
        return [
            sessions.point_at(session.started_at, *reading, session.last_event_at)
            for reading in metering.unwrapped_readings(session.raw_points, line_bps)
        ]

    def book_again(self, index: int, readings: Sequence[Point]) -> None:
        """Take back what the session used, and book it reading by reading."""
        session = self.sessions[index]
        told = len(self.events)
        reached = {f.entitlement_id for f in self.events} | {
            e.id for e in self.state.entitlements if self.is_reached(e)
        }
        self.state, self.sessions[index] = charging.take_back(self.state, session)
        ordered = _rising([*readings, session.point])
        for earlier, later in pairwise([_origin(session), *ordered]):
            self.book(index, metering.stretch_between(earlier, later))
        self.events[told:] = [f for f in self.events[told:] if f.entitlement_id not in reached]

    def book(self, index: int, stretch: Stretch) -> None:
        session = self.sessions[index]
        spent = charging.spend(self.state, session, stretch)
        if spent.state is self.state:
            return
        self.state = spent.state
        self.lend(session, spent.allocations)
        self.sessions[index] = session._replace(allocations=spent.allocations)
        for entitlement_id in spent.finished:
            self.finish(entitlement_id, stretch.ends_at)

    def settle(self, index: int) -> None:
        session = self.sessions[index]
        if session.allocations:
            charged = charging.charge(self.state, session)
            self.state = charged.state
            self.transfers += charged.transfers
            self.sessions[index] = session._replace(allocations=charged.allocations)

    def finish(self, entitlement_id: int, at: datetime) -> None:
        """An amount or a cap was reached: tell others, and put the cap's hold."""
        entitlement = self.entitlement(entitlement_id)
        assert entitlement is not None
        cap, subscriber_id = entitlement.plan.cap, self.state.subscriber_id
        if cap is None:
            self.events.append(EntitlementUsedUp(subscriber_id, entitlement_id, at))
            return
        until = spending.cycle_of(entitlement, cap.cycle, self.state.zone, at).ends_at
        self.events.append(CapReached(subscriber_id, entitlement_id, at, cap.action, until))
        if cap.action is not CapAction.THROTTLE:
            self.hold(Hold(HoldKind.CAP, entitlement_id, until))

    def is_reached(self, entitlement: Entitlement) -> bool:
        started_at = entitlement.cycle_started_at
        cycle = spending.counted_cycle(entitlement, self.state.zone, started_at) if started_at else None
        return charging.has_reached(entitlement, cycle)

    def hold(self, hold: Hold) -> None:
        if hold not in self.state.holds:
            self.state = self.state._replace(holds=(*self.state.holds, hold))
            self.holds.append(hold)

    # -- places ----------------------------------------------------------------------------------------------------

    def keep_place(self, index: int, is_new: bool) -> None:
        """A live session holds its device's slot; an ended one gives it back, even if its Stop is all we heard."""
        session = self.sessions[index]
        if not session.superseded and (session.is_open or is_new):
            self.take_place(index)
        if not session.is_open:
            self.free_place(session)

    def take_place(self, index: int) -> None:
        session = self.sessions[index]
        slot = self.slot_of(session.device)
        if slot is None:
            payer = self.entitlement(session.entitlement_id)
            if payer is None or payer.plan.profile.devices_max is None:
                return
            slot = Slot(session.device, None, entitlement_id=payer.id)
        if slot.session_id not in (None, session.id) and not self.outlives(session, slot.session_id):
            return
        bound = places.bound(slot, session.id)
        if bound != slot or slot not in self.state.slots:
            self.state = self.state._replace(slots=places.with_slot(self.state.slots, bound))

    def slot_of(self, device: str) -> Slot | None:
        return next((s for s in self.state.slots if s.device == device), None) if self.state.slots else None

    def outlives(self, session: Session, other_id: int | None) -> bool:
        """Does this session take the place of the one that holds it? The newer does; the older is superseded."""
        for i, other in enumerate(self.sessions):
            if other.id == other_id:
                if other.is_open and other.started_at > session.started_at:
                    return False
                self.sessions[i] = other._replace(superseded=True)
                self.touched.add(i)
        return True

    def free_place(self, session: Session) -> None:
        if not self.state.slots:
            return
        slots = places.without_session(self.state.slots, session.id)
        if len(slots) != len(self.state.slots):
            self.state = self.state._replace(slots=slots)

    def free_place_keeping_slice(self, session: Session) -> None:
        """Another device may come, but the slice stays out: the session may run on where we don't hear it."""
        for slot in self.state.slots:
            if slot.session_id == session.id:
                lapsed = slot._replace(session_id=None, expires_at=session.stopped_at)
                self.state = self.state._replace(slots=places.with_slot(self.state.slots, lapsed))

    def lend(self, session: Session, allocations: Sequence[sessions.Allocation]) -> None:
        """Count what the session used against the slice of its device."""
        slot = self.slot_of(session.device)
        if slot is None or slot.slice_amount is None or slot.session_id not in (None, session.id):
            return
        more = _units(allocations, slot.entitlement_id) - _units(session.allocations, slot.entitlement_id)
        if more:
            used = slot._replace(slice_used=max(slot.slice_used + more, 0))
            self.state = self.state._replace(slots=places.with_slot(self.state.slots, used))

    # -- judgement -------------------------------------------------------------------------------------------------

    def judge(self, index: int, now: datetime) -> None:
        """May the session go on as it is? If not, the NAS gets an order."""
        session = self.sessions[index]
        if not session.is_open or session.superseded or not self.state.entitlements:
            return
        held = spending.subscriber_hold(self.state, now)
        payers = spending.in_spending_order(self.state, now)
        if held is not None or not payers:
            self.order(session, OrderKind.DISCONNECT, (held or spending.why_none(self.state, now)).reason)
            return
        self.judge_payer(index, payers[0], now)

    def judge_payer(self, index: int, payer: Entitlement, now: datetime) -> None:
        """Do the limits that the session runs under still fit who pays now?"""
        session = self.sessions[index]
        throttled = spending.is_throttled(payer, self.state.zone, now)
        own = self.entitlement(session.entitlement_id)
        if (session.entitlement_id, session.throttled) != (payer.id, throttled):
            self.sessions[index] = session._replace(entitlement_id=payer.id, throttled=throttled)
        if self.without_place(session, payer, now):
            self.order(session, OrderKind.DISCONNECT, Reason.TOO_MANY_DEVICES)
        elif throttled != session.throttled or not _same_limits(own, payer) or self.slice_runs_out(session, payer, now):
            self.order(session, OrderKind.REAUTHORIZE, None)

    def without_place(self, session: Session, payer: Entitlement, now: datetime) -> bool:
        """Is this session beyond the devices that the plan allows? The one that came last has to go."""
        most = payer.plan.profile.devices_max
        if most is None or len(self.state.slots) <= most:
            return False
        older = [s for s in self.sessions if s.is_open and s.id != session.id and s.started_at <= session.started_at]
        devices = {s.device for s in older} - {session.device}
        return len(devices) >= most and bool(places.place_obstacle(self.state, payer.plan.profile, session.device, now))

    def slice_runs_out(self, session: Session, payer: Entitlement, now: datetime) -> bool:
        if not self.state.slots:
            return False
        slot = next((s for s in self.state.slots if s.session_id == session.id), None)
        if slot is None or not slot.slice_amount or slot.slice_used < slot.slice_amount * SLICE_TOP_UP_AT:
            return False
        more = places.share(self.state, payer, session.device, now)
        return more is None or more > max(slot.slice_amount - slot.slice_used, 0)

    def order(self, session: Session, kind: OrderKind, reason: Reason | None) -> None:
        self.orders[session.id] = Order(session.id, session.nas_id, kind, reason)

    # -- the result ------------------------------------------------------------------------------------------------

    def entitlement(self, entitlement_id: int | None) -> Entitlement | None:
        for e in self.state.entitlements:
            if e.id == entitlement_id:
                return e
        return None

    def outcome(self) -> Outcome:
        return Outcome(
            Account(self.state, tuple(self.sessions), self.nas),
            tuple(self.sessions[i] for i in sorted(self.touched)),
            tuple(self.points),
            tuple(self.transfers),
            tuple(self.events),
            tuple(self.orders.values()),
            tuple(self.holds),
        )


def measured(session: Session, state: AccessState) -> Session:
    """With a mark where it was faster than the fastest of the subscriber's plans (B16)."""
    profiles = [e.plan.profile for e in state.entitlements]
    if not profiles or session.entitlement_id is None:
        return session
    down, up = _fastest(p.download_bps for p in profiles), _fastest(p.upload_bps for p in profiles)
    return sessions.marked(session, Flag.ABOVE_PLAN) if sessions.is_above(session, down, up) else session


def _fastest(rates: Iterable[int | None]) -> int | None:
    """None: one of them has no limit."""
    known = list(rates)
    return None if None in known else max(rate for rate in known if rate is not None)


def _origin(session: Session) -> Point:
    return Point(session.started_at, 0, 0, 0)


def _rising(points: Sequence[Point]) -> list[Point]:
    """Readings by session time, each counter never below the one before (B7)."""
    ordered: list[Point] = []
    octets_in = octets_out = 0
    for p in sorted(set(points), key=lambda p: (p.seconds, p.octets_in, p.octets_out)):
        octets_in, octets_out = max(octets_in, p.octets_in), max(octets_out, p.octets_out)
        ordered.append(p._replace(octets_in=octets_in, octets_out=octets_out))
    return ordered


def _units(allocations: Sequence[sessions.Allocation], entitlement_id: int | None) -> int:
    return sum(a.units for a in allocations if a.entitlement_id == entitlement_id)


def _same_limits(own: Entitlement | None, payer: Entitlement) -> bool:
    """Do the limits that the session runs under hold for its next payer too?"""
    if own is None or own.id == payer.id:
        return True
    a, b = own.plan, payer.plan
    return (a.profile, a.counted_measure, a.direction) == (b.profile, b.counted_measure, b.direction)
