"""A scratch schema in which a day is booked once more: the same tables, filled with what stood before that day.

What the day's sessions used and paid is taken off again, so that booking their packets must give the books' own rows.
The statements of the AAA server run there unchanged, for its tables come first in the search path.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import psycopg

SCHEMA = "hotgate_replay"
TURN = 0x686F_7467_0020  # one replay at a time
_TABLES = (
    "access_session",
    "open_session",
    "session_allocation",
    "session_order",
    "usage",
    "slot",
    "hold",
    "entitlement",
    "subscriber",
    "ledger_account",
    "transfer",
    "event",
    "nas",
)
_FIRST_NEW_ID = 1 << 50  # far from those copied

# the day's sessions as the books have them; a clock that jumped leaves the day to which a record belongs in doubt
_BOOKS = f"""
CREATE TABLE {SCHEMA}.book_session AS
SELECT s.id, s.nas_id, s.acct_session_id, s.started_at, s.subscriber_id, s.seconds, s.octets_in, s.octets_out,
       s.stopped_at, s.terminate_cause, s.close_reason, s.closed_locally, s.estimated
  FROM access_session s
 WHERE s.started_at >= %(since)s AND s.started_at < %(until)s AND (%(operator)s::bigint IS NULL
       OR s.operator_id = %(operator)s) AND NOT 'clock_jumped' = ANY (s.flags);

CREATE TABLE {SCHEMA}.book_allocation AS
SELECT a.* FROM session_allocation a JOIN {SCHEMA}.book_session s ON s.id = a.session_id;

CREATE TABLE {SCHEMA}.book_charge AS
SELECT s.id AS session_id, t.debit_id, t.credit_id, t.amount_minor
  FROM {SCHEMA}.book_session s JOIN transfer t ON t.reference = 'session:' || s.id AND t.kind = 'use';
"""

_FILL = f"""
INSERT INTO {SCHEMA}.nas OVERRIDING SYSTEM VALUE SELECT * FROM nas;
INSERT INTO {SCHEMA}.subscriber OVERRIDING SYSTEM VALUE
SELECT * FROM subscriber WHERE id IN (SELECT subscriber_id FROM {SCHEMA}.book_session);
INSERT INTO {SCHEMA}.entitlement OVERRIDING SYSTEM VALUE
SELECT * FROM entitlement WHERE subscriber_id IN (SELECT id FROM {SCHEMA}.subscriber);
INSERT INTO {SCHEMA}.hold OVERRIDING SYSTEM VALUE
SELECT * FROM hold WHERE subscriber_id IN (SELECT id FROM {SCHEMA}.subscriber) AND created_at < %(since)s
                     AND (released_at IS NULL OR released_at >= %(since)s);
INSERT INTO {SCHEMA}.ledger_account OVERRIDING SYSTEM VALUE
SELECT * FROM ledger_account WHERE kind <> 'wallet' OR id IN (SELECT wallet_id FROM {SCHEMA}.subscriber);
"""

_TAKE_OFF = f"""
CREATE INDEX ON {SCHEMA}.book_allocation (entitlement_id);
CREATE UNIQUE INDEX ON {SCHEMA}.book_session (nas_id, acct_session_id, started_at);

UPDATE {SCHEMA}.entitlement e
   SET live = live OR EXISTS (SELECT FROM {SCHEMA}.book_allocation a WHERE a.entitlement_id = e.id),
       used = e.used - coalesce((SELECT sum(a.units) FROM {SCHEMA}.book_allocation a
                                  WHERE a.entitlement_id = e.id
                                    AND a.cycle_started_at = coalesce(e.cycle_started_at, '-infinity')), 0),
       earlier = ARRAY(SELECT CASE WHEN n %% 2 = 1 THEN each ELSE each - coalesce(
                                  (SELECT sum(a.units) FROM {SCHEMA}.book_allocation a
                                    WHERE a.entitlement_id = e.id
                                      AND a.cycle_started_at = to_timestamp(e.earlier[n - 1])), 0) END
                         FROM unnest(e.earlier) WITH ORDINALITY AS t (each, n) ORDER BY n);

UPDATE {SCHEMA}.ledger_account w SET balance_minor = w.balance_minor + moved.amount
  FROM (SELECT id, sum(amount)::bigint AS amount
          FROM (SELECT debit_id AS id, amount_minor AS amount FROM {SCHEMA}.book_charge
                UNION ALL SELECT credit_id, -amount_minor FROM {SCHEMA}.book_charge) AS each
         GROUP BY id) AS moved
 WHERE moved.id = w.id AND w.balance_minor IS NOT NULL;
