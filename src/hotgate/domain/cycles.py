"""Days, weeks, months and years in a site's zone, turned into instants only when they are needed.

Everything is counted from the anchor, never from the cycle before: 31 January, 28 February, 31 March.
A border between two cycles is one instant, the end of one and the start of the next, so cycles join
without gap or overlap.

A local time that doesn't exist (clocks go forward) means the first instant after the gap. One that comes
twice means its first occurrence where something starts, and so for borders, and its second for ends.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hotgate.domain.catalogue import CycleRule, Period, Unit

DAY = timedelta(days=1)
REMEMBERED = 16_384  # anchors, each with the cycle that was asked for last: one login asks for the same one six times


class Cycle(NamedTuple):
    """From `starts_at` up to, but without, `ends_at`; both UTC."""

    number: int  # 0 is the cycle that contains the anchor; earlier ones are negative
    starts_at: datetime
    ends_at: datetime


def cycle_containing(rule: CycleRule, anchor: datetime, zone: ZoneInfo, instant: datetime) -> Cycle:
    """The cycle in which `instant` lies (EN-32, EN-A11). `rule.repeats` doesn't end it: see `end_of_life`."""
    ruler = _ruler(rule, anchor, zone)
    last = ruler.last
    if last is not None and last.starts_at <= instant < last.ends_at:
        return last
    found = ruler.last = ruler.cycle(instant)
    return found


def next_cycle(rule: CycleRule, anchor: datetime, zone: ZoneInfo, cycle: Cycle) -> Cycle:
    """The cycle that starts at the instant at which `cycle` ends."""
    # By its start, not by its number: Samoa had no 30 December 2011, and that day's cycle is empty.
    return cycle_containing(rule, anchor, zone, cycle.ends_at)


def end_of_life(rule: CycleRule, cycles_count: int | None, anchor: datetime, zone: ZoneInfo) -> datetime | None:
    """When the last of `cycles_count` cycles ends; None: never.

    A first month that has already begun counts as a full one: three from 20 June on end with August (EN-A12).
    """
    return None if cycles_count is None else _ruler(rule, anchor, zone).border(cycles_count)


def borders_between(
    rule: CycleRule, anchor: datetime, zone: ZoneInfo, starts_at: datetime, ends_at: datetime
) -> list[datetime]:
    """The cycle borders strictly inside a stretch of time, ascending: where its usage has to be split."""
    borders = []
    cycle = cycle_containing(rule, anchor, zone, starts_at)
    while cycle.ends_at < ends_at:
        borders.append(cycle.ends_at)
        cycle = next_cycle(rule, anchor, zone, cycle)
    return borders


def add(instant: datetime, amount: int, unit: Unit, zone: ZoneInfo) -> datetime:
    """When `amount` units after `instant` have passed, as an end.

    24 hours are 86,400 seconds; one day is the same local time tomorrow. Months are calendar months, clamped
    to the month's last day (EN-23, EN-A18).
    """
    if amount == 0:
        return instant.astimezone(UTC)
    if unit is Unit.MINUTE or unit is Unit.HOUR:
        return instant.astimezone(UTC) + timedelta(minutes=amount if unit is Unit.MINUTE else 60 * amount)
    local = _local(instant, zone)
    if unit is Unit.MONTH:
        return last_instant(_add_months(local, amount), zone)
    return last_instant(local + DAY * (amount if unit is Unit.DAY else 7 * amount), zone)


def end_of_day(instant: datetime, zone: ZoneInfo) -> datetime:
    """The next local midnight; at that instant the day of `instant` is over (EN-A17)."""
    return last_instant(_midnight(_local(instant, zone) + DAY), zone)


def first_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """When (UTC) a clock in `zone` first shows `local` (naive); for a skipped time, the end of the gap."""
    before, after = _offsets(local, zone)
    return _end_of_gap(local, zone, before, after) if after > before else (local - before).replace(tzinfo=UTC)


