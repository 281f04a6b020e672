"""Sessions, their allocations and their points: what accounting reads and writes.

`ADVANCE_SESSIONS` is the ordinary interim: six columns, none of them indexed, so that the update stays on its page.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from hotgate.domain.crowded import NEAREST
from hotgate.domain.metering import Point
from hotgate.domain.sessions import Allocation, CloseReason, Session, session_from
from hotgate.store.access import NAMED
from hotgate.store.db import (
    Command,
    Parameter,
    Statement,
    bools,
    insert_into,
    ints,
    literals,
    macs,
    rows_of,
    texts,
    times,
    uuids,
    words,
)

# Session ids come round again after a NAS's reboot: of its old ones only those near the record's epoch matter.
NEAR = timedelta(days=8)
_NEAR = f"interval '{NEAR // timedelta(hours=1)} hours'"  # of days, a zone's summer time would have to be asked
CROWD = 64  # sessions of one id, from which on not all of them are loaded
THROTTLED = "throttled"  # kept among the flags


class SessionRow(NamedTuple):
    """The fields of a `Session` in its own order, None for what is empty, and whose it is."""

    nas_id: int
    acct_session_id: str
    started_at: datetime
    last_event_at: datetime
    last_heard_at: datetime
    id: int
    entitlement_id: int | None
    user_name: str
    device: str
    framed_ip: str | None
    framed_ipv6: list[str] | None
    called_station: str
    multi_session_id: str
    nas_port: str
    seconds: int
    octets_in: int
    octets_out: int
    stopped_at: datetime | None
    terminate_cause: int | None
    close_reason: str | None
    closed_locally: bool
    estimated: bool
    superseded: bool
    throttled: bool
    flags: list[str] | None
    raw_points: list[int] | None
    allocations: list[list[Any]]
    subscriber_id: int | None


class PointRow(NamedTuple):
    session_id: int
    at: datetime
    seconds: int
    octets_in: int
    octets_out: int


class OpenSession(NamedTuple):
    id: int
    nas_id: int
    acct_session_id: str
    started_at: datetime
    subscriber_id: int | None


class Reserved(NamedTuple):
    id: int


class Named(NamedTuple):
    position: int  # from 1
    subscriber_id: int


_COLUMNS = f"""
       a.nas_id, a.acct_session_id, a.started_at, a.last_event_at, a.last_heard_at, a.id, a.entitlement_id,
       a.user_name, a.device, host(a.framed_ip), nullif(a.framed_ipv6, '{{}}'), a.called_station, a.multi_session_id,
       a.nas_port, a.seconds, a.octets_in, a.octets_out, a.stopped_at, a.terminate_cause, nullif(a.close_reason, ''),
       a.closed_locally, a.estimated, a.superseded, '{THROTTLED}' = ANY (a.flags),
       nullif(array_remove(a.flags, '{THROTTLED}'), '{{}}'), nullif(a.raw_points, '{{}}'),
       ARRAY(SELECT json_build_array(l.entitlement_id, l.cycle_started_at, l.units, l.charged_minor, l.transfers)
               FROM session_allocation l WHERE l.session_id = a.id),
       a.subscriber_id
