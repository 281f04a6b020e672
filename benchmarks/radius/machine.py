"""Processes of a benchmark: the C programs, CPU time of a process tree, and the line of JSON that `load` prints."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

HERE = pathlib.Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")


class CannotMeasure(Exception):
    """Something that the benchmark needs is missing or did not start."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: what the load generator says, and CPU seconds of each process tree while it measured."""

    load: dict[str, Any]
    cpu: dict[str, float]

    @property
    def cpu_micro(self) -> dict[str, float]:
        """CPU microseconds per answered request."""
        return {name: seconds * 1e6 / max(1, self.load["requests"]) for name, seconds in self.cpu.items()}


def build(folder: pathlib.Path) -> None:
    """Compile `load` and `echo` into `folder`."""
    if shutil.which("gcc") is None:
        raise CannotMeasure("gcc is missing: apt-get install gcc libc6-dev")
    for name in ("load", "echo"):
        words = ["gcc", "-O2", "-Wall", "-o", str(folder / name), str(HERE / f"{name}.c"), "-lm"]
        subprocess.run(words, check=True)


def run_load(program: pathlib.Path, options: dict[str, Any], trees: dict[str, Sequence[int]]) -> Measured:
    """One run of `load`; the CPU time of `trees` (name → root pids) is read at its two marks."""
    words = [str(program), *(f"--{name}={value}" for name, value in options.items() if value is not None)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    before = after = dict.fromkeys(trees, 0.0)
    said = ""
    for line in process.stderr:
        now = {name: sum(map(cpu_seconds, pids)) for name, pids in trees.items()}
        before, after = (now, after) if line.strip() == "measuring" else (before, now)
        said = line
    output, _ = process.communicate()
    if process.returncode:
        raise CannotMeasure(f"load: {said.strip()}")
    return Measured(json.loads(output), {name: after[name] - before[name] for name in trees})


def cpu_seconds(root: int) -> float:
    """User and system time of a process and all below it, those that ended among them.

    A child's time goes to its parent when it is waited for, so no process is missed and none counted twice.
    """
    return sum(_ticks(pid) for pid in _tree(root)) / TICKS


def _tree(root: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdecimal():
            with contextlib.suppress(OSError):
                children.setdefault(_parent(int(entry)), []).append(int(entry))
    found, left = [], [root]
    while left:
        pid = left.pop()
        found.append(pid)
        left += children.get(pid, [])
    return found


def _fields(pid: int) -> list[str]:
    # The name in brackets may hold spaces.
    return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _parent(pid: int) -> int:
    return int(_fields(pid)[1])


def _ticks(pid: int) -> int:
    try:
        return sum(map(int, _fields(pid)[11:15]))
    except OSError:
        return 0


def memory_octets(root: int) -> int:
    """Resident octets of a tree that no other tree shares."""
    total = 0
    for pid in _tree(root):
        with contextlib.suppress(OSError, StopIteration):
            lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))
    return total


@contextlib.contextmanager
def running(words: list[str], log: pathlib.Path, **settings: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A process for the length of a block: ended by its own pid, and killed if it will not end."""
    with log.open("ab") as out:
        process = subprocess.Popen(words, stdout=out, stderr=subprocess.STDOUT, **settings)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_for_udp(
    port: int, process: subprocess.Popen[bytes], log: pathlib.Path, *, sockets: int = 1, seconds: float = 60
) -> None:
    """Until so many sockets are bound to the port. Raises CannotMeasure when the process ends first.

    The kernel's table is read: a socket bound to try it out would be in the way of the very server.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        if _bound(port) >= sockets:
            return
        time.sleep(0.1)
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-8:])
    raise CannotMeasure(f"fewer than {sockets} listen on port {port}:\n{tail}")


def _bound(port: int) -> int:
    """UDP sockets of IPv4 on this port."""
    lines = pathlib.Path("/proc/net/udp").read_text().splitlines()[1:]
    return sum(line.split()[1].endswith(f":{port:04X}") for line in lines)
