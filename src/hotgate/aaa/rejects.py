"""Rejects are sent late, so that guessing is slow (D18, A18). A timer of the loop waits; no thread and no task does.

Delay alone does not stop parallel guessing, so the number of rejects under way is bounded per device and per NAS: what
goes beyond gets no answer at all. Where a NAS does not tell the device, the name stands for it: else a few wrong
passwords a second would keep everybody from being answered.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from typing import TYPE_CHECKING

from hotgate.radius.packet import Code

if TYPE_CHECKING:
    from hotgate.aaa.translate import Ask
    from hotgate.aaa.udp import Arrived

JITTER_SECONDS = 0.25
PENDING_PER_DEVICE_MAX = 4
PENDING_PER_NAS_MAX = 2_000

_REJECT = int(Code.ACCESS_REJECT)


class Rejects:
    """All rejects under way in this process."""

    def __init__(self) -> None:
        self._pending: Counter[tuple[int, str]] = Counter()

    def __len__(self) -> int:
        return sum(count for (_, who), count in self._pending.items() if not who)

    def is_full(self, nas_id: int, ask: Ask) -> bool:
        """Whether who asks, or this NAS, has as many rejects under way as it may."""
        pending = self._pending
        if not pending:
            return False
        return pending[nas_id, ""] >= PENDING_PER_NAS_MAX or pending[nas_id, _who(ask)] >= PENDING_PER_DEVICE_MAX

    def send(self, arrived: Arrived, attributes: bytes, ask: Ask) -> None:
        """Reject after the NAS's delay; at once where its own timeout may be shorter."""
        delay = arrived.client.reject_delay_seconds
        if delay <= 0:
            arrived.door.reply(arrived.request, _REJECT, attributes)
            return
        nas_id, who = arrived.client.row.id, _who(ask)
        self._pending[nas_id, ""] += 1
        self._pending[nas_id, who] += 1
        jitter = random.uniform(0, JITTER_SECONDS)
        asyncio.get_running_loop().call_later(delay + jitter, self._due, arrived, attributes, who)

    async def drain(self) -> None:
        """Wait until the last one is sent."""
        while self._pending:
            await asyncio.sleep(0.05)

    def _due(self, arrived: Arrived, attributes: bytes, who: str) -> None:
        for key in ((arrived.client.row.id, ""), (arrived.client.row.id, who)):
            self._pending[key] -= 1
            if not self._pending[key]:
                del self._pending[key]
        arrived.door.reply(arrived.request, _REJECT, attributes)


def _who(ask: Ask) -> str:
    """Whose rejects are counted together; never empty, which stands for the whole NAS."""
    return ask.device or "-" + ask.name_key
