"""What is kept about a person: taken along, restricted, erased; and devices that are users themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection

import everything
from hotgate.apps.core import scope
from hotgate.apps.ledger.models import Transfer
from hotgate.apps.operators.models import AuditEntry
from hotgate.apps.subscribers import devices, erasing, links, readable, realms, recharge, services
from hotgate.apps.subscribers import queries as subscribers
from hotgate.apps.subscribers.models import Credential, CredentialSecret, Sale, Subscriber
from hotgate.apps.usage import first_sight, personal_data
from hotgate.apps.usage.models import AccessSession, Quarantine, SessionOrder
from hotgate.domain import people
from hotgate.domain.errors import DomainError
from world import NOON, World

pytestmark = pytest.mark.django_db

MAC = "00-00-5E-00-53-17"
SPELLINGS = ("00005e005317", "00:00:5e:00:53:17", "0000.5e00.5317", "00-00-5E-00-53-17", " 00_00_5e 005317 ")

ATTEMPT = """
INSERT INTO login_attempt (at, operator_id, nas_id, user_name, device, outcome, reason, subscriber_id)
VALUES (%s, %s, %s, %s, %s, 'refused', %s, %s)
"""


def attempt(world: World, nas_id: int, name: str, device: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(ATTEMPT, [NOON, world.operator.id, nas_id, name, device, "unknown_name", None])


@pytest.fixture
def guest(scoped_world: World) -> Subscriber:
    """With one of everything, seen with the web's rights."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    everything.fill(scoped_world)
    with connection.cursor() as cursor:
        cursor.execute(
            ATTEMPT.replace("%s)", "(SELECT id FROM subscriber WHERE name = 'guest' AND operator_id = %s))"),
            [NOON, scoped_world.operator.id, None, "guest", MAC, "wrong_password", scoped_world.operator.id],
        )
    found = subscribers.subscriber_named(scoped_world.operator, "guest")
    assert found is not None
    AccessSession.objects.filter(subscriber=found).update(
        user_name="guest", device=MAC, mac="00:00:5e:00:53:17", framed_ip="192.0.2.200", seconds=60, octets_in=10
    )
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE hotgate_web")
    scope.limit_to([scoped_world.operator.id])
    return found


def stop(guest: Subscriber) -> None:
    AccessSession.objects.filter(subscriber=guest).update(stopped_at=NOON)


def test_HN_23_everything_kept_is_exported_and_that_is_written_down(scoped_world: World, guest: Subscriber) -> None:
    shown = personal_data.export_data(by=scoped_world.by, now=NOON, subscriber=guest)
    assert shown["person"][0]["name"] == "guest"
    assert shown["sessions"][0]["device"] == MAC
    assert [row["plan__name"] for row in shown["plans"]] == ["1 hour"]
    assert [row["amount_minor"] for row in shown["money"]] == [100]
    assert {"logins_by", "holds", "sales", "daily_use", "login_attempts"} <= shown.keys()
    assert personal_data.log_of(guest)[0].verb == "export_data"


def test_HN_23_nobody_is_erased_while_online(scoped_world: World, guest: Subscriber) -> None:
    with pytest.raises(DomainError) as refused:
        personal_data.erase_subscriber(by=scoped_world.by, now=NOON, subscriber=guest)
    assert refused.value.code == "still_online"
    assert Credential.objects.filter(subscriber=guest).exists()


def test_HN_23_erasing_takes_the_person_out_and_leaves_the_books(scoped_world: World, guest: Subscriber) -> None:
    stop(guest)
    sums = Transfer.objects.filter(credit=guest.wallet).count(), Sale.objects.filter(subscriber=guest).count()
    assert sums == (1, 1)
    personal_data.erase_subscriber(by=scoped_world.by, now=NOON, subscriber=guest)
    assert list(subscribers.subscribers(scoped_world.operator)) == []
    assert subscribers.subscriber_named(scoped_world.operator, "guest") is None
    session = AccessSession.objects.get(subscriber=guest)
    assert (session.user_name, session.device, session.mac, session.framed_ip) == ("", "", None, None)
    assert (session.seconds, session.octets_in) == (60, 10)
    left = personal_data.data_of(Subscriber.objects.select_related("wallet").get(id=guest.id))
    assert all("guest" not in str(row) and MAC not in str(row) for rows in left.values() for row in rows)
    assert left["login_attempts"][0]["outcome"] == "refused"
    assert sums == (len(left["money"]), len(left["sales"]))
    assert CredentialSecret.objects.filter(credential__subscriber=guest).values("credential_id").count() == 0


