"""HN-30: what wireless controllers tell of devices at radios."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from hotgate.apps.core import ids, scope
from hotgate.apps.network import places
from hotgate.apps.subscribers import devices
from hotgate.apps.subscribers.models import Subscriber
from hotgate.apps.usage import associations, controllers, personal_data, retention
from hotgate.apps.usage.controllers import Told
from hotgate.apps.usage.models import AccessSession, Association
from hotgate.domain.errors import DomainError
from world import NOON, World

pytestmark = pytest.mark.django_db
DEVICE, OTHER, BAR, POOL = (f"02-00-5E-10-00-0{n}" for n in range(1, 5))
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def note(world: World, *told: Told) -> int:
    return controllers.note_associations(now=NOON, operator=world.operator, told=told)


def online(world: World, guest: Subscriber, mac: str = DEVICE, **changes: Any) -> AccessSession:
    """A session of the guest, that began an hour ago."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    nas = world.nas(**changes)
    return AccessSession.objects.create(
        operator=world.operator, nas=nas, subscriber=guest, acct_session_id=str(ids.uuid7()), device=mac, mac=mac,
        started_at=NOON - HOUR, last_event_at=NOON, last_heard_at=NOON,
    )  # fmt: skip


def test_HN_30_what_a_controller_tells_belongs_to_the_user_of_the_devices_session(scoped_world: World) -> None:
    world, guest = scoped_world, scoped_world.guest()
    session = online(world, guest)
    assert note(world, Told("0200.5e10.0001", BAR.lower(), NOON - HOUR, network="Guests"), Told(OTHER, BAR, NOON)) == 2
    known, unknown = Association.objects.order_by("began_at")
    assert (known.subscriber, known.nas, known.network) == (guest, session.nas, "Guests")
    assert (unknown.subscriber, unknown.nas) == (None, None)


@pytest.mark.parametrize(
    ("began", "ended", "whose"),
    [
        (-90, -80, None),  # before anybody was online with it
        (-90, None, "first"),  # it joined the radio, then its user logged in
        (-70, -50, "first"),
        (-50, -20, "first"),
        (-30, -10, "second"),
        (-2, None, "second"),
    ],
)
def test_HN_30_of_a_device_that_two_people_share_the_session_of_that_time_says_whose(
    scoped_world: World, began: int, ended: int | None, whose: str | None
) -> None:
    world = scoped_world
    first, second = online(world, world.guest("first")), online(world, world.guest("second"), address="192.0.2.9")
    AccessSession.objects.filter(id=first.id).update(stopped_at=NOON - 40 * MINUTE)
    AccessSession.objects.filter(id=second.id).update(started_at=NOON - 25 * MINUTE)
    note(world, Told(DEVICE, BAR, NOON + began * MINUTE, None if ended is None else NOON + ended * MINUTE))
    row = Association.objects.get()
    assert (row.subscriber.name if row.subscriber else None) == whose


def test_HN_30_told_before_the_login_and_again_at_the_end_it_finds_its_user(scoped_world: World) -> None:
    begun = Told(DEVICE, BAR, NOON - 2 * HOUR)
    note(scoped_world, begun)
    assert Association.objects.get().subscriber is None
    online(scoped_world, scoped_world.guest())
    note(scoped_world, begun._replace(ended_at=NOON))
    assert Association.objects.get().subscriber is not None


def test_HN_30_a_device_that_was_never_online_is_its_owners(scoped_world: World) -> None:
    guest = scoped_world.guest()
    devices.bind_device(by=scoped_world.by, now=NOON, subscriber=guest, mac=DEVICE)
    note(scoped_world, Told(DEVICE, BAR, NOON))
    assert Association.objects.get().subscriber == guest


