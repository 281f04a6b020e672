"""The life of a NAS: boots, sessions whose ids come again, clocks that lie, counters that wrap; and the truth about it.

A life is a list of requests in the order in which they reach the server, with copies, permuted and up to a week late.
The truth is written down while the life is made up, and knows nothing of how the server counts.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from faults.fleet import INTERIM, MB, START, STOP, number
from hotgate.radius import attributes as attr
from hotgate.radius.packet import attribute, text

ON, OFF = 7, 8
DAY = 86_400
CLOCKS = {"right": 0, "a day ahead": 26 * 3600, "a day behind": -26 * 3600, "in 1970": None}
Request = Callable[[], bytes]  # the attributes, made when they are sent: Acct-Delay-Time says how late that is


@dataclass
class Truth:
    """One session as it really was."""

    session_id: str
    guest: int
    began: int
    seconds: int = 0
    octets_in: int = 0
    octets_out: int = 0
    is_ended: bool = False


@dataclass
class Life:
    """What a NAS sends, and what is true in the end."""

    lacks_gigawords: bool
    clock: str
    requests: list[Request] = field(default_factory=list)
    sessions: list[Truth] = field(default_factory=list)


class Nas:
    """Makes up one life. Everything is drawn from `dice`, so that a seed gives it again."""

    def __init__(self, dice: random.Random, guests: int) -> None:
        self.dice = dice
        self.guests = guests
        self.life = Life(dice.random() < 0.25, dice.choices(list(CLOCKS), weights=[6, 1, 1, 1])[0])
        # a NAS without a right clock says how late it is; one with, sometimes
        self.tells_delay = self.life.clock != "right" or dice.random() < 0.3

    def live(self) -> Life:
        began = int(time.time()) - self.dice.randint(5 * DAY, 6 * DAY)
        for _ in range(self.dice.randint(1, 3)):
            began = self.boot(began) + self.dice.randint(200, 4000)
        return self.life

    def boot(self, booted_at: int) -> int:
        """From one start of the NAS to its next; the time of its end. What ran at the start before is over."""
        told = self.dice.choices(["", "on", "twice", "late"], weights=[2, 4, 2, 2])[0]
        if told:
            self.end_open_sessions()
        ons = [self.reboot(ON, booted_at)] * {"": 0, "twice": 2}.get(told, 1)
        records, ends = [], booted_at
        for number_of_id in range(self.dice.randint(3, 8)):
            told_by, end = self.session(f"{number_of_id:08x}", booted_at + self.dice.randint(60, 3000))
            records += told_by
            ends = max(ends, end)
        records = [r for r in records for _ in range(self.dice.choice([1, 1, 1, 2, 5]))]
        self.dice.shuffle(records)
        at = self.dice.randint(0, len(records)) if told == "late" else 0
        self.life.requests += records[:at] + ons + records[at:]
        return ends

    def end_open_sessions(self) -> None:
        for each in self.life.sessions:
            each.is_ended = True

    def session(self, session_id: str, began: int) -> tuple[list[Request], int]:
        truth = Truth(session_id, self.dice.randrange(self.guests), began)
        self.life.sessions.append(truth)
        requests = [self.record(truth, START)]
        for step in range(steps := self.dice.randint(1, 5)):
            truth.seconds += self.dice.choice([60, 300, 600])
            # less than one wrap between two readings, which is all that can be counted without Gigawords
            truth.octets_in += self.dice.randint(0, 4000) * MB
            truth.octets_out += self.dice.randint(1, 4000) * MB
            is_last = step == steps - 1
            truth.is_ended = is_last and self.dice.random() < 0.8
            requests.append(self.record(truth, STOP if truth.is_ended else INTERIM))
        return requests, began + truth.seconds

    def record(self, truth: Truth, status: int) -> Request:
        octets = number(attr.ACCT_STATUS_TYPE, status) + attribute(attr.ACCT_SESSION_ID, text(truth.session_id))
        octets += attribute(attr.USER_NAME, text(f"guest{truth.guest}"))
        octets += attribute(attr.CALLING_STATION_ID, text(f"{truth.session_id}-{truth.began}"))
        octets += number(attr.ACCT_SESSION_TIME, truth.seconds)
        for value, low, high in (
            (truth.octets_in, attr.ACCT_INPUT_OCTETS, attr.ACCT_INPUT_GIGAWORDS),
            (truth.octets_out, attr.ACCT_OUTPUT_OCTETS, attr.ACCT_OUTPUT_GIGAWORDS),
        ):
            octets += number(low, value & 0xFFFFFFFF)
            octets += b"" if self.life.lacks_gigawords else number(high, value >> 32)
        return self.timed(octets, truth.began + truth.seconds)

    def reboot(self, status: int, at: int) -> Request:
        return self.timed(number(attr.ACCT_STATUS_TYPE, status), at)

    def timed(self, octets: bytes, event_at: int) -> Request:
        shift = CLOCKS[self.life.clock]
        stamp = event_at % 1000 if shift is None else event_at + shift
        octets += number(attr.EVENT_TIMESTAMP, stamp)
        if not self.tells_delay:
            return lambda: octets
        return lambda: octets + number(attr.ACCT_DELAY_TIME, int(time.time()) - event_at)


def lives(seed: int, guests: int, sessions: int) -> Iterator[Life]:
    """As many lives as make so many sessions."""
    dice, made = random.Random(seed), 0
    while made < sessions:
        life = Nas(dice, guests).live()
        made += len(life.sessions)
        yield life
