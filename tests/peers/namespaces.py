"""Network namespaces and the programs in them: made here, ended by their own process ids, removed afterwards."""

from __future__ import annotations

import itertools
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

_numbers = itertools.count(1)
SECONDS = 20.0


class PeerFailed(Exception):
    """A program did not do what the test waits for; its output is the message."""


def run(*command: str, seconds: float = SECONDS, text: str | None = None) -> str:
    """Output of a command that has to succeed."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode:
        raise PeerFailed(f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def wait_for(ready: Callable[[], object], seconds: float = SECONDS) -> bool:
    """Whether it came true in time."""
    ends_at = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > ends_at:
            return False
        time.sleep(0.05)
    return True


class Program:
    """A program in the foreground, its output in a file."""

    def __init__(self, name: str, command: list[str], log: Path, environ: Mapping[str, str]) -> None:
        self.name = name
        self.log = log
        with log.open("w") as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, env=dict(environ)
            )

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def say(self, line: str) -> None:
        """One line on its standard input."""
        assert self.process.stdin is not None
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def wait_for(self, words: str, seconds: float = SECONDS) -> None:
        if not wait_for(lambda: words in self.output() or self.process.poll() is not None, seconds):
            raise PeerFailed(f"{self.name} never said {words!r}:\n{self.output()[-9000:]}")
        if words not in self.output():
            raise PeerFailed(f"{self.name} ended before it said {words!r}:\n{self.output()[-9000:]}")

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


class Namespace:
    """One network namespace with its loopback up."""

    def __init__(self, folder: Path) -> None:
        self.name = f"hotgate-{os.getpid()}-{next(_numbers)}"
        self.folder = folder
        self.programs: list[Program] = []
        run("ip", "netns", "add", self.name)
        self.run("ip", "link", "set", "lo", "up")

    def run(self, *command: str, seconds: float = SECONDS, text: str | None = None) -> str:
        """A command in this namespace that has to succeed."""
        return run("ip", "netns", "exec", self.name, *command, seconds=seconds, text=text)

    def start(self, *command: str, environ: Mapping[str, str] | None = None) -> Program:
        """A program in this namespace. `ip netns exec` becomes it, so its process id is the program's own."""
        name = Path(command[0]).name
        log = self.folder / f"{name}-{len(self.programs)}.log"
        started = Program(name, ["ip", "netns", "exec", self.name, *command], log, environ or os.environ)
        self.programs.append(started)
        return started

    def join(self, other: Namespace, here: str, there: str) -> None:
        """A cable between the two, its ends named so; both are up."""
        self.run("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", other.name)
        self.run("ip", "link", "set", here, "up")
        other.run("ip", "link", "set", there, "up")

    def close(self) -> None:
        for program in reversed(self.programs):
            program.end()
        run("ip", "netns", "del", self.name)
