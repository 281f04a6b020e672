"""Time of a run, possibly faster than the wall clock, and the story told in it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable


class Clock:
    """Seconds since 1970, from `begin_ago` before now, each wall second counting `speed` of them."""

    def __init__(self, speed: float = 1.0, begin_ago: float = 0.0) -> None:
        self._speed = speed
        self._wall = time.monotonic()
        self._virtual = time.time() - begin_ago

    def now(self) -> float:
        """The virtual time."""
        return self._virtual + (time.monotonic() - self._wall) * self._speed

    async def until(self, at: float, wake: asyncio.Event) -> None:
        """Return at that virtual time, or as soon as `wake` is set."""
        wait = (at - self.now()) / self._speed
        if wait > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(wake.wait(), wait)

    async def sleep(self, seconds: float) -> None:
        """Wait for so many virtual seconds."""
        await asyncio.sleep(seconds / self._speed)


class Story:
    """Lines for people, each with its time of day."""

    def __init__(self, clock: Clock, write: Callable[[str], None]) -> None:
        self._clock = clock
        self._write = write

    def tell(self, text: str, at: float | None = None) -> None:
        """One line, as of now or of a given virtual time."""
        moment = time.localtime(self._clock.now() if at is None else at)
        self._write(f"{time.strftime('%H:%M:%S', moment)} {text}")
