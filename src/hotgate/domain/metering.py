"""From counters as a NAS reports them to use between two instants.

Counters are cumulative since the start of a session (B5) and merge by the greatest (B7). Octets `in` come
from the client, `out` go to it (RFC 2866 §5.3). Nothing here is ever negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby, pairwise
from typing import NamedTuple

from hotgate.domain.catalogue import Direction, Measure

WRAP = 1 << 32
LINE_BPS = 1_000_000_000  # assumed where nobody knows how fast a line is
MICROSECOND = timedelta(microseconds=1)
EPOCH_TOLERANCE = timedelta(seconds=30)


class Point(NamedTuple):
    """What the counters of a session read at one instant."""

    at: datetime
    seconds: int
    octets_in: int
    octets_out: int


class Stretch(NamedTuple):
    """Use between two instants."""

    starts_at: datetime
    ends_at: datetime
    seconds: int
    octets_in: int
    octets_out: int


class Unwrapped(NamedTuple):
    octets_in: int
    octets_out: int
    unsure: bool  # the true counters may be others: show it to staff, don't bill it silently (G4)


def stretch_between(a: Point, b: Point) -> Stretch:
    """What was used from reading `a` to the later reading `b`; a counter that fell counts nothing."""
    return Stretch(
        a.at,
        max(a.at, b.at),
        max(b.seconds - a.seconds, 0),
        max(b.octets_in - a.octets_in, 0),
        max(b.octets_out - a.octets_out, 0),
    )


def split_at(stretch: Stretch, borders: Iterable[datetime]) -> list[Stretch]:
    """The stretch in pieces, cut at those borders that lie inside it, with shares linear in time.

    The sums of the pieces are exactly the whole: shares are differences of rounded-down running totals.
    """
    cuts = sorted({b for b in borders if stretch.starts_at < b < stretch.ends_at})
    if not cuts:
        return [stretch]
    points = [_point_inside(stretch, cut) for cut in (stretch.starts_at, *cuts, stretch.ends_at)]
    return [stretch_between(a, b) for a, b in pairwise(points)]


def total_octets(low32: int, gigawords: int) -> int:
    """The counter of which a NAS sends the low 32 bits and the number of its wraps (B6)."""
    return (gigawords << 32) + low32


def unwrap(raw_points: Sequence[tuple[int, int, int]], line_bps: int = LINE_BPS) -> Unwrapped:
    """Both totals of a NAS without Gigawords from all its readings (session seconds, in, out), in any order.

    A reading below the one before means one wrap. It is unsure where, at `line_bps`, one more would have had
    time; where even one had none, the counter fell for another reason, and that step counts nothing.
    """
    readings_in, unsure_in = _unwrap_counter([(seconds, low) for seconds, low, _ in raw_points], line_bps)
    readings_out, unsure_out = _unwrap_counter([(seconds, low) for seconds, _, low in raw_points], line_bps)
    return Unwrapped(
        max(readings_in.values(), default=0), max(readings_out.values(), default=0), unsure_in or unsure_out
    )


def unwrapped_readings(
    raw_points: Sequence[tuple[int, int, int]], line_bps: int = LINE_BPS
) -> list[tuple[int, int, int]]:
    """The same readings by session time, with the totals of both counters at each."""
    readings_in, _ = _unwrap_counter([(seconds, low) for seconds, low, _ in raw_points], line_bps)
    readings_out, _ = _unwrap_counter([(seconds, low) for seconds, _, low in raw_points], line_bps)
    return [(seconds, total, readings_out[seconds]) for seconds, total in readings_in.items()]


def start_epoch(event_at: datetime, session_seconds: int) -> datetime:
    """When the session that reports this began, by the NAS's own count (B10)."""
    return event_at - timedelta(seconds=session_seconds)


def same_epoch(a: datetime, b: datetime) -> bool:
    """May two starts be of the same session? A NAS reuses its session ids after a reboot (B10)."""
    return abs(a - b) <= EPOCH_TOLERANCE


def counted(stretch: Stretch, measure: Measure, direction: Direction) -> int:
    """The seconds or octets of the stretch that a plan counts; 0 where it counts nothing."""
    if measure is Measure.TIME:
        return stretch.seconds
    if measure is Measure.NONE:
        return 0
    if direction is Direction.DOWNLOAD:
        return stretch.octets_out
    return stretch.octets_in + (stretch.octets_out if direction is Direction.BOTH else 0)


def _point_inside(stretch: Stretch, at: datetime) -> Point:
    part, whole = (
        (at - stretch.starts_at) // MICROSECOND,
        (stretch.ends_at - stretch.starts_at) // MICROSECOND,
    )
    return Point(
        at,
        stretch.seconds * part // whole,
        stretch.octets_in * part // whole,
        stretch.octets_out * part // whole,
    )


def _unwrap_counter(readings: Sequence[tuple[int, int]], line_bps: int) -> tuple[dict[int, int], bool]:
    """Session seconds → total, rising; and whether one of them is unsure."""
    totals: dict[int, int] = {}
    total, unsure, before, before_seconds = 0, False, 0, 0
    for seconds, group in groupby(sorted(readings), key=lambda reading: reading[0]):
        low = _latest(before, [low for _, low in group])
        step = (low - before) % WRAP
        # Sessions are counted in whole seconds, and both ends are rounded.
        possible = (seconds - before_seconds + 2) * line_bps // 8
        if step > possible:
            step, unsure = 0, True
        elif step + WRAP <= possible:
            unsure = True
        totals[seconds] = total = total + step
        before, before_seconds = low, seconds
    return totals, unsure


def _latest(before: int, lows: Sequence[int]) -> int:
    """Of several readings in the same second, the one furthest on from the reading before."""
    return max(lows, key=lambda low: (low - before) % WRAP)
