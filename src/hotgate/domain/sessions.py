"""One accounting session: which one a record belongs to, and how its counters merge.

A session is one epoch of (NAS, Acct-Session-Id): its start is event time − Acct-Session-Time, within 30 s (B10).
Counters are cumulative and merge by the greatest (B7), so the order in which records arrive does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial
from typing import Any, NamedTuple

from hotgate.domain import metering
from hotgate.domain.metering import Point

REPEAT_WINDOW = timedelta(minutes=10)  # so long a NAS may go on repeating a packet
ROUNDING = timedelta(seconds=1)  # event time and session time are whole seconds
ON_THE_WAY_SECONDS = 2
ON_THE_WAY = timedelta(seconds=ON_THE_WAY_SECONDS)  # the same, and what a packet takes that is not late
CLOCK_TOLERANCE_SECONDS = 60
FASTEST_LINE_BPS = 100_000_000_000  # of one guest, one way
ALWAYS_POSSIBLE_OCTETS = 2 * FASTEST_LINE_BPS // 8  # in the two seconds that rounding may hide
BURST_OCTETS, BURST_PERCENT = 10_000_000, 10  # beyond the speed of a plan, before that is odd


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
    TOO_FAST = "too_fast"  # more octets than any line carries in that time: a counter that jumped
    ABOVE_PLAN = "above_plan"  # in the whole session faster than any of its plans allows
    ODD_PACKETS = "odd_packets"  # octets without packets, or more in a packet than any holds
    ID_USED_AGAIN = "id_used_again"  # perhaps for another session, within half a minute: who used what is not certain


# the totals may be others
DOUBTFUL = frozenset({Flag.COUNTER_FELL, Flag.WRAP_UNSURE, Flag.TIME_WENT_BACK, Flag.TOO_FAST, Flag.ID_USED_AGAIN})


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
    has_gigawords: bool = True  # False: they were left out, because they are 0 or because the NAS has none
    is_timed: bool = True  # by a clock of the NAS that can be right; False: by when it came, which may be late
    has_odd_packets: bool = False  # its packets don't fit its octets
    tells_delay: bool = False  # by Acct-Delay-Time: it may be a record that was sent before, under a new Identifier


# All fields in their order: what `_make` does, without a frame of Python, for every record comes through here.
record_from: Callable[[Iterable[Any]], Record] = partial(tuple.__new__, Record)


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


# As `record_from`.
session_from: Callable[[Iterable[Any]], Session] = partial(tuple.__new__, Session)


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
        return None if _is_surely_another(sessions[near], record) else near
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


def may_be_another(session: Session, record: Record) -> bool:
    """Does the record tell of a time when nothing that we know of this session had begun, or all of it was over?

    Then the NAS may have restarted in silence and used its id again; or the record is late and does not say so.
    Whatever has run for longer than it can be late is beyond doubt.
    """
    return _lies_apart(session.started_at, session, record) or _lies_apart(_epoch_of_counters(session), session, record)


def is_beyond_doubt(session: Session, record: Record) -> bool:
    """Does the record tell the session's own start, to a second, and is there no other that it may be of?"""
    epoch = metering.start_epoch(record.event_at, record.session_seconds)
    if not -ROUNDING <= epoch - session.started_at <= ROUNDING:
        return False
    return _goes_on(session, record, epoch) or not _is_doubtful(session, record)


def _goes_on(session: Session, record: Record, epoch: datetime) -> bool:
    """The ordinary case, decided first: the next reading of a session that runs, with the same start to a second."""
    return (
        ON_THE_WAY_SECONDS < session.seconds <= record.session_seconds
        and session.stopped_at is None
        and record.event_at >= session.last_event_at
        and -ROUNDING <= epoch - session.started_at <= ROUNDING
    )


def _is_doubtful(session: Session, record: Record) -> bool:
    """Is it this session's record, or of another that has the same id? Some NAS count from a moment behind their Start.

    A second Start, for one, is of another session; or it is late and does not say so.
    """
    if record.kind is RecordKind.START:
        return record.event_at > session.started_at + _start_error(record) or may_be_another(session, record)
    if _has_said_all(session) and (record.session_seconds > session.seconds or _ends_otherwise(session, record)):
        return True
    return (_has_counted(session) or not record.is_timed) and may_be_another(session, record)


def _start_error(record: Record) -> timedelta:
    """By how much the same Start may seem to be later when it comes again.

    A copy that tells no delay has the Identifier of the first (RFC 2866 §3), and is answered before it comes here.
    """
    if record.is_timed:
        return ROUNDING
    return ON_THE_WAY if record.tells_delay else timedelta(0)


def _ends_otherwise(session: Session, record: Record) -> bool:
    """A second Stop, with other counters than the first?"""
    told = (record.session_seconds, record.octets_in, record.octets_out)
    known = (session.seconds, session.octets_in, session.octets_out)
    return record.kind is RecordKind.STOP and record.has_counters and told not in (known, *session.raw_points)


def _has_counted(session: Session) -> bool:
    """Do we know more of it than its Start?"""
    return bool(session.seconds or session.octets_in or session.octets_out or session.stopped_at)


def _has_said_all(session: Session) -> bool:
    """Was there a Stop, after which no counter goes on?"""
    return session.stopped_at is not None and not session.estimated and not session.closed_locally


def _is_surely_another(session: Session, record: Record) -> bool:
    """By the NAS's own clock, which no delay moves. Some count from a moment behind their Start."""
    if not record.is_timed or not _has_counted(session) or record.kind is RecordKind.START:
        return False
    began, counts_from = session.started_at, _epoch_of_counters(session)
    return _lies_apart(began, session, record) and _lies_apart(counts_from, session, record)