"""

_KEY = "nas_id bigint, acct_session_id text, earliest timestamptz, latest timestamptz"

LOAD_SESSIONS = Statement(
    "LOAD_SESSIONS",
    "the sessions that records of (NAS, Acct-Session-Id, earliest and latest start) may belong to; of a crowd some",
    f"""
    SELECT {_COLUMNS}
      FROM {rows_of(_KEY)} AS r
     CROSS JOIN LATERAL (
       SELECT a.* FROM access_session a
        WHERE a.nas_id = r.nas_id AND a.acct_session_id = r.acct_session_id
          AND a.started_at BETWEEN r.earliest - {_NEAR} AND r.latest + {_NEAR}
        LIMIT {CROWD}) a
    """,
    SessionRow,
)


def _on_one_side(began: str, order: str) -> str:
    # of many records of one id in a batch each sees what is near the others too
    return f"""
         (SELECT a.id FROM access_session a
           WHERE a.nas_id = r.nas_id AND a.acct_session_id = r.acct_session_id AND a.started_at {began}
           ORDER BY a.started_at {order} LIMIT greatest({NEAREST} / r.records, {NEAREST // 8}))
    """


LOAD_NEAREST_SESSIONS = Statement(
    "LOAD_NEAREST_SESSIONS",
    "of ids that have a crowd of sessions: those near each record's start, and those open on its device",
    f"""
    WITH asked AS MATERIALIZED (
      SELECT r.*, count(*) OVER (PARTITION BY r.nas_id, r.acct_session_id) AS records
        FROM {rows_of("nas_id bigint, acct_session_id text, epoch timestamptz, device text")} AS r
    ), key AS MATERIALIZED (
      SELECT nas_id, acct_session_id, min(epoch) - {_NEAR} AS earliest, max(epoch) + {_NEAR} AS latest,
             array_agg(DISTINCT device) AS devices
        FROM asked GROUP BY nas_id, acct_session_id
    ), found AS MATERIALIZED (
      SELECT n.id FROM asked r CROSS JOIN LATERAL (
         {_on_one_side(f"BETWEEN r.epoch - {_NEAR} AND r.epoch", "DESC")}
         UNION ALL
         {_on_one_side(f"> r.epoch AND a.started_at <= r.epoch + {_NEAR}", "ASC")}) n
       UNION
      -- OFFSET 0: or all sessions of the id would be looked up, and of each whether it is open
      SELECT a.id
        FROM key k
       CROSS JOIN LATERAL (SELECT o.session_id FROM open_session o WHERE o.nas_id = k.nas_id OFFSET 0) o
       CROSS JOIN LATERAL (SELECT a.* FROM access_session a WHERE a.id = o.session_id OFFSET 0) a
       WHERE a.acct_session_id = k.acct_session_id AND a.started_at BETWEEN k.earliest AND k.latest
         AND (a.device = '' OR a.device = ANY (k.devices) OR '' = ANY (k.devices))
    )
    SELECT {_COLUMNS} FROM found JOIN access_session a ON a.id = found.id ORDER BY a.started_at, a.id
    """,
    SessionRow,
)

LOAD_SESSIONS_BY_ID = Statement(
    "LOAD_SESSIONS_BY_ID",
    "sessions that hold a slot which another session asks for, and those that an order is about",
    f"SELECT {_COLUMNS} FROM access_session a WHERE a.id = ANY ($1::bigint[])",
    SessionRow,
)

LOAD_POINTS = Statement(
    "LOAD_POINTS",
    "all kept readings of these sessions, for a record that comes late",
    """
    SELECT u.session_id, u.event_at, u.seconds, u.octets_in, u.octets_out
      FROM usage u WHERE u.session_id = ANY ($1::bigint[]) AND u.event_at >= $2::timestamptz
    """,
    PointRow,
)

LIST_NAS_SESSIONS = Statement(
    "LIST_NAS_SESSIONS",
    "the open sessions of a NAS that says it starts or stops (B9)",
    """
    SELECT a.id, a.nas_id, a.acct_session_id, a.started_at, a.subscriber_id
      FROM open_session o JOIN access_session a ON a.id = o.session_id WHERE o.nas_id = ANY ($1::bigint[])
    """,
    OpenSession,
)

RESERVE_SESSION_IDS = Statement(
    "RESERVE_SESSION_IDS",
    "ids for sessions to come, so that a new session's points and orders need no second round trip",
    # OFFSET 0: to find out the sequence's name takes ten times as long as a number
    """
    SELECT nextval(s.name)
      FROM (SELECT pg_get_serial_sequence('access_session', 'id')::regclass AS name OFFSET 0) s,
           generate_series(1, $1::int)
    """,
    Reserved,
)

NAME_SUBSCRIBERS = Statement(
    "NAME_SUBSCRIBERS",
    "whose records these are, where no Class of ours says so: by name, code or MAC",
    f"""
    SELECT k.position, c.subscriber_id
      FROM {rows_of("operator_id bigint, name_key text", numbered=True)} AS k
      JOIN credential c ON {NAMED}
    """,
    Named,
)

LOCK_NAS = Statement(
    "LOCK_NAS",
    "one batch at a time for records that belong to nobody we know",
    "SELECT id FROM nas WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE",
    Reserved,
)

_BEGUN = """
    id bigint, uuid uuid, operator_id bigint, nas_id bigint, acct_session_id text, started_at timestamptz,
    subscriber_id bigint, entitlement_id bigint, user_name text, device text, mac macaddr, called_station text,
    framed_ip inet, framed_ipv6 text::text[], nas_port text, multi_session_id text, last_event_at timestamptz,
    last_heard_at timestamptz, seconds bigint, octets_in bigint, octets_out bigint, stopped_at timestamptz,
    terminate_cause bigint, close_reason text, closed_locally boolean, estimated boolean, superseded boolean,
    flags text::text[], raw_points text::bigint[], interim_seconds bigint
"""
INSERT_SESSIONS = Command(
    "INSERT_SESSIONS",
    "sessions that begin",
    insert_into("access_session", _BEGUN),
)

_COUNTERS = """
    id bigint, last_event_at timestamptz, last_heard_at timestamptz, seconds bigint, octets_in bigint,
    octets_out bigint
"""
ADVANCE_SESSIONS = Command(
    "ADVANCE_SESSIONS",
    "counters that grew, and when we heard of it",
    f"""
    UPDATE access_session
       SET last_event_at = new.last_event_at, last_heard_at = new.last_heard_at, seconds = new.seconds,
           octets_in = new.octets_in, octets_out = new.octets_out
      FROM {rows_of(_COUNTERS)} AS new
     WHERE access_session.id = new.id
    """,
)

_CHANGED = """
    id bigint, last_event_at timestamptz, last_heard_at timestamptz, seconds bigint, octets_in bigint,
    octets_out bigint, subscriber_id bigint, entitlement_id bigint, framed_ip inet, framed_ipv6 text,
    called_station text, multi_session_id text, nas_port text, stopped_at timestamptz, terminate_cause bigint,
    close_reason text, closed_locally boolean, estimated boolean, superseded boolean, flags text, raw_points text
"""
SAVE_SESSIONS = Command(
    "SAVE_SESSIONS",
    "everything that can change in a session",
    f"""
    UPDATE access_session
       SET last_event_at = new.last_event_at, last_heard_at = new.last_heard_at, seconds = new.seconds,
           octets_in = new.octets_in, octets_out = new.octets_out, subscriber_id = new.subscriber_id,
           entitlement_id = new.entitlement_id, framed_ip = new.framed_ip, framed_ipv6 = new.framed_ipv6::text[],
           called_station = new.called_station, multi_session_id = new.multi_session_id, nas_port = new.nas_port,
           stopped_at = new.stopped_at, terminate_cause = new.terminate_cause, close_reason = new.close_reason,
           closed_locally = new.closed_locally, estimated = new.estimated, superseded = new.superseded,
           flags = new.flags::text[], raw_points = new.raw_points::bigint[]
      FROM {rows_of(_CHANGED)} AS new
     WHERE access_session.id = new.id
    """,
)

_ALLOCATION = """
    session_id bigint, entitlement_id bigint, cycle_started_at timestamptz, operator_id bigint, units bigint,
    charged_minor bigint, transfers bigint
"""
SAVE_ALLOCATIONS = Command(
    "SAVE_ALLOCATIONS",
    "what a session used of an entitlement in a cycle; without cycles the cycle starts at -infinity",
    f"""
    INSERT INTO session_allocation AS old (session_id, entitlement_id, cycle_started_at, operator_id, units,
                                           charged_minor, transfers)
    SELECT session_id, entitlement_id, coalesce(cycle_started_at, '-infinity'), operator_id, units, charged_minor,
           transfers
      FROM {rows_of(_ALLOCATION)} AS new
    ON CONFLICT (session_id, entitlement_id, cycle_started_at) DO UPDATE
       SET units = excluded.units, charged_minor = excluded.charged_minor, transfers = excluded.transfers
    """,
)

_READING = """
    event_at timestamptz, session_id bigint, operator_id bigint, subscriber_id bigint, seconds bigint,
    octets_in bigint, octets_out bigint
"""
SAVE_USAGE = Command(
    "SAVE_USAGE",
    "readings of counters, kept for graphs and for late records",
    insert_into("usage", _READING),
)

SAVE_QUARANTINE = Command(
    "SAVE_QUARANTINE",
    "records that could not be booked, without the secrets in them",
    insert_into(
        "quarantine", "operator_id bigint, nas_id bigint, at timestamptz, reason text, attributes jsonb, raw bytea"
    ),
)


class Stored(NamedTuple):
    """A session with what the rules don't need and the table does."""

    session: Session
    operator_id: int
    subscriber_id: int | None
    shown_name: str = ""  # of a new one: the user name, masked where it is a code
    interim_seconds: int | None = None


def session_of(row: SessionRow) -> Session:
    """The value of one row: most of it as it came."""
    return session_from(
        (
            *row[:_FRAMED_IPV6],
            () if row.framed_ipv6 is None else tuple(row.framed_ipv6),
            *row[_FRAMED_IPV6 + 1 : _CLOSE_REASON],
            None if row.close_reason is None else CloseReason(row.close_reason),
            *row[_CLOSE_REASON + 1 : _FLAGS],
            () if row.flags is None else tuple(row.flags),
            () if row.raw_points is None else _triples(row.raw_points),
            tuple([_allocation(*each) for each in row.allocations]) if row.allocations else (),
        )
    )


_FRAMED_IPV6, _CLOSE_REASON, _FLAGS = map(SessionRow._fields.index, ("framed_ipv6", "close_reason", "flags"))


def point_of(row: PointRow) -> Point:
    return Point(row.at, row.seconds, row.octets_in, row.octets_out)


def _allocation(entitlement_id: int, cycle: str, units: int, charged: int, transfers: int) -> Allocation:
    started_at = None if cycle == "-infinity" else datetime.fromisoformat(cycle)
    return Allocation(entitlement_id, started_at, units, charged, transfers)


def _triples(flat: Sequence[int]) -> tuple[tuple[int, int, int], ...]:
    return tuple(zip(flat[::3], flat[1::3], flat[2::3], strict=True))


def counter_columns(sessions: Sequence[Session]) -> list[Parameter]:
    """The parameters of ADVANCE_SESSIONS, and the first six of SAVE_SESSIONS."""
    return [
        ints(s.id for s in sessions),
        times(s.last_event_at for s in sessions),
        times(s.last_heard_at for s in sessions),
        ints(s.seconds for s in sessions),
        ints(s.octets_in for s in sessions),
        ints(s.octets_out for s in sessions),
    ]


def save_columns(stored: Sequence[Stored]) -> list[Parameter]:
    """The parameters of SAVE_SESSIONS."""
    sessions = [each.session for each in stored]
    return [
        *counter_columns(sessions),
        ints(each.subscriber_id for each in stored),
        ints(s.entitlement_id for s in sessions),
        literals(s.framed_ip for s in sessions),
        texts(literals(s.framed_ipv6) for s in sessions),
        texts(s.called_station for s in sessions),
        texts(s.multi_session_id for s in sessions),
        texts(s.nas_port for s in sessions),
        times(s.stopped_at for s in sessions),
        ints(s.terminate_cause for s in sessions),
        words(s.close_reason or "" for s in sessions),
        bools(s.closed_locally for s in sessions),
        bools(s.estimated for s in sessions),
        bools(s.superseded for s in sessions),
        texts(literals(_stored_flags(s)) for s in sessions),
        texts(literals(str(number) for point in s.raw_points for number in point) for s in sessions),
    ]


def insert_columns(stored: Sequence[Stored]) -> list[Parameter]:
    """The parameters of INSERT_SESSIONS."""
    sessions = [each.session for each in stored]
    return [
        ints(s.id for s in sessions),
        uuids(uuid7_octets(len(sessions))),
        ints(each.operator_id for each in stored),
        ints(s.nas_id for s in sessions),
        texts(s.acct_session_id for s in sessions),
        times(s.started_at for s in sessions),
        ints(each.subscriber_id for each in stored),
        ints(s.entitlement_id for s in sessions),
        texts(each.shown_name for each in stored),
        texts(s.device for s in sessions),
        macs(_mac(s.device) for s in sessions),
        words(s.called_station for s in sessions),
        literals(s.framed_ip for s in sessions),
        texts(literals(s.framed_ipv6) for s in sessions),
        texts(s.nas_port for s in sessions),
        words(s.multi_session_id for s in sessions),
        times(s.last_event_at for s in sessions),
        times(s.last_heard_at for s in sessions),
        ints(s.seconds for s in sessions),
        ints(s.octets_in for s in sessions),
        ints(s.octets_out for s in sessions),
        times(s.stopped_at for s in sessions),
        ints(s.terminate_cause for s in sessions),
        words(s.close_reason or "" for s in sessions),
        bools(s.closed_locally for s in sessions),
        bools(s.estimated for s in sessions),
        bools(s.superseded for s in sessions),
        texts(literals(_stored_flags(s)) for s in sessions),
        texts(literals(str(number) for point in s.raw_points for number in point) for s in sessions),
        ints(each.interim_seconds for each in stored),
    ]


def allocation_columns(stored: Iterable[Stored]) -> list[Parameter] | None:
    """The parameters of SAVE_ALLOCATIONS; None when there is nothing to save."""
    rows = [(each, a) for each in stored for a in each.session.allocations]
    if not rows:
        return None
    return [
        ints(each.session.id for each, _ in rows),
        ints(a.entitlement_id for _, a in rows),
        times(a.cycle_started_at for _, a in rows),
        ints(each.operator_id for each, _ in rows),
        ints(a.units for _, a in rows),
        ints(a.charged_minor for _, a in rows),
        ints(a.transfers for _, a in rows),
    ]


def uuid7() -> str:
    """A UUID version 7 (RFC 9562 §5.7) in text."""
    text = uuid7_octets(1)[0].hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def uuid7_octets(count: int) -> list[bytes]:
    """The 16 octets of so many."""
    random, moment = os.urandom(10 * count), (time.time_ns() // 1_000_000).to_bytes(6, "big")
    return [
        moment
        + bytes((random[at] & 0x0F | 0x70, random[at + 1], random[at + 2] & 0x3F | 0x80))
        + random[at + 3 : at + 10]
        for at in range(0, 10 * count, 10)
    ]


def _mac(device: str) -> bytes | None:
    """The octets of AA-BB-CC-DD-EE-FF; a device may be told in other ways."""
    if len(device) != 17 or device[2::3] != "-----":
        return None
    try:
        return bytes.fromhex(device.replace("-", ""))
    except ValueError:
        return None


def _stored_flags(session: Session) -> tuple[str, ...]:
    return (*session.flags, THROTTLED) if session.throttled else session.flags
