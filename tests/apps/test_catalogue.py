"""Plans: what can be published, renamed, offered, replaced."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

import builders
from builders import euro
from hotgate.apps.catalogue import queries, services
from hotgate.apps.catalogue.drafts import Limits
from hotgate.apps.catalogue.models import Plan
from hotgate.domain.catalogue import (
    Cap,
    CapAction,
    CycleRule,
    Direction,
    Measure,
    Payment,
    Period,
    Tariff,
    Unit,
    Validity,
    ValidityKind,
)
from hotgate.domain.errors import DomainError
from hotgate.domain.money import Money
from hotgate.domain.quantities import GB, HOUR, MB
from world import NOON, World

pytestmark = pytest.mark.django_db

DAY_CAP = Cap(GB, CapAction.THROTTLE, CycleRule(Period.DAY, None), Measure.TRAFFIC, 512_000, 256_000)
WEEK = Validity(ValidityKind.FROM_FIRST_USE, 1, Unit.WEEK)
FREE = {"payment": Payment.FREE, "price": None}
POSTPAID = {"payment": Payment.POSTPAID, "price": None, "amount": None}
MONTHLY = CycleRule(Period.MONTH)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="prepaid time"),
        pytest.param({"measure": Measure.TRAFFIC, "amount": GB, "direction": Direction.DOWNLOAD}, id="prepaid traffic"),
        pytest.param({"measure": Measure.NONE, "amount": None, "validity": WEEK}, id="flat week"),
        pytest.param({"cycle": MONTHLY, "amount": 20 * GB, "measure": Measure.TRAFFIC}, id="EN-26 cyclic"),
        pytest.param({**POSTPAID, "tariff": Tariff(Decimal("1.20"), HOUR, 60)}, id="EN-4 postpaid per hour"),
        pytest.param(
            {**POSTPAID, "measure": Measure.TRAFFIC, "tariff": Tariff(Decimal("0.071429"), 10 * MB)},
            id="EN-4 postpaid per 10 MB",
        ),
        pytest.param({**FREE, "amount": 1800, "validity": Validity(ValidityKind.END_OF_DAY)}, id="CF-19 free"),
        pytest.param({"measure": Measure.NONE, "amount": None, "cap": DAY_CAP}, id="flat with a cap"),
        pytest.param({"limits": Limits(download_bps=20 * MB, upload_bps=5 * MB, devices_max=None)}, id="limits"),
        pytest.param({"elapsed": True, "for_devices": True, "self_service": True}, id="flags"),
    ],
)
def test_a_plan_reads_back_as_it_was_typed(world: World, changes: dict[str, Any]) -> None:
    draft = builders.plan_draft(**changes)
    plan = services.publish_plan(by=world.by, now=NOON, operator=world.operator, draft=draft)
    terms = queries.terms_of([plan.id])[plan.id]
    same = ("name", "payment", "measure", "amount", "validity", "cycle", "tariff", "cap", "direction", "elapsed")
    assert {name: getattr(terms, name) for name in same} == {name: getattr(draft, name) for name in same}
    assert terms.price_minor == (draft.price.minor if draft.price else 0)
    limits = draft.limits
    assert (terms.profile.download_bps, terms.profile.devices_max) == (limits.download_bps, limits.devices_max)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "   "}, "name"),
        ({"code": "x" * 101}, "code"),
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"measure": Measure.NONE}, "amount"),
        ({"cap": DAY_CAP}, "cap"),
        ({"amount": None, "cap": DAY_CAP._replace(amount=0)}, "cap"),
        ({"price": euro(-1)}, "price"),
        ({"price": Money(1, "USD")}, "price"),
        ({"unit_price": Decimal(1)}, "price"),
        ({"price": None, "unit_price": Decimal(1), "amount": None}, "unit_price"),
        ({"payment": Payment.FREE}, "price"),
        ({"tariff": Tariff(Decimal(1), HOUR)}, "tariff"),
        ({**POSTPAID}, "tariff"),
        ({**POSTPAID, "tariff": Tariff(Decimal(-1), HOUR)}, "tariff"),
        ({**POSTPAID, "tariff": Tariff(Decimal(1), 60)}, "tariff"),
        ({"validity": Validity(ValidityKind.FROM_FIRST_USE, 0)}, "validity"),
        ({"validity": Validity(ValidityKind.FROM_CREATION, -1)}, "validity"),
        ({"cycle": MONTHLY, "amount": None}, "amount"),
        ({"cycle": CycleRule(Period.DAY, 0)}, "cycle"),
        ({"limits": Limits(interim_seconds=59)}, "interim_seconds"),
        ({"limits": Limits(devices_max=0)}, "devices_max"),
        ({"limits": Limits(download_bps=-1)}, "download_bps"),
        pytest.param({**FREE, "cycle": MONTHLY}, "cycle", id="EN-30 cyclic is prepaid only"),
        pytest.param(
            {"cycle": MONTHLY, "validity": Validity(ValidityKind.END_OF_DAY)}, "validity", id="EN-A13 end of day"
        ),
    ],
)
def test_a_wrong_plan_is_refused_by_field(world: World, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(DomainError) as caught:
        world.plan(**changes)
    assert caught.value.code == "plan_invalid"
    assert field in caught.value.fields


@pytest.mark.parametrize(
    ("typed", "price_minor", "side", "unit_price"),
    [
        pytest.param({"price": euro(1000), "amount": 5400}, 1000, "ticket", "6.66666667", id="EN-6 ticket"),
        pytest.param(
            {"price": None, "unit_price": Decimal("6.67"), "amount": 5400}, 1001, "unit", "6.67", id="EN-6 unit"
        ),
        pytest.param(
            {"price": euro(500), "amount": 700 * MB, "measure": Measure.TRAFFIC}, 500, "ticket", "0.07142857", id="EN-8"
        ),
        pytest.param({"price": euro(500), "amount": None, "measure": Measure.NONE}, 500, "ticket", None, id="flat"),
    ],
)
def test_the_typed_price_stays_and_the_other_follows(
    world: World, typed: dict[str, Any], price_minor: int, side: str, unit_price: str | None
) -> None:
    plan = Plan.objects.get(id=world.plan(**typed).id)
    assert (plan.price_minor, plan.price_side) == (price_minor, side)
    assert plan.unit_price == (None if unit_price is None else Decimal(unit_price))


def test_EN_29_without_a_number_a_cyclic_plan_has_one_cycle(world: World) -> None:
    assert world.monthly(cycle=CycleRule(Period.MONTH, None)).cycle_count == 1


def test_EN_A22_the_code_is_the_name_unless_typed(world: World) -> None:
    assert world.plan().code == "1 hour"
    assert world.plan(name="Other", code="H1").code == "H1"


@pytest.mark.parametrize(
    ("changes", "code"), [({"name": "1 HOUR"}, "plan_name_taken"), ({"name": "x", "code": "1 Hour"}, "plan_code_taken")]
)
def test_EN_A10_names_and_codes_are_unique_among_active_plans(world: World, changes: dict[str, str], code: str) -> None:
    old = world.plan()
    with pytest.raises(DomainError) as caught:
        world.plan(**changes)
    assert caught.value.code == code
    services.retire_plan(by=world.by, now=NOON, plan=old)
    assert world.plan(**changes).active


def test_EN_39_a_price_changes_by_a_new_plan_under_the_old_name(world: World) -> None:
    old = world.plan()
    given = world.entitlement(world.guest(), old)
    new = services.replace_plan(by=world.by, now=NOON, plan=old, draft=builders.plan_draft(price=euro(300)))
    old.refresh_from_db()
    assert (old.name, old.active, old.price_minor) == ("OLD-1 hour", False, 200)
    assert (new.name, new.active, new.price_minor) == ("1 hour", True, 300)
    assert given.plan_id == old.id
    assert list(queries.active_plans(world.operator)) == [new]


def test_a_plan_is_replaced_once(world: World) -> None:
    old = world.plan()
    services.replace_plan(by=world.by, now=NOON, plan=old, draft=builders.plan_draft(price=euro(300)))
    with pytest.raises(DomainError) as caught:
        services.replace_plan(by=world.by, now=NOON, plan=old, draft=builders.plan_draft(price=euro(400)))
    assert caught.value.code == "plan_retired"


def test_a_wrong_replacement_leaves_the_plan_as_it_was(world: World) -> None:
    old = world.plan()
    with pytest.raises(DomainError):
        services.replace_plan(by=world.by, now=NOON, plan=old, draft=builders.plan_draft(amount=-1))
    assert queries.plan_named(world.operator, "1 hour") == old


def test_EN_A9_where_a_plan_is_offered_is_switched_any_time(world: World) -> None:
    plan = world.plan()
    services.offer_plan(by=world.by, now=NOON, plan=plan, quick_ticket=True)
    services.offer_plan(by=world.by, now=NOON, plan=plan, self_service=True)
    plan.refresh_from_db()
    assert (plan.quick_ticket, plan.self_service) == (True, True)


def test_EN_38_name_and_code_may_change(world: World) -> None:
    plan = world.plan()
    services.rename_plan(by=world.by, now=NOON, plan=plan, name="One hour", code="H")
    assert queries.plan_named(world.operator, "one HOUR") == plan
    assert queries.plan_named(world.operator, "h") == plan
    assert queries.plan_named(world.operator, "1 hour") is None


def test_the_web_publishes_with_its_own_rights(scoped_world: World) -> None:
    assert queries.plan_named(scoped_world.operator, scoped_world.plan().name)
