"""Cycles join, in every zone, whatever the clocks there do (G20); worked figures of the rules on time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hotgate.domain import cycles
from hotgate.domain.catalogue import CycleRule, Period, Unit

Wall = tuple[int, ...]
ROME = ZoneInfo("Europe/Rome")
APIA = ZoneInfo("Pacific/Apia")
ZONES = sorted(available_timezones() - {"localtime", "Factory"})
# Clocks that change by half an hour, at midnight, twice around Ramadan, or once by a whole day.
ODD_ZONES = [
    "Australia/Lord_Howe",
    "America/Santiago",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Europe/Dublin",
    "America/Havana",
    "Pacific/Apia",
]
zones = st.one_of(st.sampled_from(ODD_ZONES), st.sampled_from(ZONES)).map(ZoneInfo)
periods = st.sampled_from(Period)


def wall(*when: int) -> datetime:
    return datetime(*when)  # type: ignore[arg-type]  # noqa: DTZ001


instants = st.datetimes(wall(2015, 1, 1), wall(2040, 12, 31), timezones=st.just(UTC))


def local(zone: ZoneInfo, *when: int, fold: int = 0) -> datetime:
    return datetime(*when, fold=fold, tzinfo=zone).astimezone(UTC)  # type: ignore[arg-type, misc]


def shown(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def days_of(zone: ZoneInfo, starts: list[datetime]) -> list[date]:
    return [instant.astimezone(zone).date() for instant in starts]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Rome", (2026, 3, 29), 23),
        ("Europe/Rome", (2026, 10, 25), 25),
        ("America/New_York", (2026, 3, 8), 23),
        ("America/New_York", (2026, 11, 1), 25),
        ("Australia/Lord_Howe", (2026, 4, 5), 24.5),
        ("Australia/Lord_Howe", (2026, 10, 4), 23.5),
        ("Africa/Casablanca", (2026, 2, 15), 25),
        ("Africa/Casablanca", (2026, 3, 22), 23),
        ("America/Santiago", (2026, 9, 6), 23),
        ("Africa/Cairo", (2026, 4, 24), 23),
        ("Asia/Beirut", (2026, 3, 29), 23),
    ],
)
def test_a_calendar_day_is_as_long_as_its_clock_says(zone: str, day: Wall, hours: float) -> None:
    where = ZoneInfo(zone)
    noon = local(where, *day, 12)
    cycle = cycles.cycle_containing(CycleRule(Period.DAY, calendar=True), noon, where, noon)
    assert cycle.ends_at - cycle.starts_at == timedelta(hours=hours)
    assert cycles.end_of_day(noon, where) == cycle.ends_at


@pytest.mark.parametrize(
    ("month", "hours"), [((2026, 10), 745), ((2026, 3), 743), ((2026, 2), 672)], ids=["Oct", "Mar", "Feb"]
)
def test_a_month_in_rome(month: Wall, hours: int) -> None:
    anchor, instant = local(ROME, *month, 7), local(ROME, *month, 20)
    cycle = cycles.cycle_containing(CycleRule(Period.MONTH), anchor, ROME, instant)
    assert cycle.ends_at - cycle.starts_at == timedelta(hours=hours)


@pytest.mark.parametrize(("zone", "day"), [("America/Santiago", (2026, 9, 6)), ("Africa/Cairo", (2026, 4, 24))])
def test_a_day_without_midnight_starts_at_one(zone: str, day: Wall) -> None:
    where = ZoneInfo(zone)
    start = cycles.first_instant(wall(*day), where)
    assert start.astimezone(where).replace(tzinfo=None) == wall(*day, 1)
    assert start == cycles.last_instant(wall(*day), where)


def test_a_doubled_midnight_starts_the_day_first_and_ends_the_one_before_last() -> None:
    havana = ZoneInfo("America/Havana")  # 1 November 2026: at 01:00 back to 00:00
    first, second = local(havana, 2026, 11, 1), local(havana, 2026, 11, 1, fold=1)
    assert second - first == timedelta(hours=1)
    assert cycles.first_instant(wall(2026, 11, 1), havana) == first
    assert cycles.end_of_day(local(havana, 2026, 10, 31, 12), havana) == second


class TestMonths:
    """EN-32, EN-33, EN-A12: always from the first to the last day."""

    def test_bought_on_20_june_the_first_cycle_ends_with_june(self) -> None:
        bought = local(ROME, 2026, 6, 20, 15)
        cycle = cycles.cycle_containing(CycleRule(Period.MONTH), bought, ROME, bought)
        assert cycle == (0, local(ROME, 2026, 6, 1), local(ROME, 2026, 7, 1))

    def test_three_cycles_from_20_june_end_with_august(self) -> None:
        end = cycles.end_of_life(CycleRule(Period.MONTH, 3), 3, local(ROME, 2026, 6, 20, 15), ROME)
        assert end == local(ROME, 2026, 9, 1)

    def test_without_a_count_there_is_no_end(self) -> None:
        assert cycles.end_of_life(CycleRule(Period.MONTH, None), None, local(ROME, 2026, 6, 20), ROME) is None


@pytest.mark.parametrize(
    ("period", "anchor", "instant", "starts", "ends", "number"),
    [
        (Period.DAY, (2026, 3, 28, 12), (2026, 3, 29, 11, 59), (2026, 3, 28, 12), (2026, 3, 29, 12), 0),
        (Period.DAY, (2026, 3, 28, 12), (2026, 3, 29, 12), (2026, 3, 29, 12), (2026, 3, 30, 12), 1),
        (Period.DAY, (2026, 3, 27, 2, 30), (2026, 3, 29, 12), (2026, 3, 29, 3), (2026, 3, 30, 2, 30), 2),
        (Period.DAY, (2026, 3, 28, 12), (2026, 3, 28, 11), (2026, 3, 27, 12), (2026, 3, 28, 12), -1),
        (Period.WEEK, (2026, 10, 21, 9), (2026, 10, 28, 8), (2026, 10, 21, 9), (2026, 10, 28, 9), 0),
        (Period.YEAR, (2024, 2, 29, 9), (2025, 6, 1), (2025, 2, 28, 9), (2026, 2, 28, 9), 1),
        (Period.YEAR, (2024, 2, 29, 9), (2032, 6, 1), (2032, 2, 29, 9), (2033, 2, 28, 9), 8),
    ],
    ids=["EN-A11 day", "EN-A11 border", "in a gap", "before", "EN-A11 week", "year", "leap year again"],
)
def test_EN_32_EN_A11_anchored_cycles_keep_the_local_time(
    period: Period, anchor: Wall, instant: Wall, starts: Wall, ends: Wall, number: int
) -> None:
    cycle = cycles.cycle_containing(CycleRule(period), local(ROME, *anchor), ROME, local(ROME, *instant))
    assert cycle == (number, local(ROME, *starts), local(ROME, *ends))


@pytest.mark.parametrize(
    ("period", "starts", "ends"),
    [
        (Period.DAY, (2026, 6, 17), (2026, 6, 18)),
        (Period.WEEK, (2026, 6, 15), (2026, 6, 22)),
        (Period.MONTH, (2026, 6, 1), (2026, 7, 1)),
        (Period.YEAR, (2026, 1, 1), (2027, 1, 1)),
    ],
)
def test_EN_32_calendar_cycles_begin_at_midnight_monday_the_first(period: Period, starts: Wall, ends: Wall) -> None:
    at = local(ROME, 2026, 6, 17, 18, 30)
    cycle = cycles.cycle_containing(CycleRule(period, calendar=True), at, ROME, at)
    assert cycle == (0, local(ROME, *starts), local(ROME, *ends))


@pytest.mark.parametrize(
    ("start", "amount", "unit", "end"),
    [
        ((2026, 3, 28, 12), 24, Unit.HOUR, (2026, 3, 29, 13)),
        ((2026, 3, 28, 12), 1, Unit.DAY, (2026, 3, 29, 12)),
        ((2026, 3, 28, 12), 90, Unit.MINUTE, (2026, 3, 28, 13, 30)),
        ((2026, 3, 28, 2, 30), 1, Unit.DAY, (2026, 3, 29, 3)),
        ((2026, 10, 20, 9), 1, Unit.WEEK, (2026, 10, 27, 9)),
        ((2026, 1, 31, 9), 1, Unit.MONTH, (2026, 2, 28, 9)),
        ((2026, 1, 31, 9), 2, Unit.MONTH, (2026, 3, 31, 9)),
        ((2026, 1, 31, 9), 3, Unit.MONTH, (2026, 4, 30, 9)),
        ((2026, 11, 30, 9), 3, Unit.MONTH, (2027, 2, 28, 9)),
        ((2026, 1, 31, 9), 0, Unit.MONTH, (2026, 1, 31, 9)),
    ],
)
def test_add(start: Wall, amount: int, unit: Unit, end: Wall) -> None:
    """EN-23, EN-A18: elapsed minutes and hours, calendar days and months; 31 Jan, 28 Feb, 31 Mar, 30 Apr."""
    assert cycles.add(local(ROME, *start), amount, unit, ROME) == local(ROME, *end)


def test_a_day_that_ends_in_the_doubled_hour_ends_in_the_second() -> None:
    end = cycles.add(local(ROME, 2026, 10, 24, 2, 30), 1, Unit.DAY, ROME)
    assert end == local(ROME, 2026, 10, 25, 2, 30, fold=1)


def test_the_anchor_in_the_second_of_two_hours_starts_its_cycle_there() -> None:
    anchor = local(ROME, 2026, 10, 25, 2, 30, fold=1)
    assert cycles.cycle_containing(CycleRule(Period.DAY), anchor, ROME, anchor).starts_at == anchor


def test_borders_between_are_strictly_inside() -> None:
    rule, anchor = CycleRule(Period.DAY, calendar=True), local(ROME, 2026, 6, 1)
    found = cycles.borders_between(rule, anchor, ROME, local(ROME, 2026, 6, 1), local(ROME, 2026, 6, 4))
    assert found == [local(ROME, 2026, 6, 2), local(ROME, 2026, 6, 3)]


@given(periods, st.booleans(), zones, instants, instants)
@example(Period.DAY, True, APIA, datetime(2011, 12, 1, tzinfo=UTC), datetime(2011, 12, 30, 9, tzinfo=UTC))
def test_g20_cycles_join(period: Period, calendar: bool, zone: ZoneInfo, anchor: datetime, instant: datetime) -> None:
    """G20 in short."""
    rule = CycleRule(period, None, calendar)
    cycle = cycles.cycle_containing(rule, anchor, zone, instant)
    assert cycle.starts_at <= instant < cycle.ends_at
    after = cycles.next_cycle(rule, anchor, zone, cycle)
    assert after.starts_at == cycle.ends_at
    assert cycles.cycle_containing(rule, anchor, zone, cycle.starts_at) == cycle
    assert cycles.cycle_containing(rule, anchor, zone, cycle.ends_at) == after
    assert cycles.cycle_containing(rule, anchor, zone, cycle.ends_at - timedelta(microseconds=1)) == cycle
    assert cycles.end_of_life(rule, cycle.number + 1, anchor, zone) == cycle.ends_at


@given(periods, st.booleans(), zones, instants)
def test_g20_the_anchor_lies_in_cycle_zero(period: Period, calendar: bool, zone: ZoneInfo, anchor: datetime) -> None:
    cycle = cycles.cycle_containing(CycleRule(period, 1, calendar), anchor, zone, anchor)
    assert cycle.number == 0
    if not calendar and period is not Period.MONTH:
        assert cycle.starts_at == anchor


@given(zones, st.dates(date(2015, 1, 1), date(2039, 12, 31)))
def test_g20_calendar_days_are_the_dates(zone: ZoneInfo, day: date) -> None:
    rule, anchor = CycleRule(Period.DAY, None, calendar=True), local(zone, day.year, day.month, day.day, 12)
    end = cycles.add(anchor, 20, Unit.DAY, zone)
    borders = cycles.borders_between(rule, anchor, zone, anchor, end)
    assert days_of(zone, borders) == [day + timedelta(days=n) for n in range(1, 21)]


@given(zones, instants, st.integers(1, 400))
def test_g20_months_never_drift(zone: ZoneInfo, anchor: datetime, months: int) -> None:
    end = cycles.add(anchor, months, Unit.MONTH, zone).astimezone(zone)
    start = anchor.astimezone(zone)
    assert (end.year - start.year) * 12 + end.month - start.month == months
    assert end.day == start.day or (end + timedelta(days=1)).day == 1 or end.day == start.day + 1


@given(zones, st.datetimes(wall(2015, 1, 1), wall(2040, 1, 1)))
def test_wall_clocks_come_back_unless_skipped(zone: ZoneInfo, asked: datetime) -> None:
    first, last = cycles.first_instant(asked, zone), cycles.last_instant(asked, zone)
    if shown(first, zone) == asked:
        assert first <= last
        assert shown(last, zone) == asked
    else:
        assert first == last
        assert shown(first - timedelta(microseconds=1), zone) < asked < shown(first, zone)
