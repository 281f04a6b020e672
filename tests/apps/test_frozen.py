"""What never changes once it is written, by the database's own word."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

import everything
from hotgate.apps.catalogue.models import Plan, ServiceProfile
from world import World

pytestmark = pytest.mark.django_db

FREE = {"name", "code", "description", "quick_ticket", "self_service", "active", "retired_at"}  # no terms among them
OTHER_VALUES = {
    "bigint": "coalesce({column}, 0) + 1",
    "integer": "coalesce({column}, 0) + 1",
    "numeric": "coalesce({column}, 0) + 1",
    "boolean": "NOT {column}",
    "timestamp with time zone": "coalesce({column}, now()) + interval '1 second'",
    "uuid": "gen_random_uuid()",
    "text": "coalesce({column}, '') || 'x'",
    "character varying": "'XXX'",
}


def columns_of(model: type) -> list[str]:
    return [field.column for field in model._meta.local_fields]  # type: ignore[attr-defined]


def change(table: str, column: str, row_id: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT data_type FROM information_schema.columns WHERE table_name = %s AND column_name = %s",
            [table, column],
        )
        value = OTHER_VALUES[cursor.fetchone()[0]].format(column=column)
        cursor.execute(f"UPDATE {table} SET {column} = {value} WHERE id = %s", [row_id])


def frozen(table: str, column: str, row_id: object) -> bool:
    """Did the trigger refuse? Other constraints come after it."""
    said = ""
    try:
        with transaction.atomic():
            change(table, column, row_id)
    except DatabaseError as error:
        said = str(error)
    return "can't be changed" in said


@pytest.mark.parametrize("column", columns_of(Plan))
def test_EN_38_of_a_published_plan_only_name_code_and_offer_change(world: World, column: str) -> None:
    assert frozen("plan", column, world.plan().id) == (column not in FREE)


def test_EN_38_a_plan_is_never_deleted(world: World) -> None:
    plan = world.plan()
    with pytest.raises(DatabaseError, match="can't be changed or deleted"), transaction.atomic():
        Plan.objects.filter(id=plan.id).delete()


@pytest.mark.parametrize("column", [c for c in columns_of(ServiceProfile) if c != "name"])
def test_limits_typed_in_a_plan_are_frozen_with_it(world: World, column: str) -> None:
    assert frozen("service_profile", column, world.plan().profile_id)


def test_a_shared_profile_may_change(world: World) -> None:
    shared = ServiceProfile.objects.create(operator=world.operator, name="Fast", download_bps=1000)
    assert not frozen("service_profile", "download_bps", shared.id)


@pytest.mark.parametrize("table", ["transfer", "audit_entry", "packet_journal", "gateway_certificate"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET operator_id = operator_id + 1", "DELETE FROM {}"])
def test_what_was_written_down_stays(world: World, table: str, statement: str) -> None:
    everything.fill(world)
    with pytest.raises(DatabaseError, match="can't be changed or deleted"), connection.cursor() as cursor:
        cursor.execute(statement.format(table))
