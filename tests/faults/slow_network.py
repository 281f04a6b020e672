"""A bad line between a server and its database: each octet comes late, now and then none comes, or the line is cut."""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import random
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from time import monotonic
from typing import Any

CHUNK_OCTETS = 65_536
CHUNKS_UNDER_WAY_MAX = 1024


@dataclass(frozen=True)
class Line:
    """One way. Nothing overtakes: it is TCP."""

    latency_seconds: float = 0.005
    jitter_seconds: float = 0.015  # more, now and then


class Proxy:
    """Listens on a port of loopback, in a thread of its own, and passes on to a Unix socket."""

    def __init__(self, target: pathlib.Path, line: Line, seed: int) -> None:
        self.target = target
        self.line = line
        self.dice = random.Random(seed)
        self.passes = asyncio.Event()
        self.writers: set[asyncio.StreamWriter] = set()
        self.passed_octets = 0
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.port: int = self.do(self._listen())

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(10)

    def stall(self) -> None:
        """From now on nothing passes, and nobody is told."""
        self.loop.call_soon_threadsafe(self.passes.clear)

    def go_on(self) -> None:
        self.loop.call_soon_threadsafe(self.passes.set)

    def cut(self) -> None:
        """Every connection ends, with whatever was under way: answers to commits too."""
        self.do(self._cut())

    def close(self) -> None:
        self.cut()
        self.do(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    async def _listen(self) -> int:
        self.passes.set()
        self.listening = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self.listening.sockets[0].getsockname()[1])

    async def _end(self) -> None:
        self.listening.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _cut(self) -> None:
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_unix_connection(str(self.target))
        except OSError:
            writer.transport.abort()
            return
        self.writers |= {writer, back}
        await asyncio.gather(self._one_way(reader, back), self._one_way(there, writer))

    async def _one_way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(CHUNKS_UNDER_WAY_MAX)
        sending = asyncio.create_task(self._send(under_way, writer))
        with contextlib.suppress(OSError):
            while octets := await reader.read(CHUNK_OCTETS):
                late = self.line.latency_seconds + self.line.jitter_seconds * self.dice.random() ** 3
                await under_way.put((monotonic() + late, octets))
        await under_way.put((0.0, b""))
        await sending

    async def _send(self, under_way: asyncio.Queue[tuple[float, bytes]], writer: asyncio.StreamWriter) -> None:
        while True:
            due, octets = await under_way.get()
            await asyncio.sleep(max(0.0, due - monotonic()))
            await self.passes.wait()
            if not octets or writer.is_closing():
                writer.close()
                return
            self.passed_octets += len(octets)
            writer.write(octets)
