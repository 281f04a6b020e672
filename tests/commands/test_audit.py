"""`hotgate audit verify` on a database where somebody changed the past."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from hotgate import cli
from hotgate.apps.core import scope
from hotgate.apps.operators import services
from hotgate.apps.operators.actor import SYSTEM
from hotgate.apps.operators.models import AuditEntry, Operator
from world import NOON

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bar(transactional_db: None) -> Operator:
    """With seven entries."""
    with scope.of(scope.PLATFORM):
        operator = services.create_operator(by=SYSTEM, now=NOON, name="Bar", currency="EUR")
        for number in range(6):
            services.create_site(by=SYSTEM, now=NOON, operator=operator, name=f"Table {number}")
    return operator


def tamper(statement: str, *values: Any) -> None:
    """As a superuser of the database, past the trigger that forbids it."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET session_replication_role = origin")


def verify(*words: str) -> int:
    return cli.main(["audit", "verify", *words])


def test_a_whole_log_is_said_to_be_whole(bar: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify() == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("platform: whole")
    assert any(line.startswith("bar: whole, ends with 7:") for line in lines)


@pytest.mark.parametrize("column", ["hash", "previous_hash"])
def test_one_changed_byte_is_found(bar: Operator, capsys: pytest.CaptureFixture[str], column: str) -> None:
    flip = f"UPDATE audit_entry SET {column} = set_byte({column}, 0, get_byte({column}, 0) # 1)"
    tamper(f"{flip} WHERE operator_id = %s AND number = 4", bar.id)
    assert verify("--operator", "bar") == 1
    assert "bar: BROKEN at entry 4" in capsys.readouterr().out


def test_one_changed_letter_is_found(bar: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    """`Table 2` becomes `Table 9`, in one byte of what was written."""
    tamper(
        "UPDATE audit_entry SET after = replace(after::text, 'Table 2', 'Table 9')::jsonb WHERE operator_id = %s",
        bar.id,
    )
    assert verify("--operator", "bar") == 1
    assert "bar: BROKEN at entry 4" in capsys.readouterr().out


def test_a_missing_entry_is_found(bar: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    tamper("DELETE FROM audit_entry WHERE operator_id = %s AND number = 3", bar.id)
    assert verify() == 1
    assert "bar: BROKEN at entry 4" in capsys.readouterr().out


def test_two_entries_that_changed_places_are_found(bar: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    for old, new in ((3, -3), (5, 3), (-3, 5)):
        tamper("UPDATE audit_entry SET number = %s WHERE operator_id = %s AND number = %s", new, bar.id, old)
    assert verify("--operator", "bar") == 1
    assert "bar: BROKEN at entry 3" in capsys.readouterr().out


def test_an_end_that_was_cut_off_is_found_by_its_anchor(bar: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    last = AuditEntry.objects.filter(operator=bar).order_by("-number")[0]
    anchor = f"{last.number}:{bytes(last.hash).hex()}"
    assert verify("--operator", "bar", "--anchor", anchor) == 0
    tamper("DELETE FROM audit_entry WHERE operator_id = %s AND number = 7", bar.id)
    assert verify("--operator", "bar") == 0
    assert verify("--operator", "bar", "--anchor", anchor) == 1
    assert "is not there" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--operator", "nowhere"], ["--anchor", "1:ab"]])
def test_what_makes_no_sense_is_refused(bar: Operator, words: list[str]) -> None:
    assert verify(*words) == 2
