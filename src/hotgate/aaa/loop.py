"""How each process of the AAA server runs: on uvloop, with few collections."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine
from typing import Any

import uvloop


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run it to its end."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


def collect_rarely() -> None:
    """Requests leave hardly any cycles, and a full search of all that is remembered holds every answer up."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 100)
