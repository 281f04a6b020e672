"""HN-10, HN-11: users that a ticket printer or another program made on a RouterOS device."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from hotgate.apps.core import scope
from hotgate.apps.network import services as network
from hotgate.apps.network.models import Nas
from hotgate.apps.network.routeros import binary as binary_client
from hotgate.apps.network.routeros import client
from hotgate.apps.network.routeros import rest as rest_client
from hotgate.apps.network.routeros.values import HotspotUser, Protocol, RouterAccess, RouterFailed, RouterState, Tls
from hotgate.apps.subscribers import jobs, queries
from hotgate.apps.subscribers import services as subscribers
from hotgate.apps.subscribers.models import Entitlement, Subscriber
from hotgate.apps.subscribers.routers import rules, services
from hotgate.apps.subscribers.routers.models import RouterSource
from hotgate.apps.subscribers.routers.rules import Rule
from hotgate.domain.errors import DomainError
from routeros import double, words
from routeros.double import Router
from world import NOON, World

Serve = Callable[[Router], AbstractContextManager[Router]]
PROTOCOLS = [
    pytest.param(Protocol.REST, double.rest, id="REST"),
    pytest.param(Protocol.BINARY, double.binary, id="binary"),
]


def access(router: Router, protocol: Protocol, **changes: Any) -> RouterAccess:
    values = {"username": router.username, "password": router.password, "host": "127.0.0.1"} | changes
    return RouterAccess(protocol=protocol, port=router.port, tls=Tls.OFF, **values)


@pytest.mark.parametrize(("protocol", "serve"), PROTOCOLS)
def test_hotspot_users_are_read_without_the_routers_own_trial(protocol: Protocol, serve: Serve) -> None:
    router = Router()
    router.add("t-1001", password="8842", profile="1h", comment="printer 2")
    router.add("Zoë ☕", password="x" * 300, mac_address="AA:BB:CC:DD:EE:FF")
    router.add("gone", disabled="true")
    with serve(router):
        found = client.hotspot_users(access(router, protocol))
    assert found == [
        HotspotUser("t-1001", "8842", "1h", "printer 2"),
        HotspotUser("Zoë ☕", "x" * 300, "default", mac="AA:BB:CC:DD:EE:FF"),
        HotspotUser("gone", profile="default", disabled=True),
    ]


@pytest.mark.parametrize(("protocol", "serve"), PROTOCOLS)
@pytest.mark.parametrize(
    ("mood", "text"), [("half", "broke off|not understood|slow"), ("nonsense", "not understood"), ("long", "too long")]
)
def test_a_router_that_answers_wrongly_is_said_to(protocol: Protocol, serve: Serve, mood: str, text: str) -> None:
    with serve(Router(mood=mood)) as router, pytest.raises(RouterFailed, match=text):
        client.hotspot_users(access(router, protocol))


@pytest.mark.parametrize(("protocol", "serve"), PROTOCOLS)
def test_a_router_that_refuses_is_said_to(protocol: Protocol, serve: Serve) -> None:
    with serve(Router()) as router, pytest.raises(RouterFailed, match="refuses"):
        client.hotspot_users(access(router, protocol, password="wrong"))


@pytest.mark.parametrize("protocol", list(Protocol))
def test_a_router_that_is_not_there_is_said_to_be(protocol: Protocol) -> None:
    with pytest.raises(RouterFailed, match="can't be reached"):
        client.hotspot_users(access(Router(port=1), protocol))


@pytest.mark.parametrize(("protocol", "serve"), PROTOCOLS)
def test_a_slow_router_is_given_up(monkeypatch: Any, protocol: Protocol, serve: Serve) -> None:
    for module in (rest_client, binary_client):
        monkeypatch.setattr(module, "WHOLE_SECONDS", 0.3)
        monkeypatch.setattr(module, "CONNECT_SECONDS", 0.3)
    with serve(Router(mood="slow")) as router, pytest.raises(RouterFailed):
        client.hotspot_users(access(router, protocol))


@pytest.mark.parametrize("mood", ["old", "elsewhere"])
def test_rest_of_an_old_router_is_told_apart_and_no_redirect_is_followed(mood: str) -> None:
    with double.rest(Router(mood=mood)) as router, pytest.raises(RouterFailed, match=r"7\.1"):
        client.hotspot_users(access(router, Protocol.REST))


@pytest.mark.parametrize(
    ("count", "octets"),
    [
        (0, "00"), (0x7F, "7f"), (0x80, "8080"), (0x3FFF, "bfff"), (0x4000, "c04000"), (0x1FFFFF, "dfffff"),
        (0x200000, "e0200000"), (0xFFFFFFF, "efffffff"), (0x10000000, "f010000000"),
    ],
)  # fmt: skip
def test_a_word_has_its_length_in_front_as_the_manual_says(count: int, octets: str) -> None:
    assert words.length_of(count).hex() == octets


def test_the_login_is_the_sentence_of_the_manual() -> None:
    with double.binary(Router(username="admin", password="")) as router:
        router.password = "secret"
        client.hotspot_users(access(router, Protocol.BINARY))
    assert router.sentences[0][:3] == ["/login", "=name=admin", "=password=secret"]
    assert router.sentences[1][0] == "/ip/hotspot/user/print"
    assert words.sentence(["/login", "=name=admin"]).hex() == "062f6c6f67696e0b3d6e616d653d61646d696e00"


RESOURCE = {"board-name": "hAP ax^2", "version": "7.16.1 (stable)", "uptime": "4w6d18h28m48s", "cpu-load": "3"}


@pytest.mark.parametrize(("protocol", "serve"), PROTOCOLS)
def test_HN_W16_the_router_says_what_it_is_and_since_when_it_runs(protocol: Protocol, serve: Serve) -> None:
    with serve(Router(resource=RESOURCE)) as router:
        assert client.state(access(router, protocol)) == RouterState("hAP ax^2", "7.16.1 (stable)", 3_004_128)
    with serve(Router(resource={"uptime": "soon", "version": "7" * 200})) as router:
        assert client.state(access(router, protocol)) == RouterState("", "7" * 100, None)
    with serve(Router()) as router, pytest.raises(RouterFailed):
        client.state(access(router, protocol))


# ── what is made of them ──


@pytest.fixture
def router(scoped_world: World) -> Iterator[Router]:
    with double.rest(Router()) as router:
        yield router


def source(world: World, router: Router, *given: Rule, **changes: Any) -> RouterSource:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    nas = network.add_nas(
        by=world.by, now=NOON, operator=world.operator, site=world.site, address="127.0.0.1", secret="s" * 20
    ).nas
    realm = subscribers.default_realm(world.operator)
    settings = services.Settings(realm, Protocol.REST, Tls.OFF, router.port, router.username, tuple(given), **changes)
    return services.save_source(by=world.by, now=NOON, nas=nas, settings=settings, password=router.password)


def read(world: World, saved: RouterSource) -> RouterSource:
    jobs.read_router(saved.nas_id, world.operator.id)
    scope.limit_to([world.operator.id])
    return RouterSource.objects.get(nas_id=saved.nas_id)


@pytest.mark.django_db
def test_HN_10_HN_11_tickets_and_users_of_programs_are_told_apart_and_get_their_plans(
    scoped_world: World, router: Router
) -> None:
    world = scoped_world
    hour, day = world.plan(name="1 hour"), world.plan(name="Day")
    saved = source(
        world, router, Rule("profile", "1h*", hour.id), Rule("comment", "*day*", day.id), printer_pattern="printer*"
    )
    router.add("t-1001", password="8842", profile="1H-ticket", comment="Printer 2")
    router.add("room 12", password="anna", comment="one DAY")
    router.add("vip", password="vip")
    after = read(world, saved)
    assert (after.made, after.problem) == (3, "")
    made = {s.name: s.created_via for s in Subscriber.objects.filter(created_via__in=("printer", "external"))}
    assert made == {"t-1001": "printer", "room 12": "external", "vip": "external"}
    given = {e.subscriber.name: e.plan.name for e in Entitlement.objects.select_related("subscriber", "plan")}
    assert given == {"t-1001": "1 hour", "room 12": "Day"}


@pytest.mark.django_db
def test_HN_W16_what_a_router_says_of_itself_stands_at_its_gateway(scoped_world: World, router: Router) -> None:
    saved = source(scoped_world, router)
    read(scoped_world, saved)
    nas = Nas.objects.get(id=saved.nas_id)
    assert (nas.software, nas.running_since) == ("", None), "its login may not read that: no harm done"
    router.resource = {**RESOURCE, "uptime": "1d2h"}
    read(scoped_world, saved)
    nas.refresh_from_db()
    first = nas.running_since
    assert (nas.hardware, nas.software) == ("hAP ax^2", "7.16.1 (stable)")
    assert abs(timezone.now() - timedelta(hours=26) - first) < timedelta(minutes=1)
    router.resource["uptime"] = "1d2h30s"  # its clock is not ours
    read(scoped_world, saved)
    nas.refresh_from_db()
    assert nas.running_since == first


@pytest.mark.django_db
def test_HN_10_reading_again_changes_nothing_also_for_those_deleted_here(scoped_world: World, router: Router) -> None:
    world = scoped_world
    saved = source(world, router)
    router.add("t-1", password="11112222")
    router.add("t-2", password="11112222")
    read(world, saved)
    before = list(Subscriber.objects.order_by("id").values())
    after = read(world, saved)
    assert (after.made, after.known) == (0, 2)
    assert list(Subscriber.objects.order_by("id").values()) == before
    gone = queries.subscriber_named(world.operator, "t-2")
    assert gone is not None
    gone.delete()
    read(world, saved)
    assert queries.subscriber_named(world.operator, "t-2") is None


@pytest.mark.django_db
def test_HN_10_a_name_that_somebody_has_is_reported_and_never_overwritten(scoped_world: World, router: Router) -> None:
    world = scoped_world
    world.guest("guest")
    saved = source(world, router)
    router.add("GUEST", password="11112222")
    router.add("blank")
    router.add("off", password="11112222", disabled="true")
    after = read(world, saved)
    assert [name for name, _ in after.conflicts] == ["GUEST", "blank"]
    assert after.made == 0


@pytest.mark.django_db
def test_HN_10_a_device_that_the_router_lets_in_by_its_address_becomes_a_device(
    scoped_world: World, router: Router
) -> None:
    world = scoped_world
    people, devices = world.plan(name="1 GB"), world.plan(name="Devices", for_devices=True)
    saved = source(world, router, Rule("comment", "till", devices.id), default_plan=people)
    router.add("AA:BB:CC:00:00:01", comment="till")
    router.add("AA:BB:CC:00:00:02", password="AA:BB:CC:00:00:02")
    router.add("AA:BB:CC:00:00:03", password="a real one")
    assert read(world, saved).made == 3
    made = {s.name: s.kind for s in Subscriber.objects.filter(created_via="external")}
    assert made == {"AA-BB-CC-00-00-01": "device", "AA-BB-CC-00-00-02": "device", "AA:BB:CC:00:00:03": "person"}
    given = {e.subscriber.name: e.plan.name for e in Entitlement.objects.select_related("subscriber", "plan")}
    assert given == {"AA-BB-CC-00-00-01": "Devices", "AA:BB:CC:00:00:03": "1 GB"}
    assert (read(world, saved).made, RouterSource.objects.get().known) == (0, 3)


@pytest.mark.django_db
def test_HN_3_a_realm_that_takes_nobody_from_printers_reports_them(scoped_world: World, router: Router) -> None:
    saved = source(scoped_world, router, printer_pattern="printer*")
    saved.realm.ways = ["external", "app"]
    saved.realm.save()
    router.add("t-1", password="11112222", comment="printer")
    router.add("maria", password="11112222")
    after = read(scoped_world, saved)
    assert (after.made, [name for name, _ in after.conflicts]) == (1, ["t-1"])


@pytest.mark.django_db
def test_a_failure_is_put_down_and_loses_nothing(scoped_world: World, router: Router) -> None:
    saved = source(scoped_world, router)
    router.add("t-1", password="11112222")
    read(scoped_world, saved)
    router.mood = "nonsense"
    after = read(scoped_world, saved)
    assert after.problem == "The router's answer is not understood."
    assert after.made == 1, "what the last good answer brought still stands"


@pytest.mark.django_db
def test_the_web_writes_the_routers_password_and_can_not_read_it(scoped_world: World, router: Router) -> None:
    saved = source(scoped_world, router)
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE hotgate_web")
    with pytest.raises(DatabaseError), transaction.atomic():
        RouterSource.objects.get(nas_id=saved.nas_id).password_sealed  # noqa: B018


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "field"),
    [({"port": 0}, "port"), ({"username": ""}, "username"), ({"rules": (Rule("name", "", 1),)}, "rules")],
)
def test_settings_that_can_not_be(scoped_world: World, router: Router, changes: Any, field: str) -> None:
    nas = source(scoped_world, router).nas
    settings = services.Settings(
        subscribers.default_realm(scoped_world.operator), Protocol.REST, Tls.OFF, 80, "hotgate"
    )._replace(**changes)
    with pytest.raises(DomainError) as caught:
        services.save_source(by=scoped_world.by, now=NOON, nas=nas, settings=settings)
    assert field in caught.value.fields


users = st.builds(
    HotspotUser,
    name=st.text(max_size=12),
    password=st.text(max_size=6),
    profile=st.sampled_from(["1h", "day", ""]),
    disabled=st.booleans(),
)


@given(st.lists(users, max_size=12))
def test_nobody_is_made_twice_and_nobody_is_lost_from_the_report(found: list[HotspotUser]) -> None:
    once = rules.sort(found, [], None, ("comment", ""), met=(), taken=())
    made = {each.user.name for each in once.new}
    assert len(once.new) == len({rules.names.name_key(name) for name in made})
    assert len(once.new) + len(once.conflicts) + sum(user.disabled for user in found) == len(found)
    again = rules.sort(found, [], None, ("comment", ""), met=made, taken=())
    assert again.new == []