def test_HN_30_told_again_it_gets_its_end_and_never_loses_it(scoped_world: World) -> None:
    begun = Told(DEVICE, BAR, NOON - HOUR, signal_dbm=-60)
    for told in (begun, begun._replace(ended_at=NOON, cause=4), begun, begun._replace(signal_dbm=-70)):
        note(scoped_world, told, told)
    row = Association.objects.get()
    assert (row.ended_at, row.terminate_cause, row.signal_dbm) == (NOON, 4, -70)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"device": "no"}, "device"),
        ({"access_point": ""}, "access_point"),
        ({"began_at": NOON + HOUR}, "began_at"),
        ({"ended_at": NOON - 2 * HOUR}, "ended_at"),
        ({"cause": 23}, "cause"),
    ],
)
def test_HN_30_one_that_is_wrong_is_named_and_none_is_kept(scoped_world: World, changes: Any, field: str) -> None:
    with pytest.raises(DomainError) as refused:
        note(scoped_world, Told(OTHER, BAR, NOON), Told(DEVICE, BAR, NOON - HOUR)._replace(**changes))
    assert list(refused.value.fields) == [f"associations.1.{field}"]
    assert not Association.objects.exists()


def test_HN_W16_nothing_is_kept_of_a_device_at_a_gateway_that_keeps_no_log(scoped_world: World) -> None:
    world = scoped_world
    online(world, world.guest(), keeps_no_log=True)
    assert note(world, Told(DEVICE, BAR, NOON), Told(OTHER, BAR, NOON)) == 1
    assert not Association.objects.filter(device=DEVICE).exists()


def test_HN_17_the_map_follows_the_device_and_counts_what_controllers_tell(scoped_world: World) -> None:
    world, guest = scoped_world, scoped_world.guest()
    given: dict[str, Any] = {"by": world.by, "now": NOON, "operator": world.operator, "site": world.site}
    bar, pool = (places.add_point(**given, name=mac, mac=mac) for mac in (BAR, POOL))
    session = online(world, guest)
    AccessSession.objects.filter(id=session.id).update(called_station=f"{BAR}:Guests")
    seen = associations.last_of(guest)
    assert seen is not None
    assert seen.point == bar
    note(world, Told(DEVICE, POOL, NOON, network="Pool"), Told(DEVICE, POOL, NOON - HOUR / 2, NOON))
    seen = associations.last_of(guest)
    assert seen is not None
    assert (seen.point, seen.station.network) == (pool, "Pool")
    told = associations.density(world.operator, [bar, pool], NOON - HOUR)
    assert (told.connections[bar.id], told.connections[pool.id], told.online[pool.id]) == (1, 2, 1)


def test_HN_23_an_association_is_exported_and_goes_with_its_person(scoped_world: World) -> None:
    world, guest = scoped_world, scoped_world.guest()
    session = online(world, guest)
    note(world, Told(DEVICE, BAR, NOON, network="Guests"), Told(OTHER, BAR, NOON))
    assert [row["network"] for row in personal_data.data_of(guest)["wifi"]] == ["Guests"]
    AccessSession.objects.filter(id=session.id).update(stopped_at=NOON)
    personal_data.erase_subscriber(by=world.by, now=NOON, subscriber=guest)
    assert [str(row.device) for row in Association.objects.all()] == [OTHER.lower().replace("-", ":")]


def test_HN_25_associations_are_kept_as_long_as_the_other_logs(world: World) -> None:
    with scope.of(world.operator.id):
        retention.choose_retention(by=world.by, now=NOON, operator=world.operator, preset="week")
        days = [timedelta(days=n) for n in (6, 9)]
        note(world, *(Told(DEVICE, BAR, NOON - day, NOON - day + HOUR) for day in days))
        note(world, *(Told(OTHER, BAR, NOON - day) for day in days))  # whose end nobody told
    retention.forget_what_is_over(NOON)
    with scope.of(world.operator.id):
        assert {row.began_at for row in Association.objects.all()} == {NOON - days[0]}
        assert Association.objects.count() == 2


def test_another_operators_devices_are_unknown(world: World) -> None:
    with scope.of(world.other_operator.id):
        stranger = world.guest("stranger", operator=world.other_operator, site=world.other_site)
        devices.bind_device(by=world.by, now=NOON, subscriber=stranger, mac=DEVICE)
    with scope.of(world.operator.id):
        note(world, Told(DEVICE, BAR, NOON))
        assert Association.objects.get().subscriber is None
