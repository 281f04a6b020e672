"""Use by day, rolled up from counters: exact, and the same when it is done again. Profiles felt by running sessions."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

import builders
from hotgate.apps.catalogue import profiles as shared
from hotgate.apps.catalogue import services as catalogue
from hotgate.apps.catalogue.drafts import Limits
from hotgate.apps.core import ids
from hotgate.apps.operators.models import AuditEntry
from hotgate.apps.subscribers import profiles
from hotgate.apps.subscribers.models import Subscriber
from hotgate.apps.usage import daily, figures
from hotgate.apps.usage.models import DailyUsage, SessionOrder
from hotgate.domain.errors import DomainError
from world import NOON, World

pytestmark = pytest.mark.django_db

ROME = ZoneInfo("Europe/Rome")
SESSION = """
INSERT INTO access_session (uuid, operator_id, nas_id, acct_session_id, started_at, subscriber_id, last_event_at,
                            last_heard_at, stopped_at, seconds, octets_in, octets_out)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id
"""
POINT = """
INSERT INTO usage (event_at, session_id, operator_id, subscriber_id, seconds, octets_in, octets_out)
VALUES (%s, %s, %s, %s, %s, %s, %s)
"""


def session(world: World, guest: Subscriber, began: datetime, *counters: int, is_over: bool = True) -> int:
    """With a point every hour, each an hour and 10 octets up and 100 down more than the one before."""
    nas = world.nas(address=f"10.{began.month}.{began.day}.{began.hour}")
    end = began + timedelta(hours=counters[-1])
    with connection.cursor() as cursor:
        cursor.execute(
            SESSION,
            [
                ids.uuid7(),
                world.operator.id,
                nas.id,
                "s",
                began,
                guest.id,
                end,
                end,
                end if is_over else None,
                3600 * counters[-1],
                10 * counters[-1],
                100 * counters[-1],
            ],
        )
        [own] = cursor.fetchone()
        for hours in counters:
            at = began + timedelta(hours=hours)
            values = [3600 * hours, 10 * hours, 100 * hours]
            cursor.execute(POINT, [at, own, world.operator.id, guest.id, *values])
    return int(own)


def rows(guest: Subscriber) -> dict[date, tuple[int, int, int]]:
    found = DailyUsage.objects.filter(subscriber_id=guest.id)
    return {row.day: (row.seconds, row.octets_in, row.octets_out) for row in found}


def test_a_session_over_midnight_belongs_to_both_days_of_the_operators_calendar(world: World) -> None:
    guest = world.guest()
    began = datetime(2026, 6, 18, 22, 0, tzinfo=ROME)  # 20:00 UTC: two hours of the 18th, three of the 19th
    session(world, guest, began, 1, 2, 3, 4, 5)
    for _twice in range(2):
        for day in (18, 19, 20):
            daily.roll_up(world.operator, date(2026, 6, day))
    # the point at midnight exactly belongs to the day that begins
    assert rows(guest) == {date(2026, 6, 18): (3600, 10, 100), date(2026, 6, 19): (4 * 3600, 40, 400)}


def test_a_late_record_changes_the_day_it_belongs_to(world: World) -> None:
    guest = world.guest()
    own = session(world, guest, datetime(2026, 6, 18, 9, 0, tzinfo=ROME), 1, 2)
    daily.roll_up(world.operator, date(2026, 6, 18))
    with connection.cursor() as cursor:
        at = datetime(2026, 6, 18, 12, 0, tzinfo=ROME)
        cursor.execute(POINT, [at, own, world.operator.id, guest.id, 3 * 3600, 30, 300])
    daily.roll_up(world.operator, date(2026, 6, 18))
    assert rows(guest)[date(2026, 6, 18)] == (3 * 3600, 30, 300)


def test_HN_W22_a_period_stands_beside_the_equally_long_one_before(world: World) -> None:
    guest = world.guest()
    session(world, guest, NOON - timedelta(days=10), 1, 2)
    session(world, guest, NOON - timedelta(days=2), 1, 2, 3, 4)
    session(world, guest, NOON - timedelta(hours=3), 1, 2, 3, is_over=False)
    for back in range(20):
        daily.roll_up(world.operator, NOON.date() - timedelta(days=back))
    shown = figures.figures(guest, 7, NOON)
    assert len(shown.days) == 7
    assert shown.days[-1] == (NOON.date(), 3 * 3600, 30, 300)  # today as the open session says, without a roll-up
    assert (shown.now.connections, shown.now.octets_out) == (2, 700)
    assert (shown.before.connections, shown.before.octets_out) == (1, 200)


def test_today_counts_only_todays_part_of_a_session_that_runs_for_days(world: World) -> None:
    guest = world.guest()
    session(world, guest, datetime(2026, 6, 19, 22, 0, tzinfo=ROME), 1, 5, 14, is_over=False)
    shown = figures.figures(guest, 7, NOON)
    assert shown.days[-1].seconds == 13 * 3600


@pytest.mark.parametrize("days", [7, 30, 90])
@pytest.mark.parametrize("seed", range(3))
def test_HN_13_the_sums_of_a_period_are_those_of_the_counters(world: World, days: int, seed: int) -> None:
    """Of sessions over midnight, at the ends of both periods, and one that runs; against points added one by one."""
    guest, dice = world.guest(), random.Random(f"{days} {seed}")
    today = datetime.combine(NOON.astimezone(ROME).date(), time(), ROME)
    began = sorted({today - timedelta(hours=dice.randrange(3, 2 * days * 24)) for _each in range(5)})
    lasted = [dice.randrange(1, 9) for _each in began]
    for start, hours in zip(began, lasted, strict=True):
        hourly = list(range(1, hours + 1))
        session(world, guest, start, *hourly)
    session(world, guest, NOON - timedelta(hours=2), 1, 2, is_over=False)
    for back in range(2 * days + 1):
        daily.roll_up(world.operator, (today - timedelta(days=back)).date())
    points = [start + timedelta(hours=n + 1) for start, hours in zip(began, lasted, strict=True) for n in range(hours)]
    points += [NOON - timedelta(hours=1), NOON]
    first, before = today - timedelta(days=days - 1), today - timedelta(days=2 * days - 1)
    first, before = (datetime.combine(each.date(), time(), ROME) for each in (first, before))
    shown = figures.figures(guest, days, NOON)
    now, earlier = [at for at in points if at >= first], [at for at in points if before <= at < first]
    assert (shown.now.seconds, shown.now.octets_in) == (3600 * len(now), 10 * len(now))
    assert (shown.before.seconds, shown.before.octets_out) == (3600 * len(earlier), 100 * len(earlier))
    assert shown.now.connections == 1 + sum(start >= first for start in began)
    assert shown.before.connections == sum(before <= start < first for start in began)
    by_day = Counter(at.astimezone(ROME).date() for at in now)
    assert {each.day: each.seconds // 3600 for each in shown.days if each.seconds} == by_day


def test_HN_A1_sold_is_told_by_gateway(world: World) -> None:
    from hotgate.apps.subscribers import recharge

    guest, plan = world.guest(), world.plan()
    recharge.recharge_subscriber(by=world.by, now=NOON, subscriber=guest, plan=plan)
    session(world, guest, NOON - timedelta(hours=1), 1)
    for _each in range(2):
        recharge.recharge_subscriber(by=world.by, now=NOON, subscriber=guest, plan=plan)
    sold = figures.figures(guest, 7, NOON).sold
    assert [(each.nas_id is None, each.number, each.amount_minor) for each in sold] == [(False, 2, 400), (True, 1, 200)]


# -- service profiles ----------------------------------------------------------------------------------------------


def test_HN_W11_HN_W12_a_change_of_a_shared_profile_reaches_running_sessions(world: World) -> None:
    profile = shared.create_profile(
        by=world.by, now=NOON, operator=world.operator, name="Gold", limits=Limits(download_bps=10**7)
    )
    plan = catalogue.publish_plan(
        by=world.by, now=NOON, operator=world.operator, draft=builders.plan_draft(), profile=profile
    )
    other = world.plan(name="Other")
    guest, stranger = world.guest(), world.guest("stranger")
    world.entitlement(guest, plan)
    world.entitlement(stranger, other)
    own = session(world, guest, NOON - timedelta(hours=1), 1, is_over=False)
    session(world, stranger, NOON - timedelta(hours=2), 1, 2, is_over=False)
    SessionOrder.objects.all().delete()
    told = profiles.change_profile(
        by=world.by, now=NOON, profile=profile, name="Gold", limits=Limits(download_bps=2 * 10**7)
    )
    assert told == 1
    assert list(SessionOrder.objects.values_list("session_id", "kind")) == [(own, "reauthorize")]
    profile.refresh_from_db()
    assert (profile.revision, profile.download_bps) == (2, 2 * 10**7)
    entry = AuditEntry.objects.get(operator=world.operator, verb="change_profile")
    assert (entry.before["download_bps"], entry.after["download_bps"]) == (10**7, 2 * 10**7)  # type: ignore[index]


def test_HN_W12_a_plans_own_profile_is_frozen(world: World) -> None:
    plan = world.plan()
    with pytest.raises(DomainError) as refused:
        profiles.change_profile(by=world.by, now=NOON, profile=plan.profile, name="x", limits=Limits())
    assert refused.value.code == "profile_private"


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        (Limits(download_bps=0), "download_bps"),
        (Limits(interim_seconds=59), "interim_seconds"),
        (Limits(devices_max=0), "devices_max"),
        (Limits(idle_timeout_seconds=5), "idle_timeout_seconds"),
    ],
)
def test_a_profile_that_makes_no_sense_is_refused(world: World, limits: Limits, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        shared.create_profile(by=world.by, now=NOON, operator=world.operator, name="Gold", limits=limits)
    assert list(refused.value.fields) == [field]


def test_bounds_of_a_day_follow_the_clock_change(world: World) -> None:
    begin, end = daily.bounds(world.operator, date(2026, 3, 29))
    assert end.astimezone(UTC) - begin.astimezone(UTC) == timedelta(hours=23)
