"""Quick tickets, and codes that registered subscribers redeem."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction

import world as worlds
from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.core import keys
from hotgate.apps.subscribers import queries as subscribers
from hotgate.apps.subscribers.models import Entitlement, Sale, Subscriber
from hotgate.apps.vouchers import batches, ending, making, queries, quick, redeeming, services, states
from hotgate.apps.vouchers.first_use import first_use
from hotgate.apps.vouchers.models import BatchMode, Voucher
from hotgate.domain.catalogue import Payment, Tariff
from hotgate.domain.errors import DomainError
from hotgate.store import access, vouchers
from hotgate.store.db import ints, octets
from world import NOON, World

LATER = NOON + timedelta(hours=1)


def sold(world: World, **changes: Any) -> quick.QuickTicket:
    plan = changes.pop("plan", None) or world.plan(quick_ticket=True)
    return quick.sell_quick_ticket(by=world.by, now=NOON, operator=world.operator, plan=plan, **changes)


@pytest.mark.django_db
def test_EN_40_a_quick_ticket_is_an_account_with_automatic_credentials(world: World) -> None:
    made = sold(world)
    assert made.username == made.password
    state = subscribers.access_state(world.operator, "code:" + making.index_of(made.username).hex())
    assert subscribers.decision(state, LATER).answer.__class__.__name__ == "Grant"
    [row] = states.seen([made.voucher], LATER)
    assert row.state is states.State.ASSIGNED


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("first", "last", "shown"), [("Ada", "Lovelace", "Ada Lovelace"), ("", " Rossi ", "Rossi"), ("", "", "")]
)
def test_EN_41_a_name_is_optional(world: World, first: str, last: str, shown: str) -> None:
    made = sold(world, first_name=first, last_name=last)
    assert made.voucher.subscriber is not None
    assert made.voucher.subscriber.display_name == shown


@pytest.mark.django_db
@pytest.mark.parametrize("case", ["EN-42 free", "EN-42 postpaid", "EN-A21 not flagged", "EN-A21 retired", "name"])
def test_what_makes_no_quick_ticket(world: World, case: str) -> None:
    from decimal import Decimal

    changes: dict[str, Any] = {"quick_ticket": case != "EN-A21 not flagged"}
    if case == "EN-42 free":
        changes |= {"payment": Payment.FREE, "price": None}
    if case == "EN-42 postpaid":
        tariff = Tariff(Decimal(1), 3600)
        changes = {"payment": Payment.POSTPAID, "price": None, "amount": None, "tariff": tariff}
    plan = world.plan(**changes)
    if case == "EN-A21 retired":
        plan.active, plan.retired_at = False, NOON
        plan.save(update_fields=["active", "retired_at"])
    with pytest.raises(DomainError) as caught:
        sold(world, plan=plan, first_name="x" * 61 if case == "name" else "")
    assert list(caught.value.fields) == ["first_name" if case == "name" else "plan"]
    assert not Subscriber.objects.exists()


@pytest.mark.django_db
def test_EN_43_username_and_password_may_be_two_things(world: World) -> None:
    quick.change_ticket_settings(
        by=world.by, now=NOON, operator=world.operator, separate_password=True, support_line=" Call  9 "
    )
    assert quick.ticket_settings(world.operator).support_line == "Call 9"
    made = sold(world)
    assert made.username != made.password
    assert subscribers.access_state(world.operator, made.username) is not None
    assert queries.voucher_with_code(world.operator, made.username) is None  # the name alone is no key
    again = quick.credentials_of(by=world.by, now=LATER, voucher=Voucher.objects.get(id=made.voucher.id))
    assert again[:2] == made[:2]


@pytest.mark.django_db
def test_EN_43_the_guest_has_a_language(world: World) -> None:
    voucher = sold(world).voucher
    quick.choose_language(by=world.by, now=NOON, voucher=voucher, language="ar")
    assert Subscriber.objects.get(id=voucher.subscriber_id).language == "ar"
    with pytest.raises(DomainError):
        quick.choose_language(by=world.by, now=NOON, voucher=voucher, language="xx")


@pytest.mark.django_db
def test_EN_45_the_account_is_among_the_users_at_once_and_its_sale_is_on_record(world: World) -> None:
    made = sold(world, first_name="Ada")
    assert made.voucher.subscriber in subscribers.subscribers(world.operator)
    assert made.voucher.subscriber is not None
    assert made.voucher.subscriber.name.endswith(made.username[-4:])
    assert made.username not in made.voucher.subscriber.name
    sale = Sale.objects.get(subscriber=made.voucher.subscriber)
    assert sale.state == "paid"


@pytest.mark.django_db
def test_the_web_sells_with_its_own_rights(scoped_world: World) -> None:
    made = sold(scoped_world)
    assert queries.code_of(made.voucher) == made.username


@pytest.mark.django_db
def test_EN_61_an_assigned_ticket_that_nobody_used_is_void_and_its_plan_over(world: World) -> None:
    made = sold(world)
    assert ending.end_voucher(by=world.by, now=LATER, voucher=made.voucher) == "deleted"
    made.voucher.refresh_from_db()
    assert made.voucher.state == "void"
    state = subscribers.access_state(world.operator, "code:" + making.index_of(made.username).hex())
    assert subscribers.decision(state, LATER).answer.__class__.__name__ == "Refusal"


@pytest.mark.django_db
@pytest.mark.parametrize("mode", list(BatchMode))
def test_EN_47_a_registered_subscriber_redeems_a_code_once(world: World, mode: BatchMode) -> None:
    guest = world.guest()
    draft = batches.draft_batch(by=world.by, now=NOON, operator=world.operator, plan=world.plan(), size=6, mode=mode)
    batches.confirm_batch(by=world.by, now=NOON, batch=draft.batch)
    for code in draft.samples[:2]:  # several codes, one after the other
        held = redeeming.redeem_voucher(by=world.by, now=LATER, subscriber=guest, code=code.lower())
        assert held.subscriber == guest
    with pytest.raises(DomainError) as caught:
        redeeming.redeem_voucher(by=world.by, now=LATER, subscriber=guest, code=draft.samples[0])
    assert caught.value.code == "code_unknown"
    assert Entitlement.objects.filter(subscriber=guest).count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("case", ["unknown", "unsold", "void", "expired", "draft", "another operator's"])
def test_EN_47_codes_that_cannot_be_redeemed_all_read_alike(world: World, case: str) -> None:
    guest = world.guest()
    draft = batches.draft_batch(by=world.by, now=NOON, operator=world.operator, plan=world.plan(), size=5)
    if case != "draft":
        batches.confirm_batch(by=world.by, now=NOON, batch=draft.batch)
    change: dict[str, dict[str, Any]] = {
        "unsold": {"sold_at": None},
        "void": {"state": "void"},
        "expired": {"expires_at": NOON},
    }
    Voucher.objects.filter(batch=draft.batch).update(**change.get(case, {"state": "available"}))
    if case == "another operator's":
        guest.operator_id = world.other_operator.id
    code = "NOTHING" if case == "unknown" else draft.samples[0]
    with pytest.raises(DomainError) as caught:
        redeeming.redeem_voucher(by=world.by, now=LATER, subscriber=guest, code=code)
    assert (caught.value.code, caught.value.text) == (
        "code_unknown",
        "This code is not valid. Please compare it with your ticket.",
    )


@pytest.mark.django_db(transaction=True)
def test_of_logins_and_redemptions_by_one_code_at_once_one_wins() -> None:
    world = worlds.make()
    guests = [world.guest(f"guest{number}") for number in range(8)]
    made = services.create_ticket(by=world.by, now=NOON, operator=world.operator, plan=world.plan())
    key = ints([world.operator.id]), octets([making.index_of(made.username)])
    row = vouchers.LOAD_VOUCHERS.fetch(connection, *key)[0]
    plan = catalogue.terms_of([row.plan_id])[row.plan_id]

    def log_in() -> int:
        with transaction.atomic():
            [own] = vouchers.RESERVE_CLAIM_IDS.fetch(connection, 1)
            zone = access.zone_of(row.zone)
            name_key = f"code:{making.index_of(made.username).hex()}"
            wanted = vouchers.claim(row, own, made.username, name_key, plan, zone, keys.current(), LATER)
            return len(vouchers.CLAIM_VOUCHERS.fetch(connection, *vouchers.claim_columns([wanted])))

    def redeem(number: int) -> int:
        try:
            guest = guests[number % len(guests)]
            redeeming.redeem_voucher(by=world.by, now=LATER, subscriber=guest, code=made.username)
        except DomainError:
            return 0
        return 1

    def act(number: int) -> int:
        try:
            return redeem(number) if number % 2 else log_in()
        finally:
            connections["default"].close()

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(act, range(200))) == 1
    assert Entitlement.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["quick ticket", "generator", "redeemed by a registered user"])
def test_EN_37_a_cyclic_plan_is_sold_as_a_ticket_made_in_bulk_and_redeemed(world: World, way: str) -> None:
    """On 20 June: the first cycle ends with June."""
    plan = world.monthly(quick_ticket=True, self_service=True)
    held: Any
    if way == "quick ticket":
        held = sold(world, plan=plan).voucher.entitlement
    else:
        mode = BatchMode.LOGIN if way == "generator" else BatchMode.REDEEM
        draft = batches.draft_batch(by=world.by, now=NOON, operator=world.operator, plan=plan, size=5, mode=mode)
        batches.confirm_batch(by=world.by, now=NOON, batch=draft.batch)
        code = draft.samples[0]
        if way == "generator":
            found = first_use(world.operator, code, NOON)
            assert found is not None
            assert found.refusal is None
            [held] = found.state.entitlements
        else:
            held = redeeming.redeem_voucher(by=world.by, now=NOON, subscriber=world.guest(), code=code)
    assert (held.cycles, held.amount) == (1, plan.amount)
    assert held.valid_until == datetime(2026, 6, 30, 22, tzinfo=UTC)
