"""How a session ends: by its Stop, by a guess of ours that news takes back, or without a word."""

from __future__ import annotations

from datetime import datetime

from hotgate.domain.sessions import CloseReason, Record, RecordKind, Session

CAUSE_NAS_REBOOT = 11


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
