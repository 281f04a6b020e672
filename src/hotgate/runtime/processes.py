"""Child processes that end with their parent, and strangers that are recognised before they are stopped."""

import ctypes
import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.05


def dies_with_parent(death_signal: int) -> Callable[[], None] | None:
    """A preexec_fn: the kernel sends `death_signal` to the child when the thread that started it ends.

    Only Linux can do this; elsewhere children of a killed supervisor are found by their pid files.
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def in_child() -> None:
        libc.prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # it ended before the line above
            os._exit(1)

    return in_child


def command_line(pid: int) -> str:
    """Empty when there is no such process."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        if pathlib.Path("/proc/self").exists():
            return ""
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip()


def stop_stranger(pid: int, marks: tuple[str, ...], first_signal: int, grace_seconds: float) -> bool:
    """Stop a process that a pid file names, if its command line carries all `marks`. False: not ours."""
    if not _is_ours(pid, marks):
        return False
    for step in (first_signal, signal.SIGKILL):
        if not _send(pid, step) or _gone_within(pid, marks, grace_seconds):
            return True
    return True


def stop_marked(mark: str, grace_seconds: float) -> list[int]:
    """Stop processes that carry `mark`, a NAME=value, in their environment: children of a killed supervisor.

    A worker process of the web server does not name Hotgate in its command line, so that is not asked.
    """
    left = [pid for pid in _all_pids() if pid != os.getpid() and _carries(pid, mark)]
    for pid in left:
        _send(pid, signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    while any(_carries(pid, mark) for pid in left) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    for pid in left:
        if _carries(pid, mark):
            _send(pid, signal.SIGKILL)
    return left


def end(process: subprocess.Popen[bytes], first_signal: int, grace_seconds: float) -> int:
    """Ask a child to end, insist after the grace; its return code."""
    if process.poll() is None:
        process.send_signal(first_signal)
    try:
        return process.wait(grace_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def _is_ours(pid: int, marks: tuple[str, ...]) -> bool:
    line = command_line(pid)
    return bool(line) and all(mark in line for mark in marks)


def _all_pids() -> list[int]:
    proc = pathlib.Path("/proc")
    return [int(entry.name) for entry in proc.iterdir() if entry.name.isdecimal()] if proc.exists() else []


def _carries(pid: int, mark: str) -> bool:
    try:
        return os.fsencode(mark) in pathlib.Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _send(pid: int, number: int) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def _gone_within(pid: int, marks: tuple[str, ...], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _is_ours(pid, marks):
            return True
        time.sleep(POLL_SECONDS)
    return False