@pytest.mark.parametrize(
    ("attributes", "is_kept"),
    [
        ({"1": " Guest", "46": "60"}, False),
        ({"31": MAC.replace("-", ":").lower()}, False),
        ({"1": "somebody", "31": "02-00-5E-00-53-99"}, True),
        ({"46": "60"}, True),
    ],
)
def test_HN_23_erasing_takes_records_along_that_were_set_aside(
    scoped_world: World, guest: Subscriber, attributes: dict[str, str], is_kept: bool
) -> None:
    stop(guest)
    devices.bind_device(by=scoped_world.by, now=NOON, subscriber=guest, mac=MAC)
    told = {kind: [text.encode().hex()] for kind, text in attributes.items()}
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")  # the AAA server sets them aside, the web never does
        Quarantine.objects.create(operator_id=guest.operator_id, reason="23514", attributes=told)
        cursor.execute("SET ROLE hotgate_web")
    personal_data.erase_subscriber(by=scoped_world.by, now=NOON, subscriber=guest)
    assert Quarantine.objects.filter(attributes=told).exists() == is_kept


def test_HN_23_a_restricted_user_is_kept_and_not_used(world: World) -> None:
    guest, plan = world.guest(), world.plan()
    erasing.restrict_subscriber(by=world.by, now=NOON, subscriber=guest, reason="asked to")
    assert subscribers.open_holds(guest).get().kind == "staff"
    for act in (
        lambda: recharge.recharge_subscriber(by=world.by, now=NOON, subscriber=guest, plan=plan),
        lambda: links.credential_link(by=world.by, now=NOON, subscriber=guest),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert refused.value.code == "restricted"
    erasing.lift_restriction(by=world.by, now=NOON, subscriber=guest)
    assert not subscribers.open_holds(guest).exists()
    recharge.recharge_subscriber(by=world.by, now=NOON, subscriber=guest, plan=plan)
    verbs = AuditEntry.objects.filter(object_kind="subscriber", object_id=guest.id).values_list("verb", flat=True)
    assert {"restrict_subscriber", "lift_restriction"} <= set(verbs)


@pytest.mark.parametrize("typed", SPELLINGS)
def test_HN_A9_a_device_is_named_by_its_address_however_it_was_typed(world: World, typed: str) -> None:
    made = devices.register_device(by=world.by, now=NOON, operator=world.operator, mac=typed)
    assert (made.name, made.kind) == (MAC, "device")
    assert subscribers.subscriber_with_key(world.operator, f"mac:{MAC}") == made
    assert subscribers.bound_macs(made) == [MAC]
    with pytest.raises(DomainError) as refused:
        devices.register_device(by=world.by, now=NOON, operator=world.operator, mac=MAC)
    assert (refused.value.code, list(refused.value.fields)) == ("name_taken", ["mac"])


@pytest.mark.parametrize(
    ("mac", "is_random"), [("00-00-5E-00-53-17", False), ("02-00-5E-00-53-17", True), ("DA-A1-19-00-00-01", True)]
)
def test_HN_A9_a_made_up_address_is_known_by_its_bit(mac: str, is_random: bool) -> None:
    assert people.is_random_mac(mac) is is_random


@pytest.mark.parametrize("typed", ["", "00-00-5E-00-53", "00-00-5E-00-53-1G", "x" * 10_000, "<b>00005e005317"])
def test_what_is_no_address_is_refused_beside_its_field(world: World, typed: str) -> None:
    with pytest.raises(DomainError) as refused:
        devices.register_device(by=world.by, now=NOON, operator=world.operator, mac=typed)
    assert list(refused.value.fields) == ["mac"]


def test_HN_29_parting_a_device_from_its_own_user_deletes_the_user_and_keeps_the_accounting(
    scoped_world: World, guest: Subscriber
) -> None:
    world = scoped_world
    made = devices.register_device(by=world.by, now=NOON, operator=world.operator, mac=MAC)
    AccessSession.objects.filter(subscriber=guest).update(subscriber=made, stopped_at=NOON)
    assert personal_data.disassociate(by=world.by, now=NOON, subscriber=made, mac=MAC) is True
    assert subscribers.subscriber_with_key(world.operator, f"mac:{MAC}") is None
    assert made not in subscribers.subscribers(world.operator)
    session = AccessSession.objects.get(subscriber=made)
    assert (session.device, session.seconds) == ("", 60)
    devices.register_device(by=world.by, now=NOON, operator=world.operator, mac=MAC)  # a new user, not the old one


def test_HN_28_parting_a_device_from_a_person_leaves_the_person(scoped_world: World, guest: Subscriber) -> None:
    world = scoped_world
    SessionOrder.objects.all().delete()
    devices.bind_device(by=world.by, now=NOON, subscriber=guest, mac=MAC)
    assert personal_data.disassociate(by=world.by, now=NOON, subscriber=guest, mac=MAC) is False
    assert subscribers.subscriber_named(world.operator, "guest") == guest
    assert SessionOrder.objects.get().kind == "disconnect"  # the device is online
    with pytest.raises(DomainError) as refused:
        personal_data.disassociate(by=world.by, now=NOON, subscriber=guest, mac=MAC)
    assert refused.value.code == "device_unknown"


def test_HN_A8_a_device_comes_in_at_first_sight_where_its_site_says_so(world: World) -> None:
    plan = world.plan(for_devices=True)
    nas = world.nas(mac_login=True)
    realm = services.default_realm(world.operator)
    for name, device in ((MAC, MAC), ("maria", MAC), ("00005e005318", "00-00-5E-00-53-19")):
        attempt(world, nas.id, name, device)
    since = NOON - timedelta(minutes=10)
    with scope.of(world.operator.id):
        assert first_sight.admit_devices(now=NOON, since=since) == 0
        realms.change_realm(
            by=world.by, now=NOON, realm=realm, name="default", ways=[], asked={}, device_plan=plan,
            device_sites=[world.site],
        )  # fmt: skip
        assert first_sight.admit_devices(now=NOON, since=since) == 1
        assert first_sight.admit_devices(now=NOON, since=since) == 0
    made = subscribers.subscribers(world.operator).get()
    assert (made.name, made.created_via, made.realm) == (MAC, "device", realm)
    assert subscribers.entitlements(made).get().plan == plan


def test_HN_22_a_link_gives_new_credentials_once(world: World) -> None:
    guest = world.guest()
    old = links.credential_link(by=world.by, now=NOON, subscriber=guest)
    token = links.credential_link(by=world.by, now=NOON, subscriber=guest)
    assert not links.realm_of(world.operator, old, NOON)
    assert not links.realm_of(world.other_operator, token, NOON)
    assert not links.realm_of(world.operator, token, NOON + timedelta(days=8))
    assert links.realm_of(world.operator, token, NOON)
    got = links.use_link(now=NOON, operator=world.operator, token=token)
    assert got is not None
    assert (got.name, len(got.password)) == ("guest", readable.LENGTH)
    assert links.use_link(now=NOON, operator=world.operator, token=token) is None


@pytest.mark.parametrize("what", ["password", "restriction", "restriction and lifted", "erasing"])
def test_HN_22_a_link_ends_with_the_password_that_it_was_for(world: World, what: str) -> None:
    guest = world.guest()
    token = links.credential_link(by=world.by, now=NOON, subscriber=guest)
    if what == "password":
        services.set_password(by=world.by, now=NOON, subscriber=guest, password="set by hand")
    elif what == "erasing":
        personal_data.erase_subscriber(by=world.by, now=NOON, subscriber=guest)
    else:
        erasing.restrict_subscriber(by=world.by, now=NOON, subscriber=guest)
    if what.endswith("lifted"):
        erasing.lift_restriction(by=world.by, now=NOON, subscriber=guest)
    assert not links.realm_of(world.operator, token, NOON)
    assert links.use_link(now=NOON, operator=world.operator, token=token) is None


def test_HN_18_a_password_can_be_read_again_only_where_that_is_wanted(world: World) -> None:
    guest = world.guest()
    assert readable.show(by=world.by, now=NOON, subscriber=guest) is None
    kept = world.guest("kept", keep_readable=True, password="first of two")
    services.set_password(by=world.by, now=NOON, subscriber=kept, password="second of two")
    assert readable.show(by=world.by, now=NOON, subscriber=kept) == "second of two"
    assert AuditEntry.objects.filter(operator=world.operator, verb="print_card").count() == 1
