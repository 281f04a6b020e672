"""Operators, sites, staff, and the log of what they did."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

import builders
from hotgate.apps.operators import audit, queries, services
from hotgate.apps.operators.actor import SYSTEM, staff
from hotgate.apps.operators.models import AuditEntry, Role, Staff
from hotgate.apps.operators.verbs import verb
from hotgate.domain.errors import DomainError
from world import NOON, World

pytestmark = pytest.mark.django_db


def refused(code: str, service: Callable[..., Any], **arguments: Any) -> DomainError:
    with pytest.raises(DomainError) as caught:
        service(by=SYSTEM, now=NOON, **arguments)
    assert caught.value.code == code
    return caught.value


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "  "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"currency": "EURO"}, "currency"),
        ({"currency": "eur"}, "currency"),
        ({"time_zone": "Rome"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
    ],
)
def test_an_operator_with_wrong_terms_is_refused(db: None, changes: dict[str, str], field: str) -> None:
    given = {"name": "Bar", "currency": "EUR", "time_zone": "Europe/Rome"} | changes
    assert field in refused("operator_invalid", services.create_operator, **given).fields


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Café Aurora", "cafe-aurora"), ("  A  &  B ", "a-b"), ("Hotel 7", "hotel-7"), ("咖啡", "5496-5561")],
)
def test_a_slug_is_plain(name: str, slug: str) -> None:
    assert services.slug_of(name) == slug


def test_two_operators_never_share_a_name(world: World) -> None:
    refused("operator_name_taken", services.create_operator, name="café  AURORA", currency="EUR")


def test_a_site_is_named_once_per_operator(world: World) -> None:
    refused("site_name_taken", services.create_site, operator=world.operator, name="via roma")
    services.create_site(by=SYSTEM, now=NOON, operator=world.other_operator, name="Via Roma")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"password": "short"}, "password"),
        ({"role": None}, "role"),
        ({"operator": None, "role": None}, "role"),
    ],
)
def test_staff_with_wrong_terms_are_refused(world: World, changes: dict[str, Any], field: str) -> None:
    given = {
        "email": "new@example.com",
        "password": builders.PASSWORD,
        "operator": world.operator,
        "role": Role.CASHIER,
    } | changes
    assert field in refused("staff_invalid", services.create_staff, **given).fields


def test_an_address_signs_in_once_regardless_of_case(world: World) -> None:
    given = {"password": builders.PASSWORD, "operator": world.operator, "role": Role.CASHIER}
    refused("staff_email_taken", services.create_staff, email="OWNER@example.com", **given)
    assert queries.staff_with_email("Owner@Example.com") == world.owner


def test_a_new_password_replaces_the_old_one(world: World) -> None:
    services.set_staff_password(by=SYSTEM, now=NOON, staff=world.cashier, password="another long one")
    found = Staff.objects.get(id=world.cashier.id)
    assert found.check_password("another long one")
    assert not found.check_password(builders.PASSWORD)


def test_the_audit_chain_has_no_gap_and_holds(world: World) -> None:
    for minutes in range(3):
        record(world, NOON + timedelta(minutes=minutes))
    numbers = AuditEntry.objects.filter(operator=world.operator).order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, len(numbers) + 1))
    assert audit.first_broken(world.operator.id) is None


@pytest.mark.parametrize("change", ["actor = 'nobody'", "after = '{}'", "at = at + interval '1 second'"])
def test_a_change_to_the_past_shows(world: World, change: str) -> None:
    record(world, NOON)
    last = record(world, NOON)
    tamper(f"UPDATE audit_entry SET {change} WHERE id = {last.id - 1}")
    assert audit.first_broken(world.operator.id) == last.number - 1


def test_a_missing_entry_shows(world: World) -> None:
    first, last = record(world, NOON), record(world, NOON)
    tamper(f"DELETE FROM audit_entry WHERE id = {first.id}")
    assert audit.first_broken(world.operator.id) == last.number


def record(world: World, now: Any) -> AuditEntry:
    audit.record_audit(
        by=staff(world.owner.id),
        now=now,
        operator_id=world.operator.id,
        verb="try",
        object_kind="nothing",
        after={"price": 1},
    )
    last = audit.last_entry(world.operator.id)
    assert last is not None
    return last


def test_verbs_within_a_verb_are_one_transaction_with_entries_written_at_its_end(world: World) -> None:
    @verb
    def inner(text: str) -> None:
        audit.record_audit(
            by=SYSTEM, now=NOON, operator_id=world.operator.id, verb=text, object_kind="nothing", after={"a": [1]}
        )

    @verb
    def outer(*texts: str) -> None:
        for text in texts:
            inner(text)
            assert not AuditEntry.objects.filter(verb=text).exists()
        if "fails" in texts:
            raise DomainError("refused", "No.")

    outer("first", "second")
    with pytest.raises(DomainError):
        outer("third", "fails")
    inner("alone")
    written = AuditEntry.objects.filter(operator=world.operator, object_kind="nothing").order_by("number")
    assert list(written.values_list("verb", flat=True)) == ["first", "second", "alone"]
    assert audit.first_broken(world.operator.id) is None


def tamper(statement: str) -> None:
    """As somebody with the disk in hand."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing may be pending on an altered table
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_frozen")
        cursor.execute(statement)
        cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_frozen")
