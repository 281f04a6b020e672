"""Keeps the children running: starts them, shows their lines, restarts what crashed, ends them in order."""

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from hotgate.runtime import processes

BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
STEADY_SECONDS = 60.0  # who ran that long starts again at the first back-off
TICK_SECONDS = 0.2
READ_OCTETS = 65536

Say = Callable[[str], None]


@dataclass(slots=True)
class Child:
    """`start` returns a process with its output in a pipe and its own process group."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stop_signal: int = signal.SIGTERM
    grace_seconds: float = 10.0
    shows: Callable[[str], bool] = bool
    module: str | None = None  # what a Python child runs
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restart_at: float | None = None
    crashes: int = 0
    rest_of_line: bytes = field(default=b"", repr=False)


def back_off_seconds(crashes: int) -> float:
    return BACK_OFF_SECONDS[min(crashes, len(BACK_OFF_SECONDS)) - 1]


class Supervisor:
    """One thread starts every child, because a child ends with the thread that started it."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.children: list[Child] = []
        self.selector = selectors.DefaultSelector()
        self.stop_requests = 0

    def add(self, child: Child) -> None:
        self.children.append(child)
        self._start(child)

    def watch_once(self, name: str, process: subprocess.Popen[bytes]) -> None:
        """Show the lines of a process that is meant to end, while the children are looked after."""
        child = Child(name, lambda: process)
        self._start(child)
        while process.poll() is None:
            self.tick()
            if self.stop_requests:
                processes.end(process, signal.SIGTERM, child.grace_seconds)
        self._drain(child)

    def run(self) -> None:
        """Until SIGINT or SIGTERM."""
        while not self.stop_requests:
            self.tick()

    def tick(self, seconds: float = TICK_SECONDS) -> None:
        for key, _ in self.selector.select(seconds):
            self._read(key.fileobj, key.data)  # type: ignore[arg-type]
        now = time.monotonic()
        for child in self.children:
            self._look_after(child, now)

    def close(self) -> None:
        """End the children, the last started first; a second request kills what is left."""
        for batch in _stop_order(self.children):
            for child in batch:
                if child.process and child.process.poll() is None:
                    child.process.send_signal(child.stop_signal)
            self._wait_for(batch)
        self.selector.close()

    @contextlib.contextmanager
    def listening_to_signals(self) -> Iterator[None]:
        def request_stop(*_: object) -> None:
            self.stop_requests += 1

        before = {number: signal.signal(number, request_stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _start(self, child: Child) -> None:
        child.process, child.started_at, child.restart_at = child.start(), time.monotonic(), None
        assert child.process.stdout is not None
        os.set_blocking(child.process.stdout.fileno(), False)
        self.selector.register(child.process.stdout, selectors.EVENT_READ, child)

    def _look_after(self, child: Child, now: float) -> None:
        if child.restart_at is not None:
            if now >= child.restart_at:
                self._start(child)
        elif child.process is not None and child.process.poll() is not None:
            self._plan_restart(child, child.process.returncode, now)

    def _plan_restart(self, child: Child, code: int, now: float) -> None:
        assert child.process is not None
        _sweep_group(child.process.pid)
        self._drain(child)
        child.crashes = 1 if now - child.started_at > STEADY_SECONDS else child.crashes + 1
        wait = back_off_seconds(child.crashes)
        child.restart_at = now + wait
        self.say(f"{child.name} ended ({_how(code)}); again in {wait:g} s")

    def _wait_for(self, batch: Sequence[Child]) -> None:
        requests_before = self.stop_requests
        deadline = time.monotonic() + max((child.grace_seconds for child in batch), default=0.0)
        while any(child.process and child.process.poll() is None for child in batch):
            for key, _ in self.selector.select(TICK_SECONDS):
                self._read(key.fileobj, key.data)  # type: ignore[arg-type]
            if time.monotonic() > deadline or self.stop_requests > max(1, requests_before):
                break
        for child in batch:
            if child.process:
                processes.end(child.process, signal.SIGKILL, 1.0)
                _sweep_group(child.process.pid)
                self._drain(child)

    def _read(self, pipe: IO[bytes], child: Child) -> bool:
        data = os.read(pipe.fileno(), READ_OCTETS)
        if not data:
            self.selector.unregister(pipe)
            return False
        *lines, child.rest_of_line = (child.rest_of_line + data).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace").rstrip()
            if text and child.shows(text):
                self.say(f"{child.name} | {text}")
        return True

    def _drain(self, child: Child) -> None:
        pipe = child.process.stdout if child.process else None
        if pipe is None or pipe.closed:
            return
        with contextlib.suppress(BlockingIOError, KeyError):
            while self._read(pipe, child):
                pass
        with contextlib.suppress(KeyError):
            self.selector.unregister(pipe)
        pipe.close()


def _stop_order(children: Sequence[Child]) -> Iterator[list[Child]]:
    """All at once but the database, which the others still write their last words to."""
    others = [child for child in children if child.stop_signal == signal.SIGTERM]
    yield others
    yield [child for child in children if child not in others]


def _sweep_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _how(code: int) -> str:
    if code >= 0:
        return f"code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def say_on_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - this is where the children's lines are shown
