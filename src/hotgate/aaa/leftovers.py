"""Acknowledged accounting that nobody books: of a process that is no more, or put off by whoever had it."""

from __future__ import annotations

import asyncio
import logging
import struct
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

ROWS_MAX: Final = 16  # at a time


class Leftovers:
    """Finds them in the table, and has them booked."""

    def __init__(self, backlog: Backlog, books: Books, clients: Clients, link: Link, keys: vault.Keys) -> None:
        self._backlog = backlog
        self._books = books
        self._clients = clients
        self._link = link
        self._keys = keys
        self._begun_at = monotonic()
        self._unreadable: set[int] = set()  # rows that another master key sealed, or another version packed

    async def book(self, seconds: float) -> bool:
        """Book what has waited for so long and is not this process's own. False: to be asked again soon.

        After a start that is all that was there before; what has come since belongs to processes that live.
        """
        if not self._clients.are_read:
            return False
        tried: set[int] = set()
        try:
            while rows := await self._left(min(seconds, monotonic() - self._begun_at), tried):
                log.warning("accounting that was acknowledged was left unbooked: %d batches", len(rows))
                for row in rows:
                    tried.add(row.id)
                    if not await self._book(row):
                        return False
        except (psycopg.Error, OSError, TimeoutError) as error:
            return await self._link.recover(error)  # the table comes with a migration that may still be under way
        except Exception as error:
            log.exception("what was left is looked for again")
            return await self._link.recover(error)
        return True

    async def _left(self, seconds: float, tried: set[int]) -> list[DeferredRow]:
        known = db.ints([*self._backlog.ids(), *self._unreadable, *tried])
        async with asyncio.timeout(BATCH_SECONDS_MAX):
            return await LIST_DEFERRED.afetch(await self._link.connection(), seconds, known, ROWS_MAX)

    async def _book(self, row: DeferredRow) -> bool:
        try:
            return await self._books.settle_packed([(row.id, unsealed(self._keys, bytes(row.sealed)))])
        except (vault.VaultError, struct.error, ValueError):
            log.exception("batch %d of acknowledged accounting cannot be read: did another master key seal it?", row.id)
            self._unreadable.add(row.id)
            return True
