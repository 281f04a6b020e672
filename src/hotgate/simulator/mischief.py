"""What goes wrong between a NAS and its server in the field, by the dice of one seed.

`Habits` are what the NAS always does; `Mischief` throws for each datagram and each report. The truth stays with the
reports that were meant, so that the end can be compared.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal, NamedTuple


@dataclass(frozen=True, slots=True)
class Habits:
    """How this NAS was built. The default is a good one."""

    has_gigawords: bool = True
    swaps_octets: bool = False  # counts from the guest's side, against RFC 2866 §5.3
    echoes_class: bool = True
    starts_in_1970: bool = False  # no clock chip, no time server: Event-Timestamp counts from its boot
    reuses_session_ids: bool = False
    reboots: Literal["never", "with On", "silent"] = "never"


@dataclass(frozen=True, slots=True)
class Odds:
    """Chances between 0 and 1: the first two for each datagram either way, the others for each report."""

    lose: float = 0.0
    double: float = 0.0
    late: float = 0.0
    reorder: float = 0.0


class Passage(NamedTuple):
    """How a report leaves: at once, after so many of the session's next reports, or so many intervals late."""

    intervals_late: float = 0.0
    behind_next: bool = False


class Mischief:
    """Dice with a memory of their seed: the same seed, the same throws."""

    def __init__(self, odds: Odds, seed: int) -> None:
        self._odds = odds
        self._random = random.Random(seed)
        self.thrown = {"lost": 0, "doubled": 0, "late": 0, "reordered": 0}

    def copies(self) -> int:
        """How often a datagram arrives: 0 when lost, 2 when doubled."""
        if self._hits(self._odds.lose, "lost"):
            return 0
        return 2 if self._hits(self._odds.double, "doubled") else 1

    def passage(self) -> Passage:
        """How a report leaves the NAS."""
        if self._hits(self._odds.late, "late"):
            return Passage(intervals_late=self._random.uniform(0.5, 2.5))
        return Passage(behind_next=self._hits(self._odds.reorder, "reordered"))

    def moment_of_reboot(self, interim_seconds: float) -> float:
        """Seconds after the first login: between the first interim and the third, never on one."""
        return interim_seconds * (1 + self._random.uniform(0.2, 0.8))

    def _hits(self, chance: float, name: str) -> bool:
        hit = chance > 0 and self._random.random() < chance
        self.thrown[name] += hit
        return hit
