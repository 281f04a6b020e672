"""Counters of wrong tries: the rule of `domain.throttling` as one statement, so that no two tries count as one."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from hotgate.store.db import Command, Statement


class Counted(NamedTuple):
    ends_at: datetime
    turned_away: int  # 0: the try may be looked at


COUNT_TRY = Statement(
    "COUNT_TRY",
    "one try counted under a key; who tries at the same time waits for this transaction",
    # $1 key, $2 what is tried, $3 now, $4 tries, $5 seconds of the window, $6 of the lock-out
    """
    INSERT INTO throttle_counter AS c (key, started_at, ends_at, tried)
    VALUES ($1::bytea, $3::timestamptz,
            $3 + make_interval(secs => CASE WHEN $4::int <= 1 THEN $6::int ELSE $5::int END), ARRAY[$2::bytea])
    ON CONFLICT (key) DO UPDATE SET (started_at, ends_at, tried, turned_away) = (
        SELECT CASE WHEN over THEN excluded.started_at ELSE c.started_at END,
               CASE WHEN over THEN excluded.ends_at
                    WHEN NOT is_full AND NOT is_known AND cardinality(c.tried) + 1 >= $4
                    THEN $3 + make_interval(secs => $6)
                    ELSE c.ends_at END,
               CASE WHEN over THEN excluded.tried
                    WHEN is_full OR is_known THEN c.tried
                    ELSE c.tried || excluded.tried END,
               CASE WHEN over OR NOT is_full THEN 0 ELSE c.turned_away + 1 END
          FROM (SELECT c.ends_at <= $3 AS over, cardinality(c.tried) >= $4 AS is_full,
                       $2 = ANY (c.tried) AS is_known) AS found)
    RETURNING ends_at, turned_away
    """,
    Counted,
)

TAKE_TRY_BACK = Command(
    "TAKE_TRY_BACK",
    "a try that was right does not count",
    # $1 key, $2 what was tried, $3 seconds of the window
    """
    UPDATE throttle_counter
       SET tried = array_remove(tried, $2::bytea), ends_at = started_at + make_interval(secs => $3::int),
           turned_away = 0
     WHERE key = $1::bytea AND $2 = ANY (tried)
    """,
)
