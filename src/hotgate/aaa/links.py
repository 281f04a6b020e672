"""Connections to the database: one per worker, opened when it is needed and opened again when it was lost."""

from __future__ import annotations

import asyncio
import logging
from time import monotonic
from typing import Any

import psycopg

from hotgate.store import db

log = logging.getLogger("hotgate.aaa")

REOPEN_SECONDS = 0.5  # between two tries, so that a dead database is not hammered
ANSWER_SECONDS = 30.0  # a statement that takes longer has a dead server or a dead network behind it

# What says "the database is away", as against "this record is bad".
LOST = (psycopg.OperationalError, psycopg.InterfaceError, OSError, TimeoutError)


class Health:
    """Whether the database answers, for all links of the process. One line in the log when that changes."""

    def __init__(self) -> None:
        self.is_up = False
        self.is_known = False  # whether anything was reported yet: a start that goes well is no news
        self.changed_at = monotonic()
        self.answered_at: float | None = None  # when the housekeeping last got an answer

    def report(self, is_up: bool, why: str = "") -> None:
        was_known, self.is_known = self.is_known, True
        if was_known and is_up == self.is_up:
            return
        self.is_up, self.changed_at = is_up, monotonic()
        if is_up and was_known:
            log.warning("the database answers: serving")
        elif not is_up:
            log.error("the database does not answer, so NASes get no answer either: %s", why)


class Link:
    """One connection with one user at a time. `settings`: SQL by which it differs from the others."""

    def __init__(self, conninfo: dict[str, Any], become: str | None, health: Health, settings: str = "") -> None:
        self._conninfo = conninfo
        self._become = become
        self._settings = settings
        self._connection: db.Aconnection | None = None
        self._tried_at = -REOPEN_SECONDS
        self.health = health

    async def connection(self) -> db.Aconnection:
        """The open connection. Raises one of LOST."""
        if self._connection is not None and not self._connection.closed:
            return self._connection
        await asyncio.sleep(self._tried_at + REOPEN_SECONDS - monotonic())
        self._tried_at = monotonic()
        try:
            self._connection = await self._open()
        except LOST as error:
            self.lose(error)
            raise
        self.health.report(True)
        return self._connection

    def lose(self, error: BaseException) -> None:
        """The connection failed: close it without a word, the next use opens another."""
        self.health.report(False, _line(error))
        connection, self._connection = self._connection, None
        if connection is not None:
            db.let_go(connection)
            connection.pgconn.finish()

    async def recover(self, error: BaseException) -> bool:
        """After an error: True when the connection is good and the data was bad, False when the database is away."""
        connection = self._connection
        if connection is None or is_lost(connection, error):
            self.lose(error)
            return False
        try:
            await connection.rollback()
        except Exception as second:  # noqa: BLE001 - whatever it is, another connection does better
            self.lose(second)
            return False
        return True

    async def close(self) -> None:
        if self._connection is not None:
            db.let_go(self._connection)
            await self._connection.close()

    async def _open(self) -> db.Aconnection:
        async with asyncio.timeout(ANSWER_SECONDS):
            connection = await psycopg.AsyncConnection.connect(**self._conninfo, autocommit=True)
            connection.prepare_threshold = None  # only where a statement asks for it
            connection.prepared_max = None
            if self._become:
                await connection.execute(self._become.encode())
            await connection.execute(f"{db.PINNED_PLANS}; {self._settings}".encode())
        db.adapt_connection(connection)
        return connection


def is_lost(connection: db.Aconnection, error: BaseException) -> bool:
    """Whether this error says that the database is away rather than that the data is bad."""
    if connection.closed or isinstance(error, TimeoutError | OSError | psycopg.InterfaceError):
        return True
    state = getattr(error, "sqlstate", None) or ""
    # 08 connection, 53 out of disk or memory, 57 stopped by somebody, 58 system, 25006 a standby, XX corrupted
    is_away = state[:2] in ("08", "53", "57", "58", "XX") or state == "25006"
    return is_away or (isinstance(error, psycopg.OperationalError) and not state)


def is_collision(error: BaseException) -> bool:
    """Whether it got into the way of another transaction: nothing is wrong with the data, and asking again helps."""
    return getattr(error, "sqlstate", None) in (
        "40001",
        "40P01",
        "55P03",
    )  # serialisation, deadlock, lock not had in time


def _line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
