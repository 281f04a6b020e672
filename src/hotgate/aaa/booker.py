"""Takes from the backlog what waits there, and sees to it that it is booked: by `books.Books`, here or apart."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Final

from hotgate.aaa.backlog import Backlog, Deferred
from hotgate.aaa.leftovers import Leftovers

log = logging.getLogger("hotgate.aaa")

LEFT_SECONDS: Final = 2.0  # between two looks for what others left, and what had to be put off
RETRY_SECONDS: Final = 0.5
HELP_SECONDS: Final = 0.05  # after which who is not wanted asks again, while something waits


class Booker:
    """Books what waits, until cancelled; who has `leftovers`, those too. Who only helps out books while it `is_wanted`.
    `settle` is false when the database is away."""

    def __init__(
        self,
        backlog: Backlog,
        settle: Callable[[Sequence[Deferred]], Awaitable[bool]],
        leftovers: Leftovers | None = None,
        *,
        is_wanted: Callable[[], bool] | None = None,
    ) -> None:
        self._backlog = backlog
        self._settle = settle
        self._leftovers = leftovers
        self._is_wanted = is_wanted

    async def run(self) -> None:
        """What was left by whoever served before, then what comes, and what others leave."""
        leftovers = self._leftovers
        look_at = math.inf if leftovers is None else 0.0
        while True:
            while self._is_wanted is not None and not self._is_wanted():
                await asyncio.sleep(HELP_SECONDS if len(self._backlog) else RETRY_SECONDS)
            if leftovers is not None and monotonic() >= look_at and await leftovers.book(LEFT_SECONDS):
                look_at = monotonic() + LEFT_SECONDS
            if await self._backlog.something(RETRY_SECONDS if monotonic() >= look_at else LEFT_SECONDS):
                await self._backlog.enough()
                await self._book()

    async def _book(self) -> None:
        taken = self._backlog.take()  # nothing, where another booker came first
        if not taken:
            return
        begun_at = monotonic()
        try:
            is_done = await self._settle(taken)
        except Exception:
            log.exception("acknowledged accounting stays unbooked for now")
            is_done = False
        if is_done:
            self._backlog.done(taken, monotonic() - begun_at)
        else:
            self._backlog.give_back(taken)
            await asyncio.sleep(RETRY_SECONDS)
