"""Realms: who may come in which way, and what is asked about them."""

from __future__ import annotations

import pytest

from hotgate.apps.operators.models import AuditEntry
from hotgate.apps.subscribers import cards, devices, realms
from hotgate.apps.subscribers import queries as subscribers
from hotgate.apps.subscribers.models import Realm
from hotgate.domain.errors import DomainError
from hotgate.domain.people import Way
from world import NOON, World

pytestmark = pytest.mark.django_db

ALL_WAYS = [str(way) for way in Way]


def change(world: World, realm: Realm, **changes: object) -> None:
    given = {"name": realm.name, "ways": ALL_WAYS, "asked": {}}
    realms.change_realm(by=world.by, now=NOON, realm=realm, **(given | changes))  # type: ignore[arg-type]


@pytest.fixture
def realm(world: World) -> Realm:
    return realms.create_realm(by=world.by, now=NOON, operator=world.operator, name="Guests")


MAKE = {
    "staff": lambda world, realm: world.guest("staff", realm=realm),
    "self": lambda world, realm: world.guest("self", realm=realm, created_via="portal"),
    "api": lambda world, realm: world.guest("api", realm=realm, created_via="api"),
    "import": lambda world, realm: world.guest("import", realm=realm, created_via="import"),
    "printer": lambda world, realm: world.guest("printer", realm=realm, created_via="printer"),
    "app": lambda world, realm: world.guest("app", realm=realm, created_via="external"),
    "card": lambda world, realm: cards.make_cards(by=world.by, now=NOON, operator=world.operator, realm=realm, size=1),
}


@pytest.mark.parametrize("way", ALL_WAYS)
def test_HN_3_a_realm_says_in_which_ways_its_users_come(world: World, realm: Realm, way: str) -> None:
    MAKE[way](world, realm)
    change(world, realm, ways=[each for each in ALL_WAYS if each != way])
    before = subscribers.subscribers(world.operator).count()
    with pytest.raises(DomainError) as refused:
        MAKE[way](world, realm)
    assert refused.value.code == "way_closed"
    assert subscribers.subscribers(world.operator).count() == before


def test_HN_3_a_device_made_by_staff_needs_the_staffs_way(world: World, realm: Realm) -> None:
    change(world, realm, ways=["self"])
    with pytest.raises(DomainError):
        devices.register_device(by=world.by, now=NOON, operator=world.operator, realm=realm, mac="00005E005301")


def test_HN_6_what_the_realm_requires_is_asked_of_staff_and_not_of_a_card(world: World, realm: Realm) -> None:
    change(world, realm, asked={"phone": "required", "company": "required", "city": "optional"})
    with pytest.raises(DomainError) as refused:
        world.guest("maria", realm=realm, phone="+390655501010")
    assert list(refused.value.fields) == ["company"]
    made = world.guest("maria", realm=realm, phone="+390655501010", person={"company": "Rossi srl", "city": ""})
    assert made.person == {"company": "Rossi srl"}
    MAKE["card"](world, realm)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"verification": "sms"}, "verification"),
        ({"verification": "email", "asked": {"email": "optional"}}, "verification"),
        ({"terms": "x" * 20_001}, "terms"),
    ],
)
def test_a_realm_that_makes_no_sense_is_refused(
    world: World, realm: Realm, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        change(world, realm, **changes)
    assert field in refused.value.fields


def test_HN_W20_a_realm_keeps_all_its_switches_and_the_audit_says_what_changed(world: World, realm: Realm) -> None:
    plan = world.plan(for_devices=True)
    change(
        world,
        realm,
        asked={"email": "required"},
        verification="email",
        terms="Be nice.",
        plans=[plan],
        vouchers_allowed=False,
        change_profile=False,
        change_password=False,
        delivery="both",
        keep_readable=True,
        device_plan=plan,
        device_sites=[world.site],
    )
    fresh = Realm.objects.get(id=realm.id)
    assert (fresh.verification, fresh.terms, fresh.delivery) == ("email", "Be nice.", "both")
    assert (fresh.vouchers_allowed, fresh.change_profile, fresh.change_password) == (False, False, False)
    assert list(subscribers.plans_of_realm(fresh)) == [plan]
    assert list(subscribers.device_sites(fresh)) == [world.site]
    entry = AuditEntry.objects.get(operator=world.operator, verb="change_realm")
    assert (entry.before["delivery"], entry.after["delivery"]) == ("show", "both")  # type: ignore[index]


def test_two_realms_of_one_name_are_refused(world: World, realm: Realm) -> None:
    with pytest.raises(DomainError) as refused:
        realms.create_realm(by=world.by, now=NOON, operator=world.operator, name="GUESTS")
    assert refused.value.code == "realm_name_taken"
    change(world, realm, name="guests")  # its own


def test_HN_7_cards_are_made_all_or_none_with_passwords_that_can_be_printed(world: World) -> None:
    from hotgate.apps.subscribers import readable

    plan = world.plan()
    batch = cards.make_cards(by=world.by, now=NOON, operator=world.operator, size=5, plan=plan, prefix="pool-")
    made = list(subscribers.cards(batch))
    assert [card.number for card in made] == [1, 2, 3, 4, 5]
    assert all(card.subscriber.name.startswith("pool-") for card in made)
    assert {card.subscriber.created_via for card in made} == {"card"}
    passwords = {readable.show(by=world.by, now=NOON, subscriber=card.subscriber) for card in made}
    assert len(passwords) == 5
    assert None not in passwords
    assert subscribers.entitlements(made[0].subscriber).get().plan == plan
    cards.hand_out(by=world.by, now=NOON, card=made[0])
    cards.hand_out(by=world.by, now=NOON, card=made[0])
    assert AuditEntry.objects.filter(operator=world.operator, verb="hand_out_card").count() == 1


@pytest.mark.parametrize("changes", [{"size": 0}, {"size": 201}, {"prefix": "a\0b"}, {"prefix": "x" * 21}])
def test_HN_7_impossible_cards_are_refused(world: World, changes: dict[str, object]) -> None:
    with pytest.raises(DomainError):
        cards.make_cards(by=world.by, now=NOON, operator=world.operator, **({"size": 1} | changes))  # type: ignore[arg-type]
    assert subscribers.subscribers(world.operator).count() == 0
