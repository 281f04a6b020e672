"""Natural batches: what arrived while the last batch was under way is the next one.

A lane is a bounded queue with one task. Several lanes spare waiting; whether two batches may touch the same subscriber
is not their business: the database's row locks decide that.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, NamedTuple, TypeVar

from hotgate.aaa.metrics import Timing

log = logging.getLogger("hotgate.aaa")

RECENT = 16  # batches
HELD_UP_SECONDS = 0.2  # far more than a batch takes, unless it waits for somebody's lock
BATCH_SECONDS = 0.002  # its two round trips and its commit

T = TypeVar("T")


class Gathering(NamedTuple):
    """While others keep the processor busy, a batch waits a little for more: each costs as much as several requests."""

    is_worth_it: Callable[[], bool]
    enough: int  # requests; so many do not wait
    seconds: float


class Lane(Generic[T]):
    """`settle` gets each batch and answers it in full; an exception that leaves it is a fault of ours, and logged."""

    def __init__(
        self,
        settle: Callable[[list[T]], Awaitable[None]],
        *,
        batch_max: int,
        queue_max: int,
        gathering: Gathering | None = None,
    ) -> None:
        self._settle = settle
        self._gathering = gathering
        self._batch_max = batch_max
        self._queue_max = queue_max
        self._queue: deque[T] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._idle = asyncio.Event()
        self._idle.set()
        self._begun_at = 0.0
        self.timing = Timing()
        self._took: deque[float] = deque([0.0], maxlen=RECENT)
        # What one of a batch took, beyond what any batch takes, in the quickest of late: those that other work in this
        # process held up do not count.
        self.seconds_each = 0.0

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def is_under_way(self) -> bool:
        """Is it settling a batch? What is put in now is in the next."""
        return not self._idle.is_set()

    @property
    def is_held_up(self) -> bool:
        """Has it been settling one batch for so long that others had better go elsewhere?"""
        return not self._idle.is_set() and monotonic() - self._begun_at > HELD_UP_SECONDS

    def put(self, item: T) -> bool:
        """False when the queue is full."""
        if len(self._queue) >= self._queue_max:
            return False
        self._queue.append(item)
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)
        return True

    async def run(self) -> None:
        """Settle batches until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            if not self._queue:
                self._idle.set()
                self._wake = loop.create_future()
                await self._wake  # by then the loop has taken in what else is in the socket's buffer
            gathering = self._gathering
            if gathering is not None and len(self._queue) < gathering.enough and gathering.is_worth_it():
                await asyncio.sleep(gathering.seconds)
            self._begun_at = begun_at = monotonic()
            self._idle.clear()
            batch = self._take()
            try:
                await self._settle(batch)
            except Exception:
                log.exception("a batch was not answered")
            self.timing.add(len(batch), begun_at)
            self._note((monotonic() - begun_at - BATCH_SECONDS) / len(batch))

    async def drain(self) -> None:
        """Wait until everything queued is settled."""
        while self._queue or not self._idle.is_set():
            await asyncio.sleep(0.01)

    def _note(self, seconds_each: float) -> None:
        self._took.append(seconds_each)
        self.seconds_each = min(self._took)

    def _take(self) -> list[T]:
        queue = self._queue
        return [queue.popleft() for _ in range(min(len(queue), self._batch_max))]
