"""Who is held by somebody else's transaction: asked when a batch has waited for a lock in vain.

Whoever keeps a subscriber's row for seconds, as one may who works in the database by hand, holds up nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from hotgate.store import db
from hotgate.store.access import LIST_HELD

# Meanwhile the others of its batch wait too, and those whose rows it has are held themselves.
ACCOUNTING_SETTINGS: Final = "SET lock_timeout = '250ms'"  # what does not get them is booked a moment later
ORDER_SETTINGS: Final = "SET lock_timeout = '300ms'"  # all of a process take turns on one connection
LOGIN_SETTINGS: Final = "SET lock_timeout = '1s'"  # who does not get them hears nothing
BATCH_SECONDS: Final = 0.3  # what a batch of ours holds, even one that itself waits for a lock, is free again by then


async def held(connection: db.Aconnection, subscriber_ids: Iterable[int]) -> set[int]:
    """Which of these are, and for longer than by a batch. Takes no lock that outlasts it."""
    found = await _held(connection, set(subscriber_ids))
    if found:
        await asyncio.sleep(BATCH_SECONDS)
        found = await _held(connection, found)
    return found


async def _held(connection: db.Aconnection, subscriber_ids: set[int]) -> set[int]:
    return {row.id for row in await LIST_HELD.afetch(connection, db.ints(subscriber_ids))} if subscriber_ids else set()
