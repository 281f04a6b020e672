"""One accounting session: which one a record belongs to, and how its counters merge.

A session is one epoch of (NAS, Acct-Session-Id): its start is event time − Acct-Session-Time, within 30 s (B10).
Counters are cumulative and merge by the greatest (B7), so the order in which records arrive does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from hotgate.domain import metering
from hotgate.domain.metering import Point

REPEAT_WINDOW = timedelta(minutes=10)  # so long a NAS may go on repeating a packet
CLOCK_TOLERANCE_SECONDS = 60
CAUSE_NAS_REBOOT = 11


class RecordKind(StrEnum):
    START = "start"
    INTERIM = "interim"
    STOP = "stop"
    REBOOT = "reboot"  # Accounting-On or -Off of the NAS, told to one of its sessions
    STALE = "stale"  # we heard nothing for three interims (B19)
    GONE = "gone"  # the NAS says that it knows no such session (RFC 5176, 503)
    CLOSE = "close"  # staff closed our record while the NAS did not answer (HN-15)


class CloseReason(StrEnum):
    """Causes of our own, beside the NAS's Acct-Terminate-Cause."""

    LOST = "lost"
    REBOOTED = "rebooted"
    CLOSED_BY_STAFF = "closed_by_staff"


class Flag(StrEnum):
    """Things that were odd, shown to staff and never mended in silence (B16)."""

    COUNTER_FELL = "counter_fell"
    WRAP_UNSURE = "wrap_unsure"
    CLOCK_JUMPED = "clock_jumped"
    TIME_AHEAD = "time_ahead"  # session time runs ahead of the wall clock by more than 5 minutes
    TIME_WENT_BACK = "time_went_back"  # later by the clock, with less session time: two sessions may have become one


DOUBTFUL = frozenset({Flag.COUNTER_FELL, Flag.WRAP_UNSURE, Flag.TIME_WENT_BACK})  # the totals may be others


class Record(NamedTuple):
    """What one Accounting-Request says, in the product's own terms. Octets `in` come from the client."""

    kind: RecordKind
    nas_id: int
    acct_session_id: str
    event_at: datetime
    received_at: datetime
    session_seconds: int = 0
    octets_in: int = 0
    octets_out: int = 0
    has_counters: bool = True  # False: a Start, or an interim without any octets
    terminate_cause: int | None = None
    device: str = ""
    user_name: str = ""
    framed_ip: str | None = None
    framed_ipv6: tuple[str, ...] = ()
    called_station: str = ""
    multi_session_id: str = ""
    nas_port: str = ""
    entitlement_id: int | None = None  # from our Class, whose session this is
    session_id: int | None = None  # ours, for the endings that we write ourselves


class Allocation(NamedTuple):
    """What a session used of one entitlement in one cycle, and what was charged for it."""

    entitlement_id: int
    cycle_started_at: datetime | None = None
    units: int = 0  # seconds or octets, by what the entitlement counts
    charged_minor: int = 0
    transfers: int = 0  # running number of the transfers posted for it


class Session(NamedTuple):
    nas_id: int
    acct_session_id: str
    started_at: datetime
    last_event_at: datetime  # of the newest record
    last_heard_at: datetime  # our clock
    id: int = 0  # 0: not stored yet
    entitlement_id: int | None = None  # that pays now
    user_name: str = ""
    device: str = ""
    framed_ip: str | None = None
    framed_ipv6: tuple[str, ...] = ()
    called_station: str = ""
    multi_session_id: str = ""
    nas_port: str = ""
    seconds: int = 0
    octets_in: int = 0
    octets_out: int = 0
    stopped_at: datetime | None = None
    terminate_cause: int | None = None
    close_reason: CloseReason | None = None
    closed_locally: bool = False
    estimated: bool = False  # the end is our guess: news corrects it
    superseded: bool = False  # a newer session of the same device took its place
    throttled: bool = False
    flags: tuple[str, ...] = ()
    raw_points: tuple[tuple[int, int, int], ...] = ()  # (session seconds, in, out) where the NAS sends no gigawords
    allocations: tuple[Allocation, ...] = ()

    @property
    def is_open(self) -> bool:
        return self.stopped_at is None

    @property
    def point(self) -> Point:
        return point_at(self.started_at, self.seconds, self.octets_in, self.octets_out, self.last_event_at)


def point_at(started_at: datetime, seconds: int, octets_in: int, octets_out: int, event_at: datetime) -> Point:
    """A reading of the counters. Its time is start + session time, which no delay in the network moves."""
    if seconds or not (octets_in or octets_out):
        return Point(started_at + timedelta(seconds=seconds), seconds, octets_in, octets_out)
    return Point(max(event_at, started_at), seconds, octets_in, octets_out)  # a NAS that counts octets but no time


