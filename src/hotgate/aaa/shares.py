"""Which NAS asks how much, so that none that sends without end keeps all others out of a queue."""

from __future__ import annotations

from collections import Counter
from typing import Final

GREEDY_ABOVE: Final = 0.25  # of what came of late
KNOWN_FROM: Final = 64  # requests; of fewer no share is told


class Shares:
    """The valid requests at one port, by NAS: since the start, and since the last tick."""

    def __init__(self) -> None:
        self.by_nas: Counter[int] = Counter()
        self._before: Counter[int] = Counter()
        self._came = 0

    def add(self, nas_id: int) -> None:
        """One more of this NAS."""
        self.by_nas[nas_id] += 1
        self._came += 1

    def tick(self) -> None:
        """About once a second."""
        self._before = Counter(self.by_nas)
        self._came = 0

    def is_greedy(self, nas_id: int) -> bool:
        """Was more than a quarter of what came of late this NAS's?"""
        mine = self.by_nas[nas_id] - self._before[nas_id]
        return self._came >= KNOWN_FROM and mine > self._came * GREEDY_ABOVE
