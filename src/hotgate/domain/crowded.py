"""Which of very many sessions with one Acct-Session-Id a record may be about.

Some NASes give every session the same id, and within weeks there are thousands of it. A record belongs to one that
began when it says, or to one that still runs; so of all the others only those that began nearest are looked at.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from hotgate.domain import metering
from hotgate.domain.sessions import Record, Session

NEAREST = 64  # on either side


def nearest(sessions: Iterable[Session], record: Record, most: int = NEAREST) -> list[Session]:
    """Those that began nearest to the record's epoch, so many on either side, and all that run on its device.

    In the order in which they began.
    """
    ordered = sorted(sessions, key=lambda each: each.started_at)
    epoch = metering.start_epoch(record.event_at, record.session_seconds)
    at = bisect_right(ordered, epoch, key=lambda each: each.started_at)
    first, last = max(at - most, 0), at + most
    before = [each for each in ordered[:first] if _may_run_on(each, record)]
    behind = [each for each in ordered[last:] if _may_run_on(each, record)]
    return [*before, *ordered[first:last], *behind]


def _may_run_on(session: Session, record: Record) -> bool:
    return session.is_open and (session.device == record.device or "" in (session.device, record.device))
