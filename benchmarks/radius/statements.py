"""CPU microseconds a row of the AAA server's statements, each alone: of the server process of one connection.

    python benchmarks/radius/statements.py URL [--rows 16,200] [--batches 800] [--only LOAD_ACCOUNTS,…]

URL names a database that `hotgate load` filled, on this machine, with no AAA server on it: the time is read from
/proc. Each statement is prepared and planned as the AAA server's are, and gets batches of random subscribers; what
it writes is rolled back. Of twenty parts of the batches the least and the middle are printed.
"""

from __future__ import annotations

import argparse
import pathlib
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import psycopg

from hotgate.store import access, accounting, attempts, db, journal
from hotgate.store.attempts import Attempt, attempt_columns
from hotgate.store.journal import Written, journal_columns

Ask: TypeAlias = Callable[["Guests", int], tuple[Any, ...]]
PARTS = 20
AT_ONCE = 40  # statements in a transaction and a round trip


class Guests:
    """Subscribers to draw from, and the connection."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        rows = self.connection.execute("SELECT id, operator_id, name FROM subscriber ORDER BY id").fetchall()
        self.all = [(int(row[0]), int(row[1]), str(row[2])) for row in rows]
        self.sessions = self.connection.execute(
            "SELECT nas_id, acct_session_id, started_at FROM access_session LIMIT 100000"
        ).fetchall()
        self.nas_id = self.connection.execute("SELECT min(id) FROM nas").fetchall()[0][0]
        self.connection.execute("SET ROLE hotgate_aaa")
        self.connection.execute(db.PINNED_PLANS.encode())

    def some(self, count: int) -> list[tuple[int, int, str]]:
        return random.sample(self.all, count)

    def named(self, count: int) -> tuple[Any, ...]:
        some = self.some(count)
        return db.ints(operator for _, operator, _ in some), db.texts(name for _, _, name in some)

    def ids(self, count: int) -> tuple[Any, ...]:
        return (db.ints(sorted(number for number, _, _ in self.some(count))),)

    def session_keys(self, count: int) -> tuple[Any, ...]:
        nas, ids, began = zip(*random.sample(self.sessions, count), strict=True)
        earliest, latest = (db.times(at + near for at in began) for near in (-accounting.NEAR, accounting.NEAR))
        return db.ints(nas), db.texts(ids), earliest, latest

    def attempts(self, count: int) -> tuple[Any, ...]:
        now = datetime.now(UTC)
        return tuple(
            attempt_columns(
                [
                    Attempt(operator, self.nas_id, "127.0.0.1", number, name, "02-00-00-00-00-01", *ACCEPTED)
                    for number, operator, name in self.some(count)
                ],
                now,
            )
        )

    def readings(self, count: int) -> tuple[Any, ...]:
        at, some = datetime.now(UTC), self.some(count)
        numbers = db.ints(number for number, _, _ in some)
        operators = db.ints(operator for _, operator, _ in some)
        times = db.times(at - timedelta(seconds=random.random() * 60) for _ in some)
        return times, numbers, operators, numbers, numbers, numbers, numbers

    def packets(self, count: int) -> tuple[Any, ...]:
        now = datetime.now(UTC)
        packet = random.randbytes(200)
        return tuple(
            journal_columns(
                [Written(now, operator, self.nas_id, "127.0.0.1", packet) for _, operator, _ in self.some(count)]
            )
        )


ACCEPTED = ("accepted", "", "", "auth")
ASKED: dict[db.Statement[Any], Ask] = {
    access.LOAD_ACCESS_STATES: Guests.named,
    access.LOCK_NAMED: Guests.named,
    access.LOAD_ACCOUNTS: Guests.ids,
    access.LOCK_SUBSCRIBERS: Guests.ids,
    accounting.LOAD_SESSIONS: Guests.session_keys,
    accounting.NAME_SUBSCRIBERS: Guests.named,
    accounting.SAVE_USAGE: Guests.readings,
    attempts.SAVE_ATTEMPTS: Guests.attempts,
    journal.WRITE_JOURNAL: Guests.packets,
}


def measured(guests: Guests, statement: db.Statement[Any], rows: int, batches: int) -> Iterator[float]:
    """Microseconds a row, part by part."""
    clock = pathlib.Path(f"/proc/{guests.connection.info.backend_pid}/schedstat")
    for part in range(PARTS + 1):
        spent = done = 0
        while done < batches / PARTS:
            calls = [(statement, ASKED[statement](guests, rows)) for _ in range(AT_ONCE)]
            before = int(clock.read_text().split()[0])
            db.at_once(guests.connection, (db.BEGIN, ()), *calls, (db.ROLLBACK, ()))
            time.sleep(0.001)  # the kernel counts when the process gives way
            spent += int(clock.read_text().split()[0]) - before
            done += AT_ONCE
        if part:  # the first one plans and warms
            yield spent / done / rows / 1000


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("url")
    asked.add_argument("--rows", default="16,200")
    asked.add_argument("--batches", type=int, default=800)
    asked.add_argument("--only", default=",".join(statement.name for statement in ASKED))
    told = asked.parse_args()
    guests = Guests(told.url)
    for statement in ASKED:
        if statement is accounting.LOAD_SESSIONS and not guests.sessions:
            continue  # `hotgate load --sessions` makes some
        if statement.name in told.only.split(","):
            for rows in map(int, told.rows.split(",")):
                parts = list(measured(guests, statement, rows, told.batches))
                least, middle = min(parts), statistics.median(parts)
                line = f"{statement.name:20} {rows:4} rows  {least:6.2f} {middle:6.2f}  {least * rows:7.0f} a batch\n"
                sys.stdout.write(line)


if __name__ == "__main__":
    main()
