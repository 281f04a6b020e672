"""NASes and their secrets."""

from datetime import timedelta
from typing import Any

import pytest

from hotgate import vault
from hotgate.apps.core import keys
from hotgate.apps.network import logins, services
from hotgate.apps.network.models import Nas, NasSecret
from hotgate.domain.errors import DomainError
from hotgate.store import seals
from world import NOON, SECRET, World

pytestmark = pytest.mark.django_db


def secrets_of(nas: Nas) -> list[str | None]:
    row = NasSecret.objects.get(nas=nas)
    place = seals.nas_secret_place(nas.id)
    network = keys.current().network
    return [
        None if sealed is None else vault.unseal(network, bytes(sealed), place).decode()
        for sealed in (row.sealed, row.previous_sealed)
    ]


def test_a_secret_is_sealed_for_its_own_nas_only(world: World) -> None:
    nas, other = world.nas(), world.nas("192.0.2.2")
    assert secrets_of(nas) == [SECRET, None]
    with pytest.raises(vault.VaultError):
        vault.unseal(
            keys.current().network, bytes(NasSecret.objects.get(nas=nas).sealed), seals.nas_secret_place(other.id)
        )


@pytest.mark.parametrize(("secret", "warned"), [("x" * 15, True), ("x" * 16, False), ("testing123", True)])
def test_a_short_secret_is_warned_about_and_taken(world: World, secret: str, warned: bool) -> None:
    saved = services.add_nas(
        by=world.by, now=NOON, operator=world.operator, site=world.site, address="192.0.2.1", secret=secret
    )
    assert (saved.warning is not None) == warned
    assert secrets_of(saved.nas)[0] == secret


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("192.0.2.1", "192.0.2.1/32"),
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("2001:db8::1", "2001:db8::1/128"),
        (" 10.0.0.1 ", "10.0.0.1/32"),
    ],
)
def test_a_nas_may_be_an_address_or_a_prefix(world: World, address: str, kept: str) -> None:
    assert Nas.objects.get(id=world.nas(address).id).address == kept


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"address": "192.0.2.1/24"}, "address"),
        ({"address": "nowhere"}, "address"),
        ({"address": ""}, "address"),
        ({"secret": ""}, "secret"),
        ({"secret": "  "}, "secret"),
        ({"secret": "x" * 129}, "secret"),
        ({"require_message_authenticator": "maybe"}, "require_message_authenticator"),
        ({"coa_port": 0}, "coa_port"),
        ({"reject_delay_ms": 6000}, "reject_delay_ms"),
        ({"operator_id": 1}, "operator_id"),
    ],
)
def test_wrong_settings_are_refused(world: World, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as caught:
        world.nas(**changes)
    assert caught.value.code == "nas_invalid"
    assert field in caught.value.fields


def test_an_address_belongs_to_one_nas_of_all_operators(world: World) -> None:
    world.nas()
    with pytest.raises(DomainError, match="registered already") as caught:
        services.add_nas(
            by=world.by,
            now=NOON,
            operator=world.other_operator,
            site=world.other_site,
            address="192.0.2.1",
            secret=SECRET,
        )
    assert caught.value.code == "nas_address_taken"


FINGERPRINT = "sha256:" + "0a" * 32


def add_elsewhere(world: World, identifier: str) -> Nas:
    return services.add_nas(
        by=world.by,
        now=NOON,
        operator=world.other_operator,
        site=world.other_site,
        address="198.51.100.1",
        secret=SECRET,
        identifier=identifier,
    ).nas


@pytest.mark.parametrize("name", ["gw.example.net", FINGERPRINT])
def test_a_certificate_s_name_belongs_to_one_operator(world: World, name: str) -> None:
    nas = world.nas(identifier=name)
    with pytest.raises(DomainError) as caught:
        add_elsewhere(world, name.upper())
    assert caught.value.fields.keys() == {"identifier"}
    theirs = add_elsewhere(world, "other.example.net")
    with pytest.raises(DomainError, match="has this name already"):
        change(world, theirs, identifier=name)
    change(world, nas, identifier=name.upper())  # its own
    change(world, nas, identifier="")
    change(world, theirs, identifier=name)


def test_what_a_maker_calls_all_its_boxes_is_anybody_s(world: World) -> None:
    world.nas(identifier="MikroTik")
    assert add_elsewhere(world, "MikroTik").identifier == "MikroTik"


def test_a_gateway_that_shared_its_name_before_is_changed_as_ever(world: World) -> None:
    """Its form sends the name along."""
    world.nas(identifier="gw.example.net")
    theirs = add_elsewhere(world, "")
    Nas.objects.filter(id=theirs.id).update(identifier="gw.example.net")
    theirs.refresh_from_db()
    change(world, theirs, identifier="gw.example.net", name="Lobby")
    assert Nas.objects.get(id=theirs.id).name == "Lobby"


def test_while_a_secret_is_changed_the_old_one_is_kept_beside_it(world: World) -> None:
    nas = world.nas()
    change(world, nas, secret="another secret of 16", keep_old_secret_for=timedelta(hours=1))
    assert secrets_of(nas) == ["another secret of 16", SECRET]
    assert NasSecret.objects.get(nas=nas).previous_until == NOON + timedelta(hours=1)


def test_by_itself_a_new_secret_ends_the_old_one(world: World) -> None:
    nas = world.nas()
    change(world, nas, secret="another secret of 16", keep_old_secret_for=timedelta(hours=1))
    change(world, nas, secret="yet another secret")
    assert secrets_of(nas) == ["yet another secret", None]


def test_settings_change_without_the_secret(world: World) -> None:
    nas = world.nas()
    change(world, nas, maker="mikrotik", coa_port=1700)
    found = Nas.objects.get(id=nas.id)
    assert (found.maker, found.coa_port, secrets_of(nas)) == ("mikrotik", 1700, [SECRET, None])


def test_the_web_writes_a_secret_that_it_can_not_read(scoped_world: World) -> None:
    nas = scoped_world.nas()
    change(scoped_world, nas, secret="another secret of 16", keep_old_secret_for=timedelta(hours=1))
    assert NasSecret.objects.values_list("nas_id", flat=True).get(nas=nas) == nas.id


def change(world: World, nas: Nas, **changes: Any) -> None:
    services.update_nas(by=world.by, now=NOON, nas=nas, **changes)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://10.5.50.1", "http://10.5.50.1"),
        ("HTTPS://Login.Example.org/", None),
        ("https://Login.Example.org/", "https://login.example.org"),
        ("https://login.example.org:443", "https://login.example.org"),
        ("http://login.example.org:8080", "http://login.example.org:8080"),
        ("http://[2001:db8::1]:3990", "http://[2001:db8::1]:3990"),
        ("http://10.5.50.1/login", None),
        ("http://10.5.50.1?x", None),
        ("http://a@10.5.50.1", None),
        ("http://*.example.org", None),
        ("http://10.5.50.1:0", None),
        ("http://-", None),
        ("10.5.50.1", None),
        ("javascript:alert(1)", None),
    ],
)
def test_login_addresses_are_exact(world: World, given: str, kept: str | None) -> None:
    nas = world.nas()
    if kept is None:
        with pytest.raises(DomainError) as caught:
            services.update_nas(by=world.by, now=NOON, nas=nas, login_addresses=[given])
        assert given in caught.value.fields["login_addresses"]
    else:
        services.update_nas(by=world.by, now=NOON, nas=nas, login_addresses=[given, given])
        assert logins.login_addresses(Nas.objects.get(id=nas.id)) == (kept,)


@pytest.mark.parametrize(
    ("settings", "derived"),
    [
        ({}, ("http://192.0.2.1", "https://192.0.2.1")),
        ({"maker": "chillispot"}, ("http://192.0.2.1:3990",)),
        (
            {"coa_address": "10.0.0.1"},
            ("http://192.0.2.1", "https://192.0.2.1", "http://10.0.0.1", "https://10.0.0.1"),
        ),
        ({"address": "192.0.2.0/24"}, ()),
        ({"address": "2001:db8::1", "maker": "chillispot"}, ("http://[2001:db8::1]:3990",)),
    ],
)
def test_without_login_addresses_a_nas_has_those_of_its_own(settings: dict[str, Any], derived: tuple[str, ...]) -> None:
    nas = Nas(**({"address": "192.0.2.1/32", "maker": "mikrotik"} | settings))
    assert logins.default_login_addresses(nas) == derived


def test_the_portals_secret_is_changed_without_being_stored(world: World) -> None:
    nas = world.nas()
    services.update_nas(by=world.by, now=NOON, nas=nas, new_portal_secret=True)
    assert (nas.portal_generation, secrets_of(nas)) == (2, [SECRET, None])