"""

# a copy of a table has none of its triggers
_OPEN = f"""
CREATE TRIGGER access_session_begun AFTER INSERT ON {SCHEMA}.access_session REFERENCING NEW TABLE AS begun
FOR EACH STATEMENT EXECUTE FUNCTION keep_begun_sessions();

CREATE TRIGGER access_session_ended AFTER UPDATE OF stopped_at ON {SCHEMA}.access_session FOR EACH ROW
WHEN ((OLD.stopped_at IS NULL) <> (NEW.stopped_at IS NULL)) EXECUTE FUNCTION keep_ended_session()
"""

# No job may come of a replay: this one stands before procrastinate's own.
_NO_JOBS = f"""
CREATE FUNCTION {SCHEMA}.procrastinate_defer_jobs_v1(jobs procrastinate_job_to_defer_v1[]) RETURNS bigint[]
LANGUAGE sql AS 'SELECT NULL::bigint[]'
"""

_SEEN = f"""
SELECT s.nas_id, s.acct_session_id, s.started_at, s.subscriber_id, s.seconds, s.octets_in, s.octets_out,
       s.stopped_at, s.terminate_cause, s.close_reason, s.closed_locally, s.estimated,
       (SELECT jsonb_agg(jsonb_build_array(a.entitlement_id, a.cycle_started_at, a.units, a.charged_minor)
                         ORDER BY a.entitlement_id, a.cycle_started_at)
          FROM {SCHEMA}.{{allocation}} a WHERE a.session_id = s.id) AS allocations,
       (SELECT coalesce(sum(CASE WHEN c.kind = 'revenue' THEN t.amount_minor ELSE -t.amount_minor END), 0)
          FROM {SCHEMA}.{{charge}} t JOIN {SCHEMA}.ledger_account c ON c.id = t.credit_id
         WHERE {{of_session}}) AS charged_minor
  FROM {SCHEMA}.{{session}} s
 WHERE s.started_at >= %(since)s AND s.started_at < %(until)s
"""
BOOKS = _SEEN.format(
    allocation="book_allocation", charge="book_charge", of_session="t.session_id = s.id", session="book_session"
)
REPLAYED = _SEEN.format(
    allocation="session_allocation",
    charge="transfer",
    of_session="t.reference = 'session:' || s.id",
    session="access_session",
)
# What began just before midnight stands in the books of the day before, whichever of its records came first.
NEIGHBOURS = """
SELECT nas_id, acct_session_id, started_at FROM access_session
 WHERE started_at >= %(since)s - interval '1 minute' AND started_at < %(until)s + interval '1 minute'
   AND (started_at < %(since)s OR started_at >= %(until)s OR 'clock_jumped' = ANY (flags))
"""


class Booked(NamedTuple):
    """One session of the day, from the books or from the replay; compared field by field."""

    nas_id: int
    acct_session_id: str
    started_at: datetime
    subscriber_id: int | None
    seconds: int
    octets_in: int
    octets_out: int
    stopped_at: datetime | None
    terminate_cause: int | None
    close_reason: str
    closed_locally: bool
    estimated: bool
    allocations: list[list[Any]] | None
    charged_minor: int

    @property
    def key(self) -> tuple[int, str, datetime]:
        return self.nas_id, self.acct_session_id, self.started_at


def make(connection: psycopg.Connection[Any], since: datetime, until: datetime, operator_id: int | None) -> None:
    """Build and fill it, in the transaction that `connection` is in."""
    told = {"since": since, "until": until, "operator": operator_id}
    connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    connection.execute(f"CREATE SCHEMA {SCHEMA}")
    for table in _TABLES:
        connection.execute(f"CREATE TABLE {SCHEMA}.{table} (LIKE {table} INCLUDING ALL EXCLUDING CONSTRAINTS)")
    for table in ("access_session", "ledger_account", "hold", "event"):
        connection.execute(f"ALTER TABLE {SCHEMA}.{table} ALTER COLUMN id RESTART WITH {_FIRST_NEW_ID}")
    connection.execute(_NO_JOBS)
    for script in (_OPEN, _BOOKS, _FILL, _TAKE_OFF):
        for statement in script.split(";"):
            if statement.strip():
                connection.execute(statement, told)


def sessions(connection: psycopg.Connection[Any], sql: str, since: datetime, until: datetime) -> list[Booked]:
    """The day's sessions by BOOKS or by REPLAYED."""
    rows = connection.execute(sql, {"since": since, "until": until}).fetchall()
    return [Booked(*row) for row in rows]
