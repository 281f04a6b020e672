"""The first start: a sign-in, an operator, a café to try; the second changes nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from django.db import connection

from hotgate import environment
from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.operators import queries as operators
from hotgate.apps.operators.models import AuditEntry, Operator, Staff
from hotgate.apps.vouchers.models import Voucher
from hotgate.runtime import demo, first_run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE operator, access_session, staff CASCADE")


def start(*, with_demo: bool) -> str:
    return "\n".join(first_run.prepare(environment.current(), demo=with_demo).lines)


def counts() -> list[int]:
    return [model.objects.count() for model in (Operator, Staff, Voucher, AuditEntry)]


def test_the_first_start_makes_a_sign_in_and_shows_it_once() -> None:
    told = start(with_demo=False)
    password = re.search(r"Password   (\S{16})$", told, re.M)
    assert password is not None
    assert Staff.objects.get().check_password(password[1])
    assert password[1] not in start(with_demo=False)


def test_two_installations_never_share_a_password() -> None:
    assert first_run.new_password() != first_run.new_password()


def test_the_first_start_makes_an_operator_with_a_site() -> None:
    start(with_demo=False)
    [operator] = operators.operators()
    assert operators.sites(operator).count() == 1


@pytest.mark.parametrize("with_demo", [False, True])
def test_a_second_start_changes_nothing(with_demo: bool) -> None:
    start(with_demo=with_demo)
    before = counts()
    start(with_demo=with_demo)
    assert counts() == before


def test_the_demo_has_six_plans_and_a_line_to_type() -> None:
    told = start(with_demo=True)
    [operator] = operators.operators()
    plans = {(plan.payment, plan.measure, plan.cycle_period) for plan in catalogue.active_plans(operator)}
    assert plans == {
        ("prepaid", "time", None),
        ("prepaid", "traffic", None),
        ("prepaid", "traffic", "month"),
        ("postpaid", "time", None),
        ("prepaid", "none", None),
        ("free", "time", None),
    }
    assert re.search(r"radtest (\S+) \1 127\.0\.0\.1:1812 0 \S{20}$", told, re.M)


def test_once_the_ticket_was_used_the_demo_says_how_to_make_another() -> None:
    start(with_demo=True)
    Voucher.objects.update(state="void")
    assert f"ticket '{demo.TRIED_PLAN}'" in start(with_demo=True)


def test_days_of_their_own_are_there_after_the_first_start() -> None:
    start(with_demo=False)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"usage_{datetime.now(UTC):%Y%m%d}"])
        assert cursor.fetchone()[0]