def _lies_apart(began: datetime, session: Session, record: Record) -> bool:
    epoch = metering.start_epoch(record.event_at, record.session_seconds)
    error = ROUNDING if record.is_timed else ON_THE_WAY
    if epoch > began + error:
        return epoch >= began + timedelta(seconds=session.seconds) - error
    return epoch < began - error and record.event_at <= began + error


def _epoch_of_counters(session: Session) -> datetime:
    """When the session began by its last reading. Its start may be that of another which it took in."""
    return metering.start_epoch(session.last_event_at, session.seconds) if session.seconds else session.started_at


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
    is_next = (
        session.is_open
        and record.kind is not RecordKind.START
        and record.event_at >= last_at
        and session.seconds <= record.session_seconds
        and session.octets_in <= record.octets_in
        and session.octets_out <= record.octets_out
    )
    if not is_next or epoch < session.started_at:
        return is_next
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


def doubted(sessions: Sequence[Session], record: Record) -> list[int]:
    """Which of them may be the very session that this record seems to begin, for want of a clock?"""
    if record.is_timed:
        return []
    epoch = metering.start_epoch(record.event_at, record.session_seconds)
    return [
        i
        for i, s in enumerate(sessions)
        if (s.nas_id, s.acct_session_id, s.device) == (record.nas_id, record.acct_session_id, record.device)
        and (s.is_open or s.estimated or abs(epoch - (s.stopped_at or epoch)) <= metering.EPOCH_TOLERANCE)
    ]


def doubt(session: Session) -> Session:
    """The session, marked: another may have got what is its own."""
    return marked(session, Flag.ID_USED_AGAIN)


def marked(session: Session, flag: Flag) -> Session:
    return session._replace(flags=tuple(sorted({*session.flags, flag})))


def is_above(session: Session, download_bps: int | None, upload_bps: int | None) -> bool:
    """Has it moved more, on average over all its time, than these speeds allow? None: no limit."""
    percents = (session.seconds + ON_THE_WAY_SECONDS) * (100 + BURST_PERCENT)
    told = ((session.octets_out, download_bps), (session.octets_in, upload_bps))
    return any(bps is not None and octets > BURST_OCTETS + percents * bps // 800 for octets, bps in told)


def advance(session: Session, record: Record, *, lacks_gigawords: bool, line_bps: int | None = None) -> Session:
    """The session with the record's counters merged in; allocations are untouched.

    Replays change nothing but `last_heard_at`. `line_bps` bounds how often a 32-bit counter can have wrapped.
    """
    octets_in, octets_out, raw_points, unsure = _totals(session, record, lacks_gigawords, line_bps)
    flags = _flags(session, record, unsure, lacks_gigawords or bool(raw_points))
    newer, older = (record, session) if record.event_at >= session.last_event_at else (session, record)
    # By position, for each record comes through here: `_replace` takes four times as long.
    return session_from(
        (
            *session[:_LAST_EVENT_AT],
            max(session.last_event_at, record.event_at),
            max(session.last_heard_at, record.received_at),
            *session[_ID:_FRAMED_IP],
            newer.framed_ip
            or older.framed_ip,  # a record that comes late does not bring back an address that has changed
            newer.framed_ipv6 or older.framed_ipv6,
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
    is_guess = not lacks_gigawords and has_wrapped(session, record)
    if not (lacks_gigawords or is_guess) or not record.has_counters:
        return record.octets_in, record.octets_out, session.raw_points, False
    known = session.raw_points or ((session.point[1:],) if is_guess else ())
    raw_points = tuple(sorted({*known, (record.session_seconds, record.octets_in, record.octets_out)}))
    octets_in, octets_out, unsure = metering.unwrap(raw_points, line_bps or metering.LINE_BPS)
    return octets_in, octets_out, raw_points, unsure or is_guess


def has_wrapped(session: Session, record: Record) -> bool:
    """Does the NAS seem to have no Gigawords? One counter fell while the other went on: nothing began anew."""
    if record.has_gigawords or not record.has_counters:
        return False
    if session.raw_points:
        return True
    if record.session_seconds <= session.seconds or max(session.octets_in, session.octets_out) >= metering.WRAP:
        return False
    fell_in, fell_out = record.octets_in < session.octets_in, record.octets_out < session.octets_out
    return fell_in != fell_out and (session.octets_out if fell_in else session.octets_in) > 0


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
    if _is_too_fast(session, record):
        found.append(Flag.TOO_FAST)
    if record.has_odd_packets:
        found.append(Flag.ODD_PACKETS)
    epoch = metering.start_epoch(record.event_at, record.session_seconds)
    if not _goes_on(session, record, epoch) and _is_doubtful(session, record):
        found.append(Flag.ID_USED_AGAIN)
    if not metering.same_epoch(session.started_at, epoch):
        found.append(Flag.CLOCK_JUMPED)
    wall = (record.received_at - session.started_at).total_seconds()
    if record.session_seconds > wall + 300:
        found.append(Flag.TIME_AHEAD)
    return tuple(sorted({*session.flags, *found})) if found else session.flags


def _is_too_fast(session: Session, record: Record) -> bool:
    """Has one direction moved more since the last reading than the fastest line could?"""
    more = max(record.octets_in - session.octets_in, record.octets_out - session.octets_out)
    return more > ALWAYS_POSSIBLE_OCTETS and (
        more > (max(record.session_seconds - session.seconds, 0) + 2) * FASTEST_LINE_BPS // 8
    )
