"""Vouchers: drafted, confirmed, found again however they are typed, claimed once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

import world as worlds
from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.core import keys
from hotgate.apps.vouchers import making, queries, services
from hotgate.apps.vouchers.first_use import first_use
from hotgate.apps.vouchers.models import BatchMode, Voucher, VoucherBatch
from hotgate.domain import codes
from hotgate.domain.catalogue import Payment, Tariff
from hotgate.domain.codes import BatchSettings, CharacterSet
from hotgate.domain.errors import DomainError
from hotgate.domain.reasons import Reason
from hotgate.store import access, vouchers
from hotgate.store.db import ints, octets
from world import NOON, World

LATER = NOON + timedelta(hours=1)


def draft(world: World, size: int = 7, **changes: Any) -> services.Draft:
    given = {"operator": world.operator, "plan": world.plan(), "size": size} | changes
    return services.draft_batch(by=world.by, now=NOON, **given)


def ticket(world: World, **changes: Any) -> services.Ticket:
    given = {"operator": world.operator, "plan": changes.get("plan") or world.plan()}
    return services.create_ticket(by=world.by, now=NOON, **given)


@pytest.mark.django_db
def test_EN_51_a_draft_shows_five_codes_that_nobody_can_use(world: World) -> None:
    made = draft(world)
    assert len(set(made.samples)) == 5
    assert [queries.voucher_with_code(world.operator, code) for code in made.samples] == [None] * 5
    assert not queries.batches(world.operator).exists()


@pytest.mark.django_db
def test_EN_A6_confirmed_the_samples_are_the_first_of_the_whole(world: World) -> None:
    made = draft(world)
    assert services.confirm_batch(by=world.by, now=NOON, batch=made.batch) == 7
    stored = Voucher.objects.filter(batch=made.batch).order_by("id")
    assert [queries.code_of(voucher) for voucher in stored][:5] == made.samples
    assert len(stored) == 7
    assert list(queries.batches(world.operator)) == [made.batch]


@pytest.mark.django_db
@pytest.mark.parametrize("first", [services.confirm_batch, services.cancel_draft])
@pytest.mark.parametrize("then", [services.confirm_batch, services.cancel_draft])
def test_EN_52_a_draft_is_confirmed_or_cancelled_once(world: World, first: Any, then: Any) -> None:
    batch = draft(world).batch
    first(by=world.by, now=NOON, batch=batch)
    with pytest.raises(DomainError) as caught:
        then(by=world.by, now=NOON, batch=batch)
    assert caught.value.code == "batch_not_draft"


@pytest.mark.django_db
def test_EN_52_cancelled_nothing_is_left(world: World) -> None:
    services.cancel_draft(by=world.by, now=NOON, batch=draft(world).batch)
    assert not VoucherBatch.objects.filter(operator=world.operator).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"size": 0}, "batch_invalid"),
        ({"size": 1_000_001}, "batch_invalid"),
        ({"expires_at": NOON}, "batch_invalid"),
        ({"settings": BatchSettings(length=3)}, "code_length_invalid"),
        ({"settings": BatchSettings(prefix="né")}, "prefix_invalid"),
        ({"settings": BatchSettings(CharacterSet.MIXED, avoid_look_alikes=False)}, "check_not_offered"),
        pytest.param({"settings": BatchSettings(CharacterSet.DIGITS, 4), "size": 11}, "code_space_small", id="EN-A5"),
    ],
)
def test_a_wrong_batch_is_refused(world: World, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as caught:
        draft(world, **changes)
    assert caught.value.code == code


@pytest.mark.django_db
def test_EN_42_a_postpaid_plan_makes_no_ticket(world: World) -> None:
    from decimal import Decimal

    plan = world.plan(payment=Payment.POSTPAID, price=None, amount=None, tariff=Tariff(Decimal(1), 3600))
    with pytest.raises(DomainError) as caught:
        ticket(world, plan=plan)
    assert "plan" in caught.value.fields


@pytest.mark.django_db
def test_EN_54_settings_can_be_taken_from_an_earlier_batch(world: World) -> None:
    settings = BatchSettings(CharacterSet.LOWER_DIGITS, 12, "wifi-", True, True)
    made = draft(world, settings=settings)
    services.confirm_batch(by=world.by, now=NOON, batch=made.batch)
    assert making.settings_of(VoucherBatch.objects.get(id=made.batch.id)) == settings
    assert all(code.replace("-", "").startswith("wifi") for code in made.samples)


@pytest.mark.django_db
def test_a_ticket_is_name_and_password_at_once(world: World) -> None:
    made = ticket(world)
    assert made.username == made.password == queries.code_of(made.voucher)
    found = first_use(world.operator, made.username, LATER)
    assert found is not None
    assert (found.refusal, [e.amount for e in found.state.entitlements]) == (None, [3600])


@pytest.mark.django_db
@pytest.mark.parametrize("write", [str.lower, str.upper, lambda c: c.replace("-", " "), lambda c: f" {c} "])
def test_a_code_is_found_however_it_is_typed(world: World, write: Any) -> None:
    made = ticket(world)
    assert queries.voucher_with_code(world.operator, write(made.username)) == made.voucher
    assert queries.voucher_with_code(world.other_operator, write(made.username)) is None


@pytest.mark.django_db
def test_EN_A5_a_code_is_unique_whatever_its_case(world: World) -> None:
    made = ticket(world)
    batch = made.voucher.batch
    code = queries.code_of(made.voucher)
    assert [making.store(batch, [again], NOON, sold=True) for again in (code, code.lower())] == [0, 0]
    assert making.store(batch, ["another"], NOON, sold=True) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Voucher.objects.filter(batch=batch).update(code_index=making.index_of(code))


@pytest.mark.django_db
def test_the_database_holds_no_code_in_clear(world: World) -> None:
    made = ticket(world)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(v)::text, encode(code_sealed, 'escape') FROM voucher v")
        text = " ".join(part for row in cursor.fetchall() for part in row).upper()
    assert codes.normalise(made.username) not in text
    assert made.username not in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, None),
        ({"state": "void"}, Reason.VOUCHER_VOID),
        ({"sold_at": None}, Reason.VOUCHER_NOT_SOLD),
        ({"expires_at": LATER}, Reason.VOUCHER_EXPIRED),
        ({"expires_at": LATER + timedelta(seconds=1)}, None),
    ],
)
def test_why_an_unused_code_is_no_login(world: World, changes: dict[str, Any], reason: Reason | None) -> None:
    made = ticket(world)
    if changes:
        Voucher.objects.filter(id=made.voucher.id).update(**changes)
    found = first_use(world.operator, made.username, LATER)
    assert found is not None
    assert found.refusal is reason


@pytest.mark.django_db
def test_EN_47_codes_for_redeeming_are_no_logins(world: World) -> None:
    made = draft(world, mode=BatchMode.REDEEM)
    services.confirm_batch(by=world.by, now=NOON, batch=made.batch)
    found = first_use(world.operator, made.samples[0], LATER)
    assert found is not None
    assert found.refusal is Reason.VOUCHER_REDEEM_ONLY


@pytest.mark.django_db
def test_a_batch_can_wait_to_be_sold(world: World) -> None:
    made = draft(world)
    services.confirm_batch(by=world.by, now=NOON, batch=made.batch, sold=False)
    found = first_use(world.operator, made.samples[0], LATER)
    assert found is not None
    assert found.refusal is Reason.VOUCHER_NOT_SOLD


@pytest.mark.django_db
def test_EN_61_an_unused_code_is_made_void_with_a_reason_once(world: World) -> None:
    voucher = ticket(world).voucher
    for reason, code in (("", "reason_needed"), ("lost", None), ("again", "voucher_used")):
        said = None
        try:
            services.void_voucher(by=world.by, now=NOON, voucher=voucher, reason=reason)
        except DomainError as error:
            said = error.code
        assert said == code


@pytest.mark.django_db
def test_the_web_makes_a_batch_with_its_own_rights(scoped_world: World) -> None:
    made = draft(scoped_world, size=6000)
    assert services.confirm_batch(by=scoped_world.by, now=NOON, batch=made.batch) == 6000


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("ABCD-EFGH-XJY", "••••-•••H-XJY"),
        ("ABCD-EFGH-JK", "••••-••GH-JK"),
        ("ABCDEFGH", "••••EFGH"),
        ("12345", "•2345"),
        ("AB-CD", "••-••"),
        ("ABCD", "••••"),
        ("", ""),
        ("-----", "-----"),
    ],
)
def test_of_a_code_four_characters_are_shown(code: str, shown: str) -> None:
    assert vouchers.masked(code) == shown


@pytest.mark.django_db(transaction=True)
def test_G6_of_100_first_logins_at_once_by_one_code_one_makes_the_user() -> None:
    world = worlds.make()
    made = ticket(world)
    row = vouchers.LOAD_VOUCHERS.fetch(connection, ints([world.operator.id]), octets([making.index_of(made.username)]))[
        0
    ]
    plan = catalogue.terms_of([row.plan_id])[row.plan_id]
    name_key = f"code:{making.index_of(made.username).hex()}"

    def claim(_: int) -> int:
        try:
            with transaction.atomic():
                [own] = vouchers.RESERVE_CLAIM_IDS.fetch(connection, 1)
                zone = access.zone_of(row.zone)
                wanted = vouchers.claim(row, own, made.username, name_key, plan, zone, keys.current(), LATER)
                return len(vouchers.CLAIM_VOUCHERS.fetch(connection, *vouchers.claim_columns([wanted])))
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(claim, range(100))) == 1
    voucher = Voucher.objects.get(id=made.voucher.id)
    assert voucher.state == "used"
    assert voucher.subscriber is not None
    assert voucher.subscriber.name.startswith("••••")
    assert voucher.subscriber.name[-4:] == made.username[-4:]