def find(sessions: Sequence[Session], record: Record) -> int | None:
    """The index of the session that the record belongs to; None: a new one.

    By our own id, else by (NAS, Acct-Session-Id) and the nearest epoch; else, where the clock misleads, by what the
    counters say. A NAS that repeats a packet without saying how late it is shifts its epoch by the delay.
    """
    if record.session_id is not None:
        return next((i for i, s in enumerate(sessions) if s.id == record.session_id), None)
    same_id = [
        i
        for i, s in enumerate(sessions)
        if s.acct_session_id == record.acct_session_id and s.nas_id == record.nas_id and not _is_begun_anew(s, record)
    ]
    if not same_id:
        return None
    epoch = metering.start_epoch(record.event_at, record.session_seconds)
    near = min(same_id, key=lambda i: abs(sessions[i].started_at - epoch)) if len(same_id) > 1 else same_id[0]
    if metering.same_epoch(sessions[near].started_at, epoch):
        return near
    for i in reversed(same_id):
        s = sessions[i]
        if _repeats(s, record, epoch) or _continues(s, record, epoch) or _is_behind(s, record):
            return i
    return None


def _is_begun_anew(session: Session, record: Record) -> bool:
    """Another device's session, or a Start behind the last that we heard: the NAS uses its id again, however soon.

    A Start that is only late tells of a time before that.
    """
    if record.device and session.device and record.device != session.device:
        return True
    if record.kind is not RecordKind.START or session.seconds == 0:
        return False
    if session.stopped_at is not None and not session.estimated:
        return record.event_at >= session.stopped_at
    return record.event_at > session.last_event_at


def _repeats(session: Session, record: Record, epoch: datetime) -> bool:
    """A packet that came before, and comes again later than its epoch allows."""
    known = (session.seconds, session.octets_in, session.octets_out)
    if known != (record.session_seconds, record.octets_in, record.octets_out):
        return False
    if _says_it_is_late(record) and abs(epoch - session.started_at) > REPEAT_WINDOW:
        return False
    soon = abs(record.received_at - session.last_heard_at) <= REPEAT_WINDOW
    return any(known) or (session.is_open and session.device == record.device and soon)


def _continues(session: Session, record: Record, epoch: datetime) -> bool:
    """The clock jumped in mid-session: another epoch by the clock, but every counter goes on where it stood.

    By our own clock a session that goes on has run on for just as long as we have not heard of it; an id that is used
    again after a reboot began later and has not. A clock that ran ahead of ours steps back when it is put right: then
    the last record is as old as our hearing of it.
    """
    last_at = min(session.last_event_at, session.last_heard_at)
    goes_on = (
        session.is_open
        and record.kind is not RecordKind.START
        and record.event_at >= last_at
        and session.seconds <= record.session_seconds
        and session.octets_in <= record.octets_in
        and session.octets_out <= record.octets_out
    )
    if not goes_on or epoch < session.started_at:
        return goes_on
    if _says_it_is_late(record):
        return False
    unheard = (record.received_at - session.last_heard_at).total_seconds()
    return session.seconds > 0 and abs(record.session_seconds - session.seconds - unheard) <= CLOCK_TOLERANCE_SECONDS


def _says_it_is_late(record: Record) -> bool:
    """It tells when it happened, so its epoch is its own: a queue told at once says nothing by when it arrives."""
    return (record.received_at - record.event_at).total_seconds() > CLOCK_TOLERANCE_SECONDS


def _is_behind(session: Session, record: Record) -> bool:
    """A late reading of a session whose epoch is known to mislead."""
    return (
        Flag.CLOCK_JUMPED in session.flags
        and record.session_seconds <= session.seconds
        and record.octets_in <= session.octets_in
        and record.octets_out <= session.octets_out
        and record.event_at <= session.last_event_at + REPEAT_WINDOW
    )


def open_for(record: Record) -> Session:
    """A new session for a record of any kind: an interim or a Stop without its Start opens one too (B8)."""
    return Session(
        nas_id=record.nas_id,
        acct_session_id=record.acct_session_id,
        started_at=metering.start_epoch(record.event_at, record.session_seconds),
        last_event_at=record.event_at,
        last_heard_at=record.received_at,
        entitlement_id=record.entitlement_id,
        user_name=record.user_name,
        device=record.device,
    )


def advance(session: Session, record: Record, *, lacks_gigawords: bool, line_bps: int | None = None) -> Session:
    """The session with the record's counters merged in; allocations are untouched.

    Replays change nothing but `last_heard_at`. `line_bps` bounds how often a 32-bit counter can have wrapped.
    """
    octets_in, octets_out, raw_points, unsure = _totals(session, record, lacks_gigawords, line_bps)
    flags = _flags(session, record, unsure, lacks_gigawords)
    # By position, for each record comes through here: `_replace` takes four times as long.
    return Session._make(
        (
            *session[:_LAST_EVENT_AT],
            max(session.last_event_at, record.event_at),
            max(session.last_heard_at, record.received_at),
            *session[_ID:_FRAMED_IP],
            record.framed_ip or session.framed_ip,
            record.framed_ipv6 or session.framed_ipv6,
            record.called_station or session.called_station,
            record.multi_session_id or session.multi_session_id,
            record.nas_port or session.nas_port,
            max(session.seconds, record.session_seconds),
            max(session.octets_in, octets_in),
            max(session.octets_out, octets_out),
            *session[_STOPPED_AT:_FLAGS],
            flags,
            raw_points,
            session.allocations,
        )
    )


