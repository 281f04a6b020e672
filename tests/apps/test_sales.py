"""What was sold, and what each seller of a chain earned by it."""

from __future__ import annotations

from decimal import Decimal

import pytest

import builders
from hotgate.apps.catalogue import services as catalogue
from hotgate.apps.catalogue.models import ListPrice, SellerDiscount
from hotgate.apps.core import scope
from hotgate.apps.ledger import queries as ledger
from hotgate.apps.ledger.models import LedgerAccount
from hotgate.apps.operators import services as operators
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers import queries as subscribers
from hotgate.apps.subscribers import recharge, sales, services
from hotgate.apps.subscribers.models import Entitlement, Sale
from hotgate.apps.subscribers.recharge import Due
from hotgate.apps.vouchers import services as vouchers
from hotgate.domain import selling
from hotgate.domain.errors import DomainError
from hotgate.domain.money import Money
from world import NOON, World

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("price", "listed", "percents", "expected"),
    [
        (500, 500, [0], [(500, 0)]),  # alone: nobody above to pay
        (500, 400, [10, 0], [(500, 360), (360, 0)]),
        (1000, 800, [10, 25, 0], [(1000, 720), (720, 600), (600, 0)]),
        (0, 800, [10, 0], [(0, 720), (720, 0)]),  # a present still costs
        (333, 333, ["33.33", 0], [(333, 222), (222, 0)]),  # 222.0111
        (500, 500, [100, 0], [(500, 0), (0, 0)]),
    ],
)
def test_HN_A13_each_seller_pays_the_list_less_its_discount(
    price: int, listed: int, percents: list[object], expected: list[tuple[int, int]]
) -> None:
    got = selling.shares(Money(price, "EUR"), Money(listed, "EUR"), [Decimal(str(each)) for each in percents])
    assert [tuple(each) for each in got] == expected


def cash(world: World) -> int:
    account = LedgerAccount.objects.filter(operator=world.operator, kind="cash").first()
    return -ledger.balance_minor(account) if account else 0


@pytest.mark.parametrize(
    ("due", "state", "price", "in_till", "entitlement_state"),
    [
        (Due.PAID, "paid", 200, 200, "paid"),
        (Due.OPEN, "open", 200, 0, "open"),
        (Due.FREE, "free", 0, 0, "not_due"),
    ],
)
def test_HN_A7_a_recharge_is_a_sale_whether_or_not_cash_was_taken(
    world: World, due: Due, state: str, price: int, in_till: int, entitlement_state: str
) -> None:
    given = recharge.recharge_subscriber(by=world.by, now=NOON, subscriber=world.guest(), plan=world.plan(), due=due)
    sale = Sale.objects.get(operator=world.operator)
    assert (sale.state, sale.price_minor, sale.reference) == (state, price, f"entitlement:{given.id}")
    assert (given.payment_state, given.price_minor) == (entitlement_state, price)
    assert cash(world) == in_till


def test_HN_19_HN_20_recharges_stack_and_nothing_is_lost(world: World) -> None:
    guest, plan = world.guest(), world.plan()
    first = world.entitlement(guest, plan)
    Entitlement.objects.filter(id=first.id).update(used=600)
    recharge.recharge_subscriber(by=world.by, now=NOON, subscriber=guest, plan=plan, due=Due.PAID)
    state = subscribers.access_state(world.operator, "guest")
    assert state is not None
    assert sorted(each.amount - each.used for each in state.entitlements if each.amount) == [3000, 3600]


def test_a_recharge_from_the_wallet_needs_the_money(world: World) -> None:
    guest, plan = world.guest(), world.plan()
    with pytest.raises(DomainError) as refused:
        recharge.recharge_subscriber(by=world.by, now=NOON, subscriber=guest, plan=plan, due=Due.WALLET)
    assert refused.value.code == "money_short"
    assert not Sale.objects.filter(operator=world.operator).exists()
    recharge.top_up(by=world.by, now=NOON, subscriber=guest, amount_minor=250)
    recharge.recharge_subscriber(by=world.by, now=NOON, subscriber=guest, plan=plan, due=Due.WALLET)
    assert Sale.objects.get(operator=world.operator).state == "paid"
    assert cash(world) == 250


def test_what_was_to_pay_is_paid_once(world: World) -> None:
    given = recharge.recharge_subscriber(by=world.by, now=NOON, subscriber=world.guest(), plan=world.plan())
    sale = Sale.objects.get(operator=world.operator)
    sales.settle_sale(by=world.by, now=NOON, sale=sale)
    with pytest.raises(DomainError) as refused:
        sales.settle_sale(by=world.by, now=NOON, sale=sale)
    assert refused.value.code == "sale_not_open"
    assert cash(world) == 200
    given.refresh_from_db()
    assert given.payment_state == "paid"


def test_HN_21_costs_and_revenues_go_down_the_chain_of_resellers(world: World) -> None:
    """Root → reseller (25 % off) → seller (10 % off), list price 1.80: seen by the seller with the web's rights."""
    with scope.of(scope.PLATFORM):
        root = world.operator
        reseller = child(world, "Reseller", root)
        seller = child(world, "Seller", reseller)
        SellerDiscount.objects.create(operator=reseller, percent=25)
        SellerDiscount.objects.create(operator=seller, percent=10)
    with scope.of(seller.id):
        plan = catalogue.publish_plan(by=world.by, now=NOON, operator=seller, draft=builders.plan_draft())
        ListPrice.objects.create(plan=plan, operator=seller, amount_minor=180)
        guest = services.register_subscriber(
            by=world.by, now=NOON, operator=seller, name="maria", password=builders.PASSWORD
        )
        recharge.recharge_subscriber(by=world.by, now=NOON, subscriber=guest, plan=plan, due=Due.PAID)
        [sale] = subscribers.sales(guest)
    parts = [(part["seller"], part["revenue_minor"], part["cost_minor"]) for part in sale.chain]
    assert parts == [(seller.id, 200, 162), (reseller.id, 162, 135), (root.id, 135, 0)]
    assert sale.cost_minor == 162


def child(world: World, name: str, parent: Operator) -> Operator:
    return operators.create_operator(by=world.by, now=NOON, name=name, currency="EUR", parent=parent)


def test_HN_21_another_operators_chain_is_nobodys_business(scoped_world: World) -> None:
    assert [each.operator_id for each in sales.seller_chain(scoped_world.operator.id)] == [scoped_world.operator.id]
    assert sales.seller_chain(scoped_world.other_operator.id) == []


def test_HN_21_a_ticket_is_a_sale_too(world: World) -> None:
    ticket = vouchers.create_ticket(by=world.by, now=NOON, operator=world.operator, plan=world.plan())
    [sale] = subscribers.sales_referring(world.operator, f"voucher:{ticket.voucher.id}")
    assert (sale.state, sale.price_minor) == ("paid", 200)
    assert not Sale.objects.exclude(id=sale.id).filter(operator=world.operator).exists()