def last_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """As `first_instant`, but the second occurrence of a local time that comes twice."""
    before, after = _offsets(local, zone)
    return _end_of_gap(local, zone, before, after) if after > before else (local - after).replace(tzinfo=UTC)


class _Ruler:
    """Numbered borders of one rule from one anchor: arithmetic on the wall clock, then one step to UTC."""

    __slots__ = ("anchor", "last", "origin", "period", "zone")

    def __init__(self, rule: CycleRule, anchor: datetime, zone: ZoneInfo) -> None:
        local = _local(anchor, zone)
        calendar = rule.calendar or rule.period is Period.MONTH
        self.period = rule.period
        self.zone = zone
        self.origin = _start_of_period(local, rule.period) if calendar else local
        self.anchor = None if calendar else anchor.astimezone(UTC)
        self.last: Cycle | None = None  # that was asked for

    def cycle(self, instant: datetime) -> Cycle:
        number = self.near(instant)
        starts_at, ends_at = self.border(number), self.border(number + 1)
        # The estimate compares wall clocks: off by one around a clock change or a date that a country skipped.
        while instant < starts_at:
            number, starts_at, ends_at = number - 1, self.border(number - 1), starts_at
        while instant >= ends_at:
            number, starts_at, ends_at = number + 1, ends_at, self.border(number + 2)
        return Cycle(number, starts_at, ends_at)

    def border(self, number: int) -> datetime:
        # The anchor may lie in the second of two equal hours; its wall clock alone would name the first.
        if number == 0 and self.anchor is not None:
            return self.anchor
        return first_instant(self._wall(number), self.zone)

    def near(self, instant: datetime) -> int:
        local = _local(instant, self.zone)
        if self.period is Period.DAY:
            return (local - self.origin).days
        if self.period is Period.WEEK:
            return (local - self.origin).days // 7
        months = (local.year - self.origin.year) * 12 + local.month - self.origin.month
        return months if self.period is Period.MONTH else months // 12

    def _wall(self, number: int) -> datetime:
        if self.period is Period.DAY:
            return self.origin + DAY * number
        if self.period is Period.WEEK:
            return self.origin + DAY * (7 * number)
        return _add_months(self.origin, number if self.period is Period.MONTH else 12 * number)


@lru_cache(maxsize=REMEMBERED)
def _ruler(rule: CycleRule, anchor: datetime, zone: ZoneInfo) -> _Ruler:
    return _Ruler(rule, anchor, zone)


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _midnight(local: datetime) -> datetime:
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _start_of_period(local: datetime, period: Period) -> datetime:
    midnight = _midnight(local)
    if period is Period.DAY:
        return midnight
    if period is Period.WEEK:
        return midnight - DAY * midnight.weekday()
    return midnight.replace(day=1) if period is Period.MONTH else midnight.replace(month=1, day=1)


def _add_months(local: datetime, months: int) -> datetime:
    years, month = divmod(local.month - 1 + months, 12)
    year, month = local.year + years, month + 1
    day = local.day if local.day <= 28 else min(local.day, monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day)


def _offsets(local: datetime, zone: ZoneInfo) -> tuple[timedelta, timedelta]:
    """The offsets from UTC on both sides of a clock change around `local`; equal without one (PEP 495)."""
    before, after = zone.utcoffset(local), zone.utcoffset(local.replace(fold=1))
    if before is None or after is None:  # for the type checker: a ZoneInfo always knows
        raise ValueError(f"no offset in {zone.key}")
    return before, after


def _end_of_gap(local: datetime, zone: ZoneInfo, before: timedelta, after: timedelta) -> datetime:
    """The instant of the clock change that skips `local`; by halving, for zones don't list their changes."""
    early = (local - after).replace(tzinfo=UTC)  # still the old offset
    late = (local - before).replace(tzinfo=UTC)  # already the new one
    while late - early > timedelta(seconds=1):
        middle = early + ((late - early) // timedelta(seconds=2)) * timedelta(seconds=1)
        if middle.astimezone(zone).utcoffset() == before:
            early = middle
        else:
            late = middle
    return late.replace(microsecond=0)
