"""One guest's session as a state machine without I/O: time and events in, accounting reports out.

All times are seconds of one virtual clock. What happens next is always the earliest deadline; the shell sleeps until
then and calls `advance`, so a run is the same however late the machine wakes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from math import ceil, inf
from typing import NamedTuple

from hotgate.radius.attributes import AcctStatusType, TerminateCause
from hotgate.simulator.grant import Grant

INTERIM_SECONDS_WITHOUT_ADVICE = 60


@dataclass(frozen=True, slots=True)
class Wish:
    """What the guest wants to do, and what the line can carry."""

    octets: int | None = None  # None: more and more until something ends it
    seconds: float | None = None  # stays so long; None: leaves when the octets are through
    rate_bps: int = 20_000_000
    upload_percent: int = 20


class Report(NamedTuple):
    """One accounting report. Counters are whole since the session's start, never differences."""

    kind: AcctStatusType
    session_id: str
    at: float
    seconds: int
    octets_in: int  # from the guest
    octets_out: int
    cause: TerminateCause | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A guest online. `octets_before` were moved before `rate_since`, when the rate last changed."""

    id: str
    started_at: float
    grant: Grant
    wish: Wish
    rate_since: float
    octets_before: int
    interim_at: float
    interim_asked: int | None = None  # by the command line; the server's advice otherwise
    enforces_volume: bool = True

    @property
    def interim_seconds(self) -> int:
        """Seconds between two interims: asked for, advised, or a NAS's own default."""
        return self.interim_asked or self.grant.interim_seconds or INTERIM_SECONDS_WITHOUT_ADVICE


class Deadline(Enum):
    """What ends a wait, in the order in which it goes when two fall on one moment."""

    VOLUME_SPENT = 1
    SESSION_TIMEOUT = 2
    IDLE_TIMEOUT = 3
    GUEST_LEAVES = 4
    INTERIM = 5


_CAUSES = {
    # MikroTik and CoovaChilli both report a spent volume as Session-Timeout.
    Deadline.VOLUME_SPENT: TerminateCause.SESSION_TIMEOUT,
    Deadline.SESSION_TIMEOUT: TerminateCause.SESSION_TIMEOUT,
    Deadline.IDLE_TIMEOUT: TerminateCause.IDLE_TIMEOUT,
    Deadline.GUEST_LEAVES: TerminateCause.USER_REQUEST,
}


def begin(
    session_id: str,
    now: float,
    grant: Grant,
    wish: Wish,
    *,
    interim_asked: int | None = None,
    enforces_volume: bool = True,
) -> tuple[Session, Report]:
    """A session from an Accept, and its Start."""
    session = Session(session_id, now, grant, wish, now, 0, 0.0, interim_asked, enforces_volume)
    session = replace(session, interim_at=now + session.interim_seconds)
    return session, _report(session, AcctStatusType.START, now)


def advance(session: Session, now: float) -> tuple[Session | None, list[tuple[Deadline, Report]]]:
    """Everything due until `now`, in order; the session is None once it has ended."""
    reports: list[tuple[Deadline, Report]] = []
    while (due := next_deadline(session))[0] <= now:
        at, what = due
        if what is not Deadline.INTERIM:
            reports.append((what, end(session, at, _CAUSES[what])))
            return None, reports
        reports.append((what, _report(session, AcctStatusType.INTERIM_UPDATE, at)))
        session = replace(session, interim_at=at + session.interim_seconds)
    return session, reports


def end(session: Session, now: float, cause: TerminateCause) -> Report:
    """The Stop."""
    return _report(session, AcctStatusType.STOP, now)._replace(cause=cause)


def change(session: Session, grant: Grant, now: float) -> Session:
    """The session under a changed grant: what was moved until now stays as it was."""
    return replace(session, grant=grant, octets_before=moved(session, now), rate_since=now)


def next_deadline(session: Session) -> tuple[float, Deadline]:
    """When what happens next."""
    started, grant, wish = session.started_at, session.grant, session.wish
    through = inf if wish.octets is None else moment_of(session, wish.octets)
    leaves = through if wish.seconds is None else started + wish.seconds
    idle = inf if grant.idle_seconds is None else through + grant.idle_seconds
    spent = moment_of(session, _volume_max(grant, wish)) if session.enforces_volume else inf
    timeout = inf if grant.session_seconds is None else started + grant.session_seconds
    deadlines = (
        (spent, Deadline.VOLUME_SPENT),
        (timeout, Deadline.SESSION_TIMEOUT),
        (idle, Deadline.IDLE_TIMEOUT),
        (leaves, Deadline.GUEST_LEAVES),
        (session.interim_at, Deadline.INTERIM),
    )
    return min(deadlines, key=lambda deadline: (deadline[0], deadline[1].value))


def moved(session: Session, now: float) -> int:
    """Octets both ways since the session's start."""
    since = max(0.0, now - session.rate_since)
    octets: float = session.octets_before + int(since * rate_bps(session) / 8)
    if session.wish.octets is not None:
        octets = min(octets, max(session.wish.octets, session.octets_before))
    if session.enforces_volume:
        octets = min(octets, max(_volume_max(session.grant, session.wish), session.octets_before))
    return int(octets)


def moment_of(session: Session, octets: float) -> float:
    """When that many octets will have moved: a microsecond later, since a clock of 64-bit floats rounds."""
    if octets == inf:
        return inf
    return session.rate_since + max(0.0, octets - session.octets_before) * 8 / rate_bps(session) + 1e-6


def rate_bps(session: Session) -> float:
    """Bits a second both ways together: the line's, or what the granted rate of one direction leaves."""
    wish, grant = session.wish, session.grant
    upload, download = wish.upload_percent / 100, 1 - wish.upload_percent / 100
    rates = [float(wish.rate_bps)]
    if grant.upload_bps and upload:
        rates.append(grant.upload_bps / upload)
    if grant.download_bps and download:
        rates.append(grant.download_bps / download)
    return min(rates)


def _volume_max(grant: Grant, wish: Wish) -> float:
    """Octets both ways at which the first volume limit is reached."""
    limits = [inf if grant.octets_total is None else float(grant.octets_total)]
    if grant.octets_in is not None and wish.upload_percent:
        limits.append(ceil(grant.octets_in * 100 / wish.upload_percent))
    if grant.octets_out is not None and wish.upload_percent < 100:
        limits.append(grant.octets_out * 100 // (100 - wish.upload_percent))
    return min(limits)


def _report(session: Session, kind: AcctStatusType, at: float) -> Report:
    octets = moved(session, at)
    octets_in = octets * session.wish.upload_percent // 100
    # Both rounded alike: event time less session time is then the same second in every packet.
    seconds = int(at) - int(session.started_at)
    return Report(kind, session.id, at, seconds, octets_in, octets - octets_in)
