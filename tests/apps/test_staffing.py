"""Roles: who gives which to whom, and what stays when somebody goes. Operators below operators, three levels deep."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection, connections

import builders
from hotgate.apps.core import scope
from hotgate.apps.operators import invitations, services, staffing, tree
from hotgate.apps.operators.actor import SYSTEM, staff
from hotgate.apps.operators.models import AuditEntry, Operator, Role, Site, Staff, StaffRole
from hotgate.apps.operators.roles import Held
from hotgate.domain.errors import DomainError
from world import NOON, World

pytestmark = pytest.mark.django_db


def refused(code: str, service: Callable[..., Any], **arguments: Any) -> None:
    with pytest.raises(DomainError) as caught:
        service(now=NOON, **({"by": SYSTEM} | arguments))
    assert caught.value.code == code


def standing(person: Staff) -> tree.Roles:
    return tree.operators_of(person)[1]


def invite(world: World, giver: Staff, role: Role, email: str = "new@example.com", **changes: Any) -> Any:
    given = {"operator": world.operator, "email": email, "role": role, "giver": standing(giver)}
    return staffing.invite_staff(by=staff(giver.id), now=NOON, **(given | changes))


def person(world: World, role: Role, email: str, **changes: Any) -> Staff:
    invited: Staff = invite(world, world.owner, role, email, **changes).staff
    return invited


# ── inviting ──


def test_an_invited_person_chooses_a_password_by_a_link_that_works_once(world: World) -> None:
    invited = invite(world, world.owner, Role.CASHIER)
    found = invitations.staff_of(invited.token)
    assert found == invited.staff
    assert not found.has_usable_password()
    refused("staff_invalid", staffing.accept_invitation, staff=found, password="short")
    staffing.accept_invitation(by=SYSTEM, now=NOON, staff=found, password=builders.PASSWORD)
    assert Staff.objects.get(id=found.id).check_password(builders.PASSWORD)
    assert invitations.staff_of(invited.token) is None


def test_a_new_link_ends_the_one_before(world: World) -> None:
    invited = invite(world, world.owner, Role.CASHIER)
    given = {"giver": standing(world.owner), "operator": world.operator, "staff": invited.staff}
    newer = staffing.renew_link(by=SYSTEM, now=NOON, **given)
    assert invitations.staff_of(invited.token) is None
    assert invitations.staff_of(newer) == invited.staff


@pytest.mark.parametrize("by_command", [False, True])
def test_who_lost_everything_is_not_asked_for_it_and_whoever_found_it_stays_out(world: World, by_command: bool) -> None:
    staff = world.cashier
    for number, kind in enumerate(("totp", "webauthn", "recovery_codes")):
        Authenticator.objects.create(user=staff, type=kind, data={"number": number})
    other = Authenticator.objects.create(user=world.owner, type="totp", data={})
    if by_command:
        services.set_staff_password(by=SYSTEM, now=NOON, staff=staff, password=builders.PASSWORD)
    else:
        given = {"giver": standing(world.owner), "operator": world.operator, "staff": staff}
        staffing.renew_link(by=SYSTEM, now=NOON, **given)
    assert list(Authenticator.objects.all()) == [other]


@pytest.mark.parametrize("token", ["", "x", "-", "00000000000070008000000000000000-x", "../../etc"])
def test_a_made_up_link_leads_nowhere(db: None, token: str) -> None:
    assert invitations.staff_of(token) is None


def test_who_signs_in_already_gets_the_role_and_no_link(world: World) -> None:
    assert invite(world, world.owner, Role.SUPPORT, "CASHIER@example.com").token == ""
    assert {each.role for each in standing(world.cashier)[world.operator.id]} == {"cashier", "support"}


def test_a_role_is_held_once(world: World) -> None:
    refused(
        "role_held",
        staffing.give_role,
        giver=standing(world.owner),
        operator=world.operator,
        staff=world.cashier,
        role=Role.CASHIER,
    )


# ── nobody gives more than they hold ──


@pytest.mark.parametrize(
    ("giver", "role", "is_given"),
    [
        (Role.OWNER, Role.OWNER, True),
        (Role.OWNER, Role.AUDITOR, True),
        (Role.MANAGER, Role.CASHIER, True),
        (Role.MANAGER, Role.OWNER, False),
        (Role.CASHIER, Role.CASHIER, False),
        (Role.SUPPORT, Role.AUDITOR, False),
        (Role.AUDITOR, Role.SUPPORT, False),
    ],
)
def test_nobody_gives_more_than_they_hold(world: World, giver: Role, role: Role, is_given: bool) -> None:
    chief = person(world, giver, "giver@example.com")
    if is_given:
        assert invite(world, chief, role).staff.roles.get().role == role
    else:
        with pytest.raises(DomainError, match="more than they hold"):
            invite(world, chief, role)


def test_nobody_gives_a_role_elsewhere(world: World) -> None:
    with pytest.raises(DomainError, match="more than they hold"):
        invite(world, world.owner, Role.CASHIER, operator=world.other_operator)


def test_a_manager_takes_no_owners_role(world: World) -> None:
    manager = person(world, Role.MANAGER, "manager@example.com")
    role = StaffRole.objects.get(staff=world.owner)
    refused("role_not_given", staffing.take_role, giver=standing(manager), role=role)


def test_whoever_works_elsewhere_too_is_neither_deactivated_nor_given_a_link(world: World) -> None:
    given = {"giver": standing(world.owner), "operator": world.operator}
    staffing.give_role(by=SYSTEM, now=NOON, staff=world.stranger, role=Role.CASHIER, **given)
    for service in (staffing.deactivate_staff, staffing.renew_link):
        refused("staff_not_yours", service, staff=world.stranger, **given)
    assert Staff.objects.get(id=world.stranger.id).has_usable_password()


@pytest.mark.parametrize(("role", "fits"), [(Role.CASHIER, True), (Role.SUPPORT, True), (Role.MANAGER, False)])
def test_a_role_of_one_site_is_one_that_works_at_a_counter(world: World, role: Role, fits: bool) -> None:
    if fits:
        held = invite(world, world.owner, role, site=world.site).staff.roles.get()
        assert held.site == world.site
    else:
        with pytest.raises(DomainError, match="one site"):
            invite(world, world.owner, role, site=world.site)


def test_the_site_is_the_operators_own(world: World) -> None:
    with pytest.raises(DomainError, match="another operator"):
        invite(world, world.owner, Role.CASHIER, site=world.other_site)


# ── the last owner ──


def test_the_last_owner_stays(world: World) -> None:
    role = StaffRole.objects.get(staff=world.owner)
    refused("last_owner", staffing.take_role, giver=standing(world.owner), role=role)
    second = person(world, Role.OWNER, "second@example.com")
    staffing.take_role(by=SYSTEM, now=NOON, giver=standing(second), role=role)
    given = {"giver": standing(second), "operator": world.operator}
    refused("staff_oneself", staffing.deactivate_staff, by=staff(second.id), staff=second, **given)
    refused("last_owner", staffing.deactivate_staff, staff=second, **given)


def test_whoever_is_deactivated_signs_in_no_more_and_comes_back_as_before(world: World) -> None:
    given = {"giver": standing(world.owner), "operator": world.operator, "staff": world.cashier}
    staffing.deactivate_staff(by=SYSTEM, now=NOON, **given)
    assert not Staff.objects.get(id=world.cashier.id).is_active
    staffing.reactivate_staff(by=SYSTEM, now=NOON, **given)
    assert Staff.objects.get(id=world.cashier.id).is_active
    verbs = AuditEntry.objects.filter(operator=world.operator).order_by("-number").values_list("verb", flat=True)
    assert list(verbs[:2]) == ["reactivate_staff", "deactivate_staff"]


@pytest.mark.django_db(transaction=True)
def test_of_two_owners_who_remove_each_other_one_stays() -> None:
    import world as worlds

    made = worlds.make()
    with scope.of(made.operator.id):
        second = person(made, Role.OWNER, "second@example.com")
    begin, outcomes = threading.Barrier(2), []

    def remove(giver: Staff, other: Staff) -> None:
        try:
            with scope.of(made.operator.id):
                role = StaffRole.objects.get(staff=other, role=Role.OWNER)
                power = standing(giver)
                begin.wait(10)
                staffing.take_role(by=staff(giver.id), now=NOON, giver=power, role=role)
            outcomes.append("done")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    pairs = [(made.owner, second), (second, made.owner)]
    threads = [threading.Thread(target=remove, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["done", "last_owner"]


# ── platform → reseller → operator ──


@pytest.fixture
def levels(world: World) -> list[Operator]:
    """The café is a reseller; below it a chain, and below the chain a bar."""
    made = [world.operator]
    for name in ("Chain", "Bar"):
        made.append(services.create_operator(by=SYSTEM, now=NOON, name=name, currency="EUR", parent=made[-1]))
    return made


def test_a_resellers_staff_work_for_all_below_in_the_role_they_hold(levels: list[Operator], world: World) -> None:
    operators, held = tree.operators_of(world.cashier)
    assert [each.name for each in operators] == ["Café Aurora", "Chain", "Bar"]
    assert set(held.values()) == {frozenset({Held("cashier")})}


def test_nobody_works_for_those_above(levels: list[Operator], world: World) -> None:
    [_, chain, _] = levels
    keeper = person(world, Role.OWNER, "chain@example.com", operator=chain)
    assert [each.name for each in tree.operators_of(keeper)[0]] == ["Chain", "Bar"]


def test_a_role_of_one_site_counts_nowhere_below(levels: list[Operator], world: World) -> None:
    counter = person(world, Role.CASHIER, "counter@example.com", site=world.site)
    operators, held = tree.operators_of(counter)
    assert [each.name for each in operators] == ["Café Aurora"]
    assert held[world.operator.id] == {Held("cashier", world.site.id)}


def test_the_platforms_owner_owns_everything(levels: list[Operator], world: World) -> None:
    root = services.create_staff(
        by=SYSTEM, now=NOON, email="root@example.com", password=builders.PASSWORD, is_superuser=True
    )
    operators, held = tree.operators_of(root)
    assert {*levels, world.other_operator} <= set(operators)
    assert all(Held("owner") in each for each in held.values())


def test_the_web_sees_the_tree_and_still_one_operators_rows(levels: list[Operator], world: World) -> None:
    for level in levels:
        services.create_site(by=SYSTEM, now=NOON, operator=level, name=f"Counter of {level.name}")
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE hotgate_web")
        scope.limit_to([])
        assert len(tree.operators_of(world.owner)[0]) == 3
        assert scope.current() == ()
        assert not Site.objects.exists()
        scope.limit_to([levels[2].id])
        assert [site.name for site in Site.objects.all()] == ["Counter of Bar"]
        cursor.execute("RESET ROLE")


def test_no_operator_is_its_own_parent(world: World) -> None:
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError), transaction.atomic():
        Operator.objects.filter(id=world.operator.id).update(parent=world.operator.id)


# ── operators and sites are edited ──


def test_what_changes_at_an_operator_is_written_down_with_what_it_was(world: World) -> None:
    given = {"name": "Café Boreale", "time_zone": "Europe/Rome", "language": "it", "country": "IT"}
    services.update_operator(by=SYSTEM, now=NOON, operator=world.operator, **given)
    entry = AuditEntry.objects.filter(operator=world.operator).order_by("-number").first()
    assert entry is not None
    assert entry.before == {"name": "Café Aurora", "language": "en"}
    assert entry.after == {"name": "Café Boreale", "language": "it"}
    assert Operator.objects.get(id=world.operator.id).slug == "cafe-aurora"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": "Other Hotel"}, "operator_name_taken"),
        ({"name": ""}, "operator_invalid"),
        ({"time_zone": "Rome"}, "operator_invalid"),
        ({"language": "xx"}, "operator_invalid"),
        ({"country": "Italy"}, "operator_invalid"),
    ],
)
def test_an_operator_is_not_made_wrong(world: World, changes: dict[str, str], code: str) -> None:
    given = {"name": "Café Aurora", "time_zone": "Europe/Rome", "language": "en", "country": "IT"} | changes
    refused(code, services.update_operator, operator=world.operator, **given)
