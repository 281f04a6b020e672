"""Accounting that is acknowledged first and booked a moment later, so that a busy server books many records at once.

`Pipeline` writes such a batch down, sealed, in one row, and answers once that row is durable: as good a promise as one
for records that are booked. A `booker.Booker` books what waits, oldest first. While little comes in nothing is
deferred, and what is answered is booked.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Final, NamedTuple

from hotgate import vault

if TYPE_CHECKING:
    from hotgate.aaa.pipeline import Entry

DEFERRED_FROM: Final = 8  # records in a batch; a smaller one is booked at once
BUSY_FROM: Final = 50.0  # records of late (`Pace`), some 140 a second: then the smallest batch is deferred
HALF_LIFE_SECONDS: Final = 0.25
GATHERED: Final = 192  # records; for so many a booking does not wait
GATHER_SECONDS: Final = 0.02  # while much comes in
CALM_GATHER_SECONDS: Final = 0.005  # else: a large booking keeps a core for milliseconds, and answers wait for it
RECORDS_MAX: Final = 1024  # that wait; beyond it no more are acknowledged, a tenth of a second's work
CROWDED_FROM: Final = 500.0  # records of late (`Pace`), some 1,400 a second: the processor has enough to do
BOOKED_MAX: Final = 384  # in one transaction; a batch has up to 256
SLOW_SECONDS: Final = 0.06  # of a booking
RECENT: Final = 0.2  # weight of the last one
PAUSE_SECONDS: Final = 60.0  # after a batch could not be written down

_PLACE: Final = b"accounting:backlog"
_FIRST: Final = struct.Struct("!qqdBH")  # operator, NAS, when it came, octets of its source address and of the packet


class Kept(NamedTuple):
    """One record as it is written down."""

    operator_id: int
    nas_id: int
    received_at: float  # seconds since the epoch
    source: str
    packet: bytes


class Deferred(NamedTuple):
    """One batch that was acknowledged."""

    id: int  # of its row
    entries: Sequence[Entry]
    names: frozenset[tuple[int, str]]  # (operator, name key)
    packed: bytes  # as it was written down
    since: float = 0.0  # when it began to wait here


class Pace:
    """How many came of late: each counts half after a quarter of a second."""

    def __init__(self) -> None:
        self._level = 0.0
        self._at = monotonic()

    def add(self, count: int) -> float:
        """How many it is with these."""
        now = monotonic()
        self._level = self._level * 0.5 ** ((now - self._at) / HALF_LIFE_SECONDS) + count
        self._at = now
        return self._level

    @property
    def level(self) -> float:
        """How many it was when the last ones came."""
        return self._level


class Backlog:
    """What waits to be booked by this process. Nothing here waits for the database."""

    def __init__(self) -> None:
        self._waiting: deque[Deferred] = deque()
        self._in_hand: dict[int, Deferred] = {}
        self._records = 0
        self._seconds = 0.0  # that a booking takes, of late
        self._changed = asyncio.Event()
        self._paused_until = 0.0
        self._pace = Pace()
        self.busy = asyncio.Event()  # many came upon one another once: there is work for a process of its own
        self.deferred = 0  # records acknowledged before they were booked, since the start

    def __len__(self) -> int:
        return self._records

    def is_crowded(self) -> bool:
        """Does so much wait and come in that the processor has enough to do?"""
        return self._records > 0 and self.comes_fast

    @property
    def comes_fast(self) -> bool:
        """Did so much come in of late, whether or not it is booked?"""
        return self._pace.level > CROWDED_FROM

    def takes(self, batch: Sequence[Entry]) -> bool:
        """Is it better to answer first? For many at once or one upon the other, and for what comes behind these.

        Not what a NAS says of itself: that is about sessions which have to be stored.
        """
        is_busy = self._pace.add(len(batch)) > BUSY_FROM
        if is_busy:
            self.busy.set()
        if not (is_busy or self._records or len(batch) >= DEFERRED_FROM):
            return False
        return monotonic() >= self._paused_until and not any(entry.is_reboot for entry in batch)

    def put(self, row_id: int, entries: Sequence[Entry], octets: bytes) -> None:
        """A batch that is written down, in these octets, and acknowledged."""
        names = frozenset([entry.name for entry in entries])
        self._waiting.append(Deferred(row_id, entries, names, octets, monotonic()))
        self._records += len(entries)
        self.deferred += len(entries)
        self._tell()

    def pause(self) -> None:
        """It could not be written down: book everything at once for a while."""
        self._paused_until = monotonic() + PAUSE_SECONDS

    def take(self) -> list[Deferred]:
        """The oldest that fit into one transaction, to be booked and `done`, or else to be given back."""
        taken: list[Deferred] = []
        records = 0
        while self._waiting and (not taken or records + len(self._waiting[0].entries) <= BOOKED_MAX):
            taken.append(self._waiting.popleft())
            records += len(taken[-1].entries)
        self._in_hand |= {each.id: each for each in taken}
        return taken

    def give_back(self, taken: Sequence[Deferred]) -> None:
        """They could not be booked now."""
        for each in taken:
            del self._in_hand[each.id]
        self._waiting.extendleft(reversed(taken))

    @property
    def is_much(self) -> bool:
        """Is there more to book than one does, or does that one not come to it, as for somebody's lock?"""
        is_held_up = bool(self._waiting) and monotonic() - self._waiting[0].since > SLOW_SECONDS
        return self.comes_fast or is_held_up or self.is_slow

    @property
    def is_slow(self) -> bool:
        """Do bookings take so long that the database must be reading its disk?"""
        return self._seconds > SLOW_SECONDS

    def done(self, taken: Sequence[Deferred], seconds: float = 0.0) -> None:
        """They are booked, or remain in their rows for later; so long it took."""
        self._seconds += (seconds - self._seconds) * RECENT
        for each in taken:
            del self._in_hand[each.id]
            self._records -= len(each.entries)
        self._tell()

    def ids(self) -> list[int]:
        """The rows that this process has in memory."""
        return [each.id for each in self._all()]

    def concerning(self, names: Iterable[tuple[int, str]]) -> set[int]:
        """The rows in which something of one of these (operator, name key) waits."""
        if not (self._waiting or self._in_hand):
            return set()
        asked = set(names)
        return {each.id for each in self._all() if not asked.isdisjoint(each.names)}

    async def something(self, seconds: float) -> bool:
        """Wait until there is something to book, but no longer than that."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._waiting:
                    await self._change()
        return bool(self._waiting)

    async def enough(self) -> None:
        """Let a few more come: a transaction for one record costs as much as one for twenty."""
        if sum(len(each.entries) for each in self._waiting) < GATHERED:
            await asyncio.sleep(GATHER_SECONDS if self.comes_fast else CALM_GATHER_SECONDS)

    async def room(self) -> None:
        """Wait until more may be acknowledged."""
        while self._records >= RECORDS_MAX:
            await self._change()

    async def settled(self, names: Iterable[tuple[int, str]] | None = None) -> None:
        """Wait until what waits now is booked: all, or what concerns these (operator, name key)."""
        asked = set(self.ids()) if names is None else self.concerning(names)
        while not asked.isdisjoint(self.ids()):
            await self._change()

    def _all(self) -> Iterator[Deferred]:
        yield from self._in_hand.values()
        yield from self._waiting

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def _change(self) -> None:
        await self._changed.wait()


def sealed(keys: vault.Keys, octets: bytes) -> bytes:
    """A packed batch as its row holds it."""
    return vault.seal(keys.network, octets, _PLACE)


def unsealed(keys: vault.Keys, octets: bytes) -> bytes:
    """The packed batch again. Raises VaultError."""
    return vault.unseal(keys.network, octets, _PLACE)


def packed(records: Sequence[Kept]) -> bytes:
    """One after the other: a header, the source address, and the packet as it came."""
    parts: list[bytes] = []
    for operator_id, nas_id, received_at, host, packet in records:
        source = host.encode()
        parts += (_FIRST.pack(operator_id, nas_id, received_at, len(source), len(packet)), source, packet)
    return b"".join(parts)


def unpacked(octets: bytes) -> Iterator[Kept]:
    """Each of them again. Raises struct.error where a server of another version packed them otherwise."""
    at = 0
    while at < len(octets):
        operator_id, nas_id, received_at, source_octets, packet_octets = _FIRST.unpack_from(octets, at)
        at += _FIRST.size
        source = octets[at : at + source_octets].decode()
        at += source_octets
        yield Kept(operator_id, nas_id, received_at, source, octets[at : at + packet_octets])
        at += packet_octets
