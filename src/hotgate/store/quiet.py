"""`domain.quiet` as one statement: interims and Stops of which nothing else comes are booked where the sessions are.

It asks what `quietly` asks, of rows instead of values, and `tests/store/test_quiet.py` holds both against one table of
cases. Whatever it leaves alone is for the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from hotgate.domain import sessions
from hotgate.domain.sessions import Record, RecordKind
from hotgate.store.access import OPEN_HOLD, if_any
from hotgate.store.accounting import THROTTLED
from hotgate.store.db import Parameter, Statement, bools, ints, literals, rows_of, texts, times, words

_TOLD = """
    subscriber_id bigint, operator_id bigint, nas_id bigint, acct_session_id text, epoch timestamptz,
    event_at timestamptz, heard_at timestamptz, seconds bigint, octets_in bigint, octets_out bigint, device text,
    framed_ip inet, called_station text, nas_port text, multi_session_id text, user_name text, stops boolean,
    cause bigint
"""
_NOW = "$19::timestamptz"
_COUNTS_FROM = "(a.last_event_at - a.seconds * interval '1 second')"
_SECOND = f"interval '{sessions.ROUNDING // timedelta(seconds=1)} second'"


def _above(octets: str, bps: str) -> str:
    """As `sessions.is_above` has it; NULL: no limit."""
    percents = f"(r.seconds + {sessions.ON_THE_WAY_SECONDS}) * {100 + sessions.BURST_PERCENT}::numeric"
    return f"coalesce({octets} > {sessions.BURST_OCTETS} + {percents} * {bps} / 800, false)"


_HOLDS = if_any(
    OPEN_HOLD, "(SELECT count(*) FROM hold h WHERE h.subscriber_id = r.subscriber_id AND h.released_at IS NULL)"
)
_HAS_ITS_PLACE = if_any(
    "slot WHERE true",
    """
           (SELECT CASE WHEN count(*) = 0 THEN p.devices_max IS NULL
                        ELSE NOT r.stops AND count(*) <= coalesce(p.devices_max, count(*)) AND bool_or(
                               t.device = a.device AND t.session_id IS NOT DISTINCT FROM a.id AND t.expires_at IS NULL
                               AND t.activates_at IS NULL AND t.slice_amount IS NULL) END
              FROM slot t WHERE t.subscriber_id = r.subscriber_id)
    """,
)


class Advanced(NamedTuple):
    position: int  # from 1
    is_masked: bool  # the session shows another name: its user's name is a code
    ended_id: int | None  # the session, where that was its end


ADVANCE_QUIETLY = Statement(
    "ADVANCE_QUIETLY",
    "interims and Stops of running sessions of which nothing else comes, with their readings; which of them that were",
    f"""
    WITH judged AS (
      SELECT fits.is_quiet, count(*) OVER (PARTITION BY r.position) AS copies,
             r.position, r.event_at, r.seconds, r.octets_in, r.octets_out, r.stops, r.cause, r.subscriber_id, a.*
        FROM {rows_of(_TOLD, numbered=True)} AS r
       CROSS JOIN LATERAL (
         SELECT a.id, a.operator_id, a.started_at, a.entitlement_id, a.device,
                greatest(a.last_heard_at, r.heard_at) AS heard_at, a.user_name <> r.user_name AS is_masked,
                (a.seconds, a.octets_in, a.octets_out) <> (r.seconds, r.octets_in, r.octets_out) AS moved,
                a.stopped_at IS NULL AND a.operator_id = r.operator_id AND a.subscriber_id = r.subscriber_id
                -- the next reading, by counters that a line can bring about
                AND a.last_event_at <= r.event_at AND a.seconds <= r.seconds
                AND r.octets_in - a.octets_in BETWEEN 0 AND {sessions.ALWAYS_POSSIBLE_OCTETS}
                AND r.octets_out - a.octets_out BETWEEN 0 AND {sessions.ALWAYS_POSSIBLE_OCTETS}
                -- that tells nothing new
                AND r.device IN (a.device, '') AND (r.framed_ip IS NULL OR r.framed_ip = a.framed_ip)
                AND r.called_station IN (a.called_station, '') AND r.nas_port IN (a.nas_port, '')
                AND r.multi_session_id IN (a.multi_session_id, '')
                -- of this session
                AND (a.seconds > {sessions.ON_THE_WAY_SECONDS} OR a.seconds = 0
                     OR NOT (r.epoch > {_COUNTS_FROM} + {_SECOND} AND r.epoch >= a.last_event_at - {_SECOND}
                             OR r.epoch < {_COUNTS_FROM} - {_SECOND} AND r.event_at <= {_COUNTS_FROM} + {_SECOND}))
                -- for which nothing was booked
                AND NOT a.superseded AND NOT '{THROTTLED}' = ANY (a.flags) AND a.raw_points = '{{}}'
                AND 0 = (SELECT count(*) FROM session_allocation l WHERE l.session_id = a.id)
                AS runs_on
           FROM access_session a
          WHERE a.nas_id = r.nas_id AND a.acct_session_id = r.acct_session_id
            AND a.started_at BETWEEN r.epoch - {_SECOND} AND r.epoch + {_SECOND} OFFSET 0) a
       CROSS JOIN LATERAL (
         SELECT e.plan_id, e.amount,
                e.id = a.entitlement_id AND e.starts_at <= {_NOW}
                AND (e.valid_until IS NULL OR e.valid_until > {_NOW}) AND (e.ended_at IS NULL OR e.ended_at > {_NOW})
                AS pays
           FROM entitlement e WHERE e.subscriber_id = r.subscriber_id AND e.live OFFSET 0) e
       CROSS JOIN LATERAL (
         SELECT p.elapsed, f.devices_max, f.download_bps, f.upload_bps,
                p.cap_amount IS NULL AND p.tariff_unit_price IS NULL AND (p.elapsed OR p.measure = 'none') AS is_flat
           FROM plan p JOIN service_profile f ON f.id = p.profile_id WHERE p.id = e.plan_id OFFSET 0) p
       CROSS JOIN LATERAL (SELECT
         a.runs_on AND e.pays AND p.is_flat AND (e.amount IS NULL OR p.elapsed)
         AND coalesce({_HOLDS} = 0, true) AND coalesce({_HAS_ITS_PLACE}, p.devices_max IS NULL)
         -- nor was it faster than its plan, which is known at its end
         AND NOT (r.stops AND ({_above("r.octets_out", "p.download_bps")} OR {_above("r.octets_in", "p.upload_bps")}))
         AS is_quiet OFFSET 0) fits
    ), quiet AS MATERIALIZED (
      -- of one session with that id, and by one who can pay
      SELECT * FROM judged WHERE is_quiet AND copies = 1
    ), advanced AS (
      UPDATE access_session a
         SET last_event_at = q.event_at, last_heard_at = q.heard_at, seconds = q.seconds, octets_in = q.octets_in,
             octets_out = q.octets_out, stopped_at = CASE WHEN q.stops THEN greatest(q.event_at, q.started_at) END,
             terminate_cause = CASE WHEN q.stops THEN q.cause ELSE a.terminate_cause END
        FROM quiet q WHERE a.id = q.id
    ), kept AS (
      INSERT INTO usage (event_at, session_id, operator_id, subscriber_id, seconds, octets_in, octets_out)
      SELECT CASE WHEN q.seconds = 0 AND q.octets_in + q.octets_out > 0 THEN greatest(q.event_at, q.started_at)
                  ELSE q.started_at + q.seconds * interval '1 second' END,
             q.id, q.operator_id, q.subscriber_id, q.seconds, q.octets_in, q.octets_out
        FROM quiet q WHERE q.moved
    )
    SELECT position, is_masked, CASE WHEN stops THEN id END FROM quiet
    """,
    Advanced,
)


class Reading(NamedTuple):
    """A record to be tried, and whose it should be."""

    record: Record
    operator_id: int
    subscriber_id: int
    epoch: datetime


def reading_columns(readings: Sequence[Reading], now: datetime) -> list[Parameter]:
    """The parameters of ADVANCE_QUIETLY."""
    records = [each.record for each in readings]
    return [
        ints(each.subscriber_id for each in readings),
        ints(each.operator_id for each in readings),
        ints(r.nas_id for r in records),
        texts(r.acct_session_id for r in records),
        times(each.epoch for each in readings),
        times(r.event_at for r in records),
        times(r.received_at for r in records),
        ints(r.session_seconds for r in records),
        ints(r.octets_in for r in records),
        ints(r.octets_out for r in records),
        texts(r.device for r in records),
        literals(r.framed_ip for r in records),
        words(r.called_station for r in records),
        texts(r.nas_port for r in records),
        words(r.multi_session_id for r in records),
        texts(r.user_name for r in records),
        bools(r.kind is RecordKind.STOP for r in records),
        ints(r.terminate_cause for r in records),
        now.isoformat(),
    ]
