"""Subscribers: how they come, what they hold, what stops them, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

import builders
from hotgate import vault
from hotgate.aaa import translate
from hotgate.apps.core import ids, keys
from hotgate.apps.ledger import queries as ledger
from hotgate.apps.operators.models import AuditEntry
from hotgate.apps.subscribers import names, queries, recharge, services
from hotgate.apps.subscribers.models import Credential, CredentialSecret, Entitlement, PaymentState, Subscriber
from hotgate.apps.usage.models import SessionOrder
from hotgate.domain.access import Refusal
from hotgate.domain.catalogue import CycleRule, Payment, Period, Tariff, Unit, Validity, ValidityKind
from hotgate.domain.errors import DomainError
from hotgate.domain.reasons import Reason
from hotgate.domain.subscriber import HoldKind
from hotgate.store import seals
from world import NOON, World

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)


def refusal(world: World, name: str = "guest", now: datetime = LATER) -> Reason | None:
    answer = queries.decision(queries.access_state(world.operator, names.name_key(name)), now).answer
    return answer.reason if isinstance(answer, Refusal) else None


def code_of(world: World, **changes: Any) -> str:
    with pytest.raises(DomainError) as caught:
        world.guest(**changes)
    return caught.value.code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "subscriber_invalid"),
        ({"name": "x" * 254}, "subscriber_invalid"),
        ({"name": "a\tb"}, "subscriber_invalid"),
        ({"name": "Code:00ff"}, "subscriber_invalid"),
        ({"name": "mac:AA-BB-CC-DD-EE-FF"}, "subscriber_invalid"),
        ({"password": "seven77"}, "subscriber_invalid"),
        ({"password": "x" * 129}, "subscriber_invalid"),
        ({"password": "eight\0888"}, "subscriber_invalid"),
    ],
)
def test_who_can_not_be_registered(world: World, changes: dict[str, str], code: str) -> None:
    assert code_of(world, **changes) == code


@pytest.mark.parametrize("again", ["anna", "ANNA", " anna ", "ann\u00e1", "ANNA\u0301", "ΑΣ", "ας"])
def test_two_names_that_read_the_same_are_the_same(world: World, again: str) -> None:
    for name in ("Anna", "Anná", "ας"):
        world.guest(name)
    assert code_of(world, name=again) == "name_taken"


@pytest.mark.parametrize("name", ["Anna", "ANNÁ", "ann\u0061\u0301", "Straße", "İstanbul", "guest@example.com", "ΑΣ"])
def test_a_name_is_looked_up_as_a_login_looks_it_up(name: str) -> None:
    assert names.name_key(name) == translate.name_key(name)


def test_a_name_belongs_to_one_operator_only(world: World) -> None:
    world.guest()
    world.guest(operator=world.other_operator, site=world.other_site)
    assert queries.subscriber_named(world.operator, "GUEST") != queries.subscriber_named(world.other_operator, "guest")


@pytest.mark.parametrize("keep", [True, False])
def test_a_password_is_kept_as_a_digest_and_for_CHAP_sealed(world: World, keep: bool) -> None:
    guest = world.guest(keep_for_chap=keep)
    secret = CredentialSecret.objects.get(credential__subscriber=guest)
    digest = vault.wire_digest(keys.current().wire, seals.subscriber_ref(guest.id), builders.PASSWORD.encode())
    assert bytes(secret.pap_digest or b"") == digest
    assert (secret.sealed is not None) == keep
    if secret.sealed is not None:
        place = seals.credential_place(secret.credential_id)
        assert vault.unseal(keys.current().network, bytes(secret.sealed), place).decode() == builders.PASSWORD


def test_a_new_password_replaces_the_old_one(world: World) -> None:
    guest = world.guest()
    before = bytes(CredentialSecret.objects.get(credential__subscriber=guest).pap_digest or b"")
    services.set_password(by=world.by, now=NOON, subscriber=guest, password="another password", keep_for_chap=False)
    after = CredentialSecret.objects.get(credential__subscriber=guest)
    assert bytes(after.pap_digest or b"") != before
    assert after.sealed is None


def test_who_has_no_password_gets_none(world: World) -> None:
    guest = world.guest()
    Credential.objects.filter(subscriber=guest).delete()
    with pytest.raises(DomainError) as caught:
        services.set_password(by=world.by, now=NOON, subscriber=guest, password="another password")
    assert caught.value.code == "no_password"


def test_a_guest_with_a_plan_may_log_in_and_others_hear_why_not(world: World) -> None:
    guest = world.guest()
    assert refusal(world, "nobody") is Reason.UNKNOWN_NAME
    assert refusal(world) is Reason.NO_ENTITLEMENT
    world.entitlement(guest, world.plan())
    assert refusal(world) is None


def test_the_why_panel_stops_where_the_login_stops(world: World) -> None:
    guest = world.guest()
    services.place_hold(by=world.by, now=NOON, subscriber=guest)
    lines = queries.explanation(queries.access_state(world.operator, "guest"), LATER)
    assert [line.passed for line in lines] == [True] * (len(lines) - 1) + [False]
    assert lines[-1].name == "not_held_by_staff"


@pytest.mark.parametrize(("kind", "reason"), [(HoldKind.STAFF, Reason.HELD_BY_STAFF), (HoldKind.UNPAID, Reason.UNPAID)])
def test_a_hold_stops_and_its_release_gives_back(world: World, kind: HoldKind, reason: Reason) -> None:
    guest = world.guest()
    world.entitlement(guest, world.plan())
    hold = services.place_hold(by=world.by, now=NOON, subscriber=guest, kind=kind, reason="talk to us")
    assert services.place_hold(by=world.by, now=NOON, subscriber=guest, kind=kind) == hold
    assert refusal(world) is reason
    for _ in range(2):
        services.release_hold(by=world.by, now=NOON, hold=hold)
    assert refusal(world) is None
    assert AuditEntry.objects.filter(operator=world.operator, verb="release_hold").count() == 1


def test_a_hold_ends_by_itself_at_its_time(world: World) -> None:
    guest = world.guest()
    world.entitlement(guest, world.plan())
    services.place_hold(by=world.by, now=NOON, subscriber=guest, until=LATER)
    assert refusal(world, now=LATER - timedelta(seconds=1)) is Reason.HELD_BY_STAFF
    assert refusal(world, now=LATER) is None


def test_a_cap_is_never_placed_by_hand(world: World) -> None:
    with pytest.raises(DomainError) as caught:
        services.place_hold(by=world.by, now=NOON, subscriber=world.guest(), kind=HoldKind.CAP)
    assert caught.value.code == "hold_invalid"


def test_an_entitlement_takes_over_the_plans_terms(world: World) -> None:
    week = Validity(ValidityKind.FROM_CREATION, 1, Unit.WEEK)
    given = world.entitlement(world.guest(), world.plan(validity=week))
    assert (given.amount, given.price_minor, given.payment_state) == (3600, 200, PaymentState.OPEN)
    assert given.valid_until == NOON + timedelta(days=7)


def test_EN_24_the_validity_may_be_another_for_one_user(world: World) -> None:
    day = Validity(ValidityKind.FROM_CREATION, 1, Unit.DAY)
    given = world.entitlement(world.guest(), world.plan(), validity=day)
    assert given.valid_until == NOON + timedelta(days=1)


def test_EN_A17_until_the_end_of_the_day_is_the_sites_midnight(world: World) -> None:
    given = world.entitlement(world.guest(), world.plan(validity=Validity(ValidityKind.END_OF_DAY)))
    assert given.valid_until == datetime(2026, 6, 20, 22, tzinfo=UTC)


def test_EN_33_a_monthly_plan_bought_on_the_20th_ends_its_cycle_with_the_month(world: World) -> None:
    given = world.entitlement(world.guest(), world.monthly())
    assert given.valid_until == datetime(2026, 6, 30, 22, tzinfo=UTC)


def test_EN_A12_three_cycles_from_20_June_end_on_31_August_and_cost_three_times(world: World) -> None:
    given = world.entitlement(world.guest(), world.monthly(), cycles=3)
    assert given.valid_until == datetime(2026, 8, 31, 22, tzinfo=UTC)
    assert given.price_minor == 4500


@pytest.mark.parametrize("starts_at", [None, NOON + timedelta(days=3)])
def test_EN_27_EN_A15_one_cyclic_plan_at_a_time_running_or_yet_to_begin(
    world: World, starts_at: datetime | None
) -> None:
    guest = world.guest()
    first = world.entitlement(guest, world.monthly(), starts_at=starts_at)
    daily = world.monthly(name="Daily", cycle=CycleRule(Period.DAY))
    with pytest.raises(DomainError) as caught:
        world.entitlement(guest, daily)
    assert caught.value.code == "second_cyclic"
    world.entitlement(guest, world.plan())  # EN-A15: others may stand beside it
    recharge.end_entitlement(by=world.by, now=NOON, entitlement=first)
    world.entitlement(guest, daily)


def test_a_retired_plan_is_no_longer_given(world: World) -> None:
    from hotgate.apps.catalogue.services import retire_plan

    plan = world.plan()
    retire_plan(by=world.by, now=NOON, plan=plan)
    with pytest.raises(DomainError) as caught:
        world.entitlement(world.guest(), plan)
    assert caught.value.code == "plan_retired"


def test_the_user_page_gets_the_live_entitlements_first_and_no_more_than_asked(world: World) -> None:
    guest, plan = world.guest(), world.plan()
    oldest, over, newest = [world.entitlement(guest, plan) for _ in range(3)]
    Entitlement.objects.filter(id=over.id).update(live=False)
    assert list(queries.latest_entitlements(guest, 50)) == [newest, oldest, over]
    assert list(queries.latest_entitlements(guest, 2)) == [newest, oldest]


def test_EN_A19_ended_by_staff_is_ended_at_once_and_stays_on_record(world: World) -> None:
    guest = world.guest()
    given = world.entitlement(guest, world.plan())
    recharge.end_entitlement(by=world.by, now=NOON, entitlement=given, reason="left early")
    assert refusal(world) is Reason.ENDED
    assert list(queries.entitlements(guest)) == [given]
    entry = AuditEntry.objects.get(operator=world.operator, verb="end_entitlement")
    assert (entry.staff_id, entry.reason) == (world.cashier.id, "left early")


def test_a_purchase_moves_the_price_and_gives_the_plan(world: World) -> None:
    guest = world.guest()
    recharge.top_up(by=world.by, now=NOON, subscriber=guest, amount_minor=500)
    bought = recharge.buy_entitlement(by=world.by, now=NOON, subscriber=guest, plan=world.plan())
    assert guest.wallet is not None
    assert (ledger.balance_minor(guest.wallet), bought.payment_state) == (300, "paid")


def test_a_purchase_without_money_gives_nothing(world: World) -> None:
    guest = world.guest()
    with pytest.raises(DomainError) as caught:
        recharge.buy_entitlement(by=world.by, now=NOON, subscriber=guest, plan=world.plan())
    assert caught.value.code == "money_short"
    assert not Entitlement.objects.filter(subscriber=guest).exists()


def test_one_purchase_is_charged_once(world: World) -> None:
    guest, plan, same = world.guest(), world.plan(), ids.uuid7()
    recharge.top_up(by=world.by, now=NOON, subscriber=guest, amount_minor=500)
    recharge.buy_entitlement(by=world.by, now=NOON, subscriber=guest, plan=plan, id=same)
    with pytest.raises(DomainError) as caught:
        recharge.buy_entitlement(by=world.by, now=NOON, subscriber=guest, plan=plan, id=same)
    assert caught.value.code == "already_bought"
    assert Entitlement.objects.filter(subscriber=guest).count() == 1


def test_who_has_no_wallet_neither_buys_nor_tops_up(world: World) -> None:
    guest = world.guest()
    Subscriber.objects.filter(id=guest.id).update(wallet=None)
    guest.refresh_from_db()
    for act in (
        lambda: recharge.buy_entitlement(by=world.by, now=NOON, subscriber=guest, plan=world.plan()),
        lambda: recharge.top_up(by=world.by, now=NOON, subscriber=guest, amount_minor=1),
    ):
        with pytest.raises(DomainError) as caught:
            act()
        assert caught.value.code == "no_wallet"


@pytest.mark.parametrize(("balance", "reason"), [(0, Reason.NO_MONEY), (500, None)])
def test_a_postpaid_plan_is_paid_by_the_wallet(world: World, balance: int, reason: Reason | None) -> None:
    from decimal import Decimal

    guest = world.guest()
    tariff = Tariff(Decimal("1.20"), 3600)
    world.entitlement(guest, world.plan(payment=Payment.POSTPAID, price=None, amount=None, tariff=tariff))
    if balance:
        recharge.top_up(by=world.by, now=NOON, subscriber=guest, amount_minor=balance)
    assert refusal(world) is reason


def open_session(world: World, guest: Subscriber) -> None:
    nas = world.nas()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO access_session (uuid, operator_id, nas_id, acct_session_id, started_at, subscriber_id,"
            " last_event_at, last_heard_at) VALUES (%s, %s, %s, 's1', %s, %s, %s, %s)",
            [ids.uuid7(), world.operator.id, nas.id, NOON, guest.id, NOON, NOON],
        )


def test_what_changes_is_told_to_the_nas_by_one_order_per_session(world: World) -> None:
    guest = world.guest()
    open_session(world, guest)
    told = []
    given = world.entitlement(guest, world.plan())
    told.append(order(guest))
    services.place_hold(by=world.by, now=NOON, subscriber=guest)
    told.append(order(guest))
    recharge.end_entitlement(by=world.by, now=NOON, entitlement=given)
    told.append(order(guest))
    assert told == [("reauthorize", "", 1), ("disconnect", "held_by_staff", 2), ("reauthorize", "ended", 3)]


def order(guest: Subscriber) -> tuple[str, str, int]:
    return SessionOrder.objects.values_list("kind", "reason", "generation").get(session__subscriber=guest)


def test_the_web_does_all_of_it_with_its_own_rights(scoped_world: World) -> None:
    world = scoped_world
    guest = world.guest()
    recharge.top_up(by=world.by, now=NOON, subscriber=guest, amount_minor=500)
    recharge.buy_entitlement(by=world.by, now=NOON, subscriber=guest, plan=world.plan())
    services.set_password(by=world.by, now=NOON, subscriber=guest, password="another password")
    services.release_hold(by=world.by, now=NOON, hold=services.place_hold(by=world.by, now=NOON, subscriber=guest))
    assert refusal(world) is None


@pytest.mark.parametrize(
    ("over", "newer", "is_left_out"),
    [
        ({"valid_until": NOON - timedelta(days=31)}, True, True),
        ({"valid_until": NOON - timedelta(days=29)}, True, False),
        ({"ended_at": NOON - timedelta(days=31)}, True, True),
        ({"valid_until": NOON - timedelta(days=31)}, False, False),
        ({}, True, False),
    ],
)
def test_a_login_no_longer_reads_what_ended_a_month_ago_but_the_newest(
    world: World, over: dict[str, Any], newer: bool, is_left_out: bool
) -> None:
    guest = world.guest()
    plan = world.plan()
    old = world.entitlement(guest, plan)
    Entitlement.objects.filter(id=old.id).update(**over)
    if newer:
        world.entitlement(guest, plan)
    recharge.leave_out_what_is_over(now=NOON)
    old.refresh_from_db()
    assert old.live is not is_left_out
