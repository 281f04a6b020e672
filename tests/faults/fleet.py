"""A fleet of NASes in a process of its own, and the oracle: it alone knows what was acknowledged.

`python -m faults.fleet OPTIONS` tells the accounting of many sessions, each a chain of Start, interims and Stop with
one request at a time. It asks again without end, sends some requests twice, and repeats old ones under a new
Identifier. When its standard input ends it begins no further session, finishes the running ones, and prints its truth
as JSON. Each acknowledgement is written down, with its time, before the next request of its chain is sent.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import pathlib
import random
import select
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO

from hotgate.radius import attributes as attr
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.client import Answer, ClientProtocol, NoIdentifier, Sent, Timers
from hotgate.radius.packet import attribute, text, uint32

SECRET = b"a long enough secret for tests"
START, STOP, INTERIM = 1, 2, 3
INTERIMS = 4
INTERIM_SECONDS = 300
PATIENT = Timers(initial=0.4, maximum=0.4, tries=None, seconds=None)
MB = 1_000_000


@dataclass(frozen=True)
class Options:
    """What the fleet is told at its start."""

    address: tuple[str, int]
    journal: str  # a line `time session step` for each acknowledgement
    guests: int = 40
    window: int = 64
    rate: float = 1400.0  # requests per second at most
    sent_twice: float = 0.05
    repeated: float = 0.03
    drain_seconds: float = 60.0
    seed: int = 1
    host: str = "127.0.0.1"


@dataclass
class Chain:
    """One session, and what of it was acknowledged."""

    session_id: str
    guest: int
    began: int
    step: int = 0  # of the record under way: 0 is the Start
    octets: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])

    def attributes(self, step: int, delay: int | None = None) -> bytes:
        octets_in, octets_out = self.octets[step]
        status = START if step == 0 else STOP if step == INTERIMS + 1 else INTERIM
        told = number(attr.ACCT_STATUS_TYPE, status) + attribute(attr.ACCT_SESSION_ID, text(self.session_id))
        told += attribute(attr.USER_NAME, text(f"guest{self.guest}"))
        told += attribute(attr.CALLING_STATION_ID, text(self.session_id))
        told += number(attr.ACCT_SESSION_TIME, step * INTERIM_SECONDS)
        for value, low, high in (
            (octets_in, attr.ACCT_INPUT_OCTETS, attr.ACCT_INPUT_GIGAWORDS),
            (octets_out, attr.ACCT_OUTPUT_OCTETS, attr.ACCT_OUTPUT_GIGAWORDS),
        ):
            told += number(low, value & 0xFFFFFFFF) + number(high, value >> 32)
        told += number(attr.EVENT_TIMESTAMP, self.began + step * INTERIM_SECONDS)
        return told if delay is None else told + number(attr.ACCT_DELAY_TIME, delay)


class Port:
    """One source port of the fleet."""

    def __init__(self, host: str, address: tuple[str, int]) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.setblocking(False)
        self.address = address
        self.protocol = ClientProtocol(ClientKey(SECRET))
        self.chains: dict[int, Chain] = {}  # by Identifier; a repeated request has none

    def send(self, attributes: bytes, chain: Chain | None, copies: int) -> None:
        now = time.monotonic()
        sent = self.protocol.accounting_request(attributes, now)
        sent.timers, sent.wait, sent.due = PATIENT, PATIENT.initial, now + PATIENT.initial
        if chain is not None:
            self.chains[sent.identifier] = chain
        for _ in range(copies):
            self.put(sent)

    def put(self, sent: Sent) -> None:
        # Nobody listens for the moment, or the buffer has no room: the next try comes soon.
        with contextlib.suppress(OSError):
            self.socket.sendto(sent.octets, self.address)

    def acknowledged(self) -> list[Chain | None]:
        """Whose request was answered, by all that has arrived."""
        found: list[Chain | None] = []
        while True:
            try:
                octets = self.socket.recv(4096)
            except BlockingIOError:
                return found
            except OSError:
                continue  # an ICMP error about something sent earlier
            answer = self.protocol.receive_datagram(octets, time.monotonic())
            if isinstance(answer, Answer):
                found.append(self.chains.pop(answer.sent.identifier, None))

    def again(self) -> int:
        due, _ = self.protocol.retransmit(time.monotonic(), random.random())
        for sent in due:
            self.put(sent)
        return len(due)


class Fleet:
    def __init__(self, options: Options, journal: TextIO) -> None:
        self.options = options
        self.journal = journal
        self.dice = random.Random(options.seed)
        self.ports = [Port(options.host, options.address) for _ in range(4)]
        self.done: list[Chain] = []
        self.running: list[Chain] = []
        self.ready: list[Chain] = []
        self.made = self.retransmitted = self.acknowledged = 0
        self.budget, self.filled_at = 0.0, time.monotonic()

    def run(self) -> dict[str, Any]:
        is_ending, ends_at = False, float("inf")
        while (self.running or not is_ending) and time.monotonic() < ends_at:
            if not is_ending and select.select([sys.stdin], [], [], 0)[0]:
                is_ending, ends_at = True, time.monotonic() + self.options.drain_seconds
            while not is_ending and len(self.running) < self.options.window:
                self.begin()
            self.send_ready()
            self.receive()
        return self.truth()

    def begin(self) -> None:
        self.made += 1
        began = int(time.time()) - (INTERIMS + 1) * INTERIM_SECONDS - self.dice.randint(0, 3000)
        guest = self.dice.randrange(self.options.guests)
        chain = Chain(f"{self.options.seed}-{self.made}", guest, began)
        self.running.append(chain)
        self.ready.append(chain)

    def send_ready(self) -> None:
        now = time.monotonic()
        self.budget = min(self.budget + (now - self.filled_at) * self.options.rate, 64.0)
        self.filled_at = now
        while self.ready and self.budget >= 1:
            self.budget -= 1
            chain = self.ready.pop()
            copies = 2 if self.dice.random() < self.options.sent_twice else 1
            self.dice.choice(self.ports).send(chain.attributes(chain.step), chain, copies)

    def receive(self) -> None:
        select.select([port.socket for port in self.ports], [], [], 0.005)
        for port in self.ports:
            for chain in port.acknowledged():
                if chain is not None:
                    self.advance(chain)
            self.retransmitted += port.again()
        self.journal.flush()

    def advance(self, chain: Chain) -> None:
        self.acknowledged += 1
        self.journal.write(f"{time.monotonic():.4f} {chain.session_id} {chain.step}\n")
        if self.dice.random() < self.options.repeated:
            self.repeat(chain)
        if chain.step == INTERIMS + 1:
            self.running.remove(chain)
            self.done.append(chain)
            return
        octets_in, octets_out = chain.octets[-1]
        more = self.dice.randint(1, 900) * MB
        chain.octets.append((octets_in + more, octets_out + 2 * more))
        chain.step += 1
        self.ready.append(chain)

    def repeat(self, chain: Chain) -> None:
        """An old record of this session once more, under a new Identifier, as after a lost answer."""
        step = self.dice.randint(0, chain.step)
        late = int(time.time()) - (chain.began + step * INTERIM_SECONDS)
        with contextlib.suppress(NoIdentifier):
            self.dice.choice(self.ports).send(chain.attributes(step, late), None, 1)

    def truth(self) -> dict[str, Any]:
        """What the server has said it knows."""
        sessions = {
            c.session_id: (c.guest, c.step * INTERIM_SECONDS, *c.octets[-1], len(c.octets) - 1) for c in self.done
        }
        return {
            "sessions": sessions,
            "unfinished": len(self.running),
            "acknowledged": self.acknowledged,
            "retransmitted": self.retransmitted,
        }


class Driven:
    """The fleet as the test sees it: a process that runs until `end`."""

    def __init__(self, options: Options) -> None:
        self.options = options
        words = [sys.executable, "-m", "faults.fleet", json.dumps(asdict(options))]
        tests = pathlib.Path(__file__).parents[1]
        self.process = subprocess.Popen(words, cwd=tests, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def acknowledgements(self) -> list[float]:
        """When each was received, in seconds of the machine's monotonic clock."""
        journal = pathlib.Path(self.options.journal)
        lines = journal.read_text().splitlines(keepends=True) if journal.exists() else []
        return [float(line.partition(" ")[0]) for line in lines if line.endswith("\n")]

    def first_after(self, instant: float, patience_seconds: float) -> float:
        """Seconds from then to the next acknowledgement."""
        ends_at = time.monotonic() + patience_seconds
        while time.monotonic() < ends_at:
            later = [at for at in self.acknowledgements() if at > instant]
            if later:
                return later[0] - instant
            time.sleep(0.1)
        raise AssertionError(f"no acknowledgement within {patience_seconds:g} s")

    def end(self) -> dict[str, Any]:
        """The truth, when every session has been told to its end."""
        output, _ = self.process.communicate("end\n", timeout=self.options.drain_seconds + 30)
        truth: dict[str, Any] = json.loads(output)
        return truth

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def number(kind: int, value: int) -> bytes:
    return attribute(kind, uint32(value))


def longest_silence(acknowledgements: Sequence[float], begins: float, ends: float) -> float:
    """The longest gap between two acknowledgements in that time."""
    inside = [begins, *(at for at in acknowledgements if begins < at < ends), ends]
    return max(b - a for a, b in itertools.pairwise(inside))


def main() -> None:
    told = json.loads(sys.argv[1])
    options = Options(**(told | {"address": tuple(told["address"])}))
    with open(options.journal, "w") as journal:
        print(json.dumps(Fleet(options, journal).run()))  # noqa: T201


if __name__ == "__main__":
    main()
