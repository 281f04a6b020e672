"""Acknowledged accounting that nobody books: of a process that is no more, or put off by whoever had it."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import Iterable, Iterator, Sequence
from time import monotonic
from typing import Final

import psycopg

from hotgate import vault
from hotgate.aaa.backlog import Backlog, unsealed
from hotgate.aaa.books import Books
from hotgate.aaa.clients import Clients
from hotgate.aaa.links import Link
from hotgate.aaa.pipeline import BATCH_SECONDS_MAX
from hotgate.store import db
from hotgate.store.backlog import LIST_DEFERRED, DeferredRow

log = logging.getLogger("hotgate.aaa")

ROWS_MAX: Final = 64  # at a time
GROUP_OCTETS_MAX: Final = 65_536  # of some 400 records
LOOK_SECONDS_MAX: Final = 1.0  # while something new waits


class Leftovers:
    """Finds them in the table, and has them booked."""

    def __init__(self, backlog: Backlog, books: Books, clients: Clients, link: Link, keys: vault.Keys) -> None:
        self._backlog = backlog
        self._books = books
        self._clients = clients
        self._link = link
        self._keys = keys
        self._begun_at = monotonic()
        self._tried: set[int] = set()  # rows, in this look and those that were cut short before it
        self._unreadable: set[int] = set()  # rows that another master key sealed, or another version packed

    async def book(self, seconds: float) -> bool:
        """Book what has waited for so long and is not this process's own. False: to be asked again soon.

        After a start that is all that was there before; what has come since belongs to processes that live.
        """
        if not self._clients.are_read:
            return False
        look_at = monotonic()
        try:
            while rows := await self._left(min(seconds, monotonic() - self._begun_at)):
                log.warning("accounting that was acknowledged was left unbooked: %d batches", len(rows))
                for group in _groups(rows):
                    self._tried |= {row.id for row in group}
                    if not await self._book(group):
                        return False
                    if len(self._backlog) and monotonic() - look_at > LOOK_SECONDS_MAX:
                        return True  # what has just come must not wait for these
        except (psycopg.Error, OSError, TimeoutError) as error:
            return await self._link.recover(error)  # the table comes with a migration that may still be under way
        except Exception as error:
            log.exception("what was left is looked for again")
            return await self._link.recover(error)
        self._tried.clear()
        return True

    async def _left(self, seconds: float) -> list[DeferredRow]:
        known = db.ints([*self._backlog.ids(), *self._unreadable, *self._tried])
        async with asyncio.timeout(BATCH_SECONDS_MAX):
            return await LIST_DEFERRED.afetch(await self._link.connection(), seconds, known, ROWS_MAX)

    async def _book(self, rows: Sequence[DeferredRow]) -> bool:
        """All at once, or, where one cannot be read, each by itself."""
        try:
            return await self._books.settle_packed([(row.id, unsealed(self._keys, bytes(row.sealed))) for row in rows])
        except (vault.VaultError, struct.error, ValueError):
            if len(rows) > 1:
                return all([await self._book([row]) for row in rows])
            log.exception(
                "batch %d of acknowledged accounting cannot be read: did another master key seal it?", rows[0].id
            )
            self._unreadable.add(rows[0].id)
            return True


def _groups(rows: Iterable[DeferredRow]) -> Iterator[list[DeferredRow]]:
    """In turn, as many as fit into one transaction: what somebody holds among them costs its wait once."""
    group: list[DeferredRow] = []
    octets = 0
    for row in rows:
        octets += len(row.sealed)
        if group and octets > GROUP_OCTETS_MAX:
            yield group
            group, octets = [], len(row.sealed)
        group.append(row)
    if group:
        yield group