_LAST_EVENT_AT, _ID, _FRAMED_IP, _STOPPED_AT, _FLAGS = (
    Session._fields.index(name) for name in ("last_event_at", "id", "framed_ip", "stopped_at", "flags")
)


def differs_in_counters_only(before: Session, after: Session) -> bool:
    """Is all as it was but the counters, the times of the last record, and what was allocated?"""
    return (
        before[_ID:_SECONDS] == after[_ID:_SECONDS]
        and before[_STOPPED_AT:_ALLOCATIONS] == after[_STOPPED_AT:_ALLOCATIONS]
        and before[:_LAST_EVENT_AT] == after[:_LAST_EVENT_AT]
    )


_SECONDS, _ALLOCATIONS = Session._fields.index("seconds"), Session._fields.index("allocations")


def _totals(
    session: Session, record: Record, lacks_gigawords: bool, line_bps: int | None
) -> tuple[int, int, tuple[tuple[int, int, int], ...], bool]:
    if not lacks_gigawords or not record.has_counters:
        return record.octets_in, record.octets_out, session.raw_points, False
    point = (record.session_seconds, record.octets_in, record.octets_out)
    raw_points = tuple(sorted({*session.raw_points, point}))
    octets_in, octets_out, unsure = metering.unwrap(raw_points, line_bps or metering.LINE_BPS)
    return octets_in, octets_out, raw_points, unsure


def _flags(session: Session, record: Record, unsure: bool, lacks_gigawords: bool) -> tuple[str, ...]:
    found: list[str] = []
    newer = record.session_seconds > session.seconds
    fell = record.octets_in < session.octets_in or record.octets_out < session.octets_out
    if newer and fell and record.has_counters and not lacks_gigawords:
        found.append(Flag.COUNTER_FELL)
    if record.session_seconds < session.seconds and record.event_at > session.last_event_at:
        found.append(Flag.TIME_WENT_BACK)
    if unsure:
        found.append(Flag.WRAP_UNSURE)
    if not metering.same_epoch(session.started_at, metering.start_epoch(record.event_at, record.session_seconds)):
        found.append(Flag.CLOCK_JUMPED)
    wall = (record.received_at - session.started_at).total_seconds()
    if record.session_seconds > wall + 300:
        found.append(Flag.TIME_AHEAD)
    return tuple(sorted({*session.flags, *found})) if found else session.flags


def close(session: Session, record: Record) -> Session:
    """The session after its Stop: the NAS's own word replaces any guess of ours."""
    if session.stopped_at is not None and not session.estimated and not session.closed_locally:
        return session
    return session._replace(
        stopped_at=max(record.event_at, session.started_at),
        terminate_cause=record.terminate_cause,
        close_reason=None,
        closed_locally=False,
        estimated=False,
    )


def reopen(session: Session, record: Record, heard_at: datetime) -> Session:
    """A live record of a session that we had only guessed to be over takes the guess back (B19, HN-A5).

    `heard_at` is when we had last heard of it, which a reboot sets to its own time: what the NAS sent before it
    restarted and delivers late reopens nothing.
    """
    guessed = session.stopped_at is not None and (session.estimated or session.closed_locally)
    rebooted = session.close_reason is CloseReason.REBOOTED
    if not guessed or record.event_at <= (heard_at if rebooted else session.stopped_at or heard_at):
        return session
    return session._replace(
        stopped_at=None, terminate_cause=None, close_reason=None, closed_locally=False, estimated=False
    )


def close_without_stop(session: Session, record: Record) -> Session:
    """The end of a session whose Stop never came: at its last evidence, with its last counters (B9, B19)."""
    is_reboot = record.kind is RecordKind.REBOOT
    if not session.is_open or (is_reboot and session.started_at > record.event_at):
        return session
    reason, cause = _ENDINGS[record.kind]
    return session._replace(
        stopped_at=max(session.last_event_at, session.started_at),
        last_heard_at=max(session.last_heard_at, record.event_at) if is_reboot else session.last_heard_at,
        terminate_cause=cause,
        close_reason=reason,
        closed_locally=record.kind is RecordKind.CLOSE,
        estimated=True,
    )


_ENDINGS: dict[RecordKind, tuple[CloseReason, int | None]] = {
    RecordKind.REBOOT: (CloseReason.REBOOTED, CAUSE_NAS_REBOOT),
    RecordKind.STALE: (CloseReason.LOST, None),
    RecordKind.GONE: (CloseReason.LOST, None),
    RecordKind.CLOSE: (CloseReason.CLOSED_BY_STAFF, None),
}
