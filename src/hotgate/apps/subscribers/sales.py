"""Write down what was sold, and what each seller earned by it: once for each thing sold."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Count, Sum

from hotgate.apps.catalogue.models import ListPrice, Plan
from hotgate.apps.ledger import services as ledger
from hotgate.apps.ledger.models import AccountKind, TransferKind
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers.models import Entitlement, PaymentState, Sale, SaleState, Subscriber
from hotgate.domain import selling
from hotgate.domain.errors import DomainError
from hotgate.domain.money import Money
from hotgate.domain.wording import _
from hotgate.store.db import Statement


class Gateway(NamedTuple):
    nas_id: int


LAST_GATEWAY = Statement(
    "LAST_GATEWAY",
    "where a subscriber was online last",
    "SELECT nas_id FROM access_session WHERE subscriber_id = $1::bigint ORDER BY started_at DESC LIMIT 1",
    Gateway,
)


class Seller(NamedTuple):
    operator_id: int
    name: str
    percent: Decimal


class Wholesale(NamedTuple):
    """What sellers pay for a plan."""

    list_minor: int | None  # None: what the guest pays
    sellers: list[Seller]  # from the operator upward


def record_sale(
    *,
    now: datetime,
    plan: Plan,
    reference: str,
    price_minor: int,
    state: SaleState,
    times: int = 1,
    subscriber: Subscriber | None = None,
) -> Sale:
    """In the caller's transaction, which has its own audit entry. `times`: cycles, of which each has the list price.

    The same `reference` again breaks `sale_reference_unique`.
    """
    nas_id = _last_gateway(subscriber)
    sale = planned_sale(now, plan, reference, price_minor, state, times, subscriber, wholesale_of(plan), nas_id)
    sale.save(force_insert=True)
    return sale


def planned_sale(
    now: datetime,
    plan: Plan,
    reference: str,
    price_minor: int,
    state: SaleState,
    times: int,
    subscriber: Subscriber | None,
    wholesale: Wholesale,
    nas_id: int | None = None,
) -> Sale:
    """The row of a sale, not saved yet."""
    list_minor = (plan.price_minor if wholesale.list_minor is None else wholesale.list_minor) * times
    sellers = wholesale.sellers
    parts = selling.shares(
        Money(price_minor, plan.currency), Money(list_minor, plan.currency), [each.percent for each in sellers]
    )
    return Sale(
        **({"operator": subscriber.operator} if subscriber else {"operator_id": plan.operator_id}),
        reference=reference,
        subscriber=subscriber,
        plan=plan,
        nas_id=nas_id,
        state=state,
        currency=plan.currency,
        price_minor=price_minor,
        cost_minor=parts[0].cost_minor if parts else 0,
        chain=[
            {"seller": seller.operator_id, "revenue_minor": part.revenue_minor, "cost_minor": part.cost_minor}
            for seller, part in zip(sellers, parts, strict=True)
        ],
        at=now,
        settled_at=now if state is SaleState.PAID else None,
    )


def record_given(entitlement: Entitlement, plan: Plan, now: datetime) -> Sale | None:
    """The sale of an entitlement, by what is due for it; None where the plan costs nothing by itself."""
    if not is_sold(entitlement, plan):
        return None
    sale = given_sale(entitlement, plan, now, wholesale_of(plan), _last_gateway(entitlement.subscriber))
    sale.save(force_insert=True)
    return sale


def is_sold(entitlement: Entitlement, plan: Plan) -> bool:
    return bool(entitlement.price_minor or plan.price_minor)


def given_sale(
    entitlement: Entitlement, plan: Plan, now: datetime, wholesale: Wholesale, nas_id: int | None = None
) -> Sale:
    """The row of its sale, not saved yet."""
    states = {PaymentState.PAID: SaleState.PAID, PaymentState.OPEN: SaleState.OPEN}
    state = states.get(PaymentState(entitlement.payment_state), SaleState.FREE)
    price = 0 if state is SaleState.FREE else entitlement.price_minor
    times = entitlement.cycles or 1 if plan.cycle_period else 1
    reference = f"entitlement:{entitlement.id}"
    return planned_sale(now, plan, reference, price, state, times, entitlement.subscriber, wholesale, nas_id)


@transaction.atomic
def settle_sale(*, by: Actor, now: datetime, sale: Sale) -> None:
    """Cash was taken for what was still to be paid. DomainError `sale_not_open`: it was paid before, or was free."""
    if not Sale.objects.filter(id=sale.id, state=SaleState.OPEN).update(state=SaleState.PAID, settled_at=now):
        raise DomainError("sale_not_open", _("This was paid before, or costs nothing."))
    kind, _colon, number = sale.reference.partition(":")
    if kind == "entitlement":
        Entitlement.objects.filter(id=int(number)).update(payment_state=PaymentState.PAID)
    take_cash(by=by, now=now, sale=sale)
    record_audit(
        by=by, now=now, operator_id=sale.operator_id, verb="settle_sale", object_kind="sale", object_id=sale.id
    )


def take_cash(*, by: Actor, now: datetime, sale: Sale) -> None:
    """The money of a sale goes into the till. The transfer's id is the sale's, so it goes in once."""
    if sale.price_minor:
        cash, revenue = ledger.open_accounts(sale.operator, AccountKind.CASH, AccountKind.REVENUE)
        ledger.post(
            by=by,
            now=now,
            debit=cash,
            credit=revenue,
            amount_minor=sale.price_minor,
            kind=TransferKind.PURCHASE,
            reference=sale.reference,
            id=sale.uuid,
        )


class Sold(NamedTuple):
    sales: int
    price_minor: int  # what guests paid or owe
    cost_minor: int  # what the seller owes upward for it

    @property
    def margin_minor(self) -> int:
        return self.price_minor - self.cost_minor


def sold_since(seller: Operator, since: datetime) -> Sold:
    """By an operator itself, in its currency."""
    rows = Sale.objects.filter(operator=seller, at__gte=since)
    sums = rows.aggregate(sales=Count("id"), price=Sum("price_minor"), cost=Sum("cost_minor"))
    return Sold(sums["sales"], sums["price"] or 0, sums["cost"] or 0)


def seller_chain(operator_id: int) -> list[Seller]:
    """The operator and those above it, up to the root."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT operator_id, name, percent FROM seller_chain(%s)", [operator_id])
        return [Seller(*row) for row in cursor.fetchall()]


def wholesale_of(plan: Plan) -> Wholesale:
    listed = ListPrice.objects.filter(plan=plan).values_list("amount_minor", flat=True).first()
    return Wholesale(listed, seller_chain(plan.operator_id))


def _last_gateway(subscriber: Subscriber | None) -> int | None:
    if subscriber is None:
        return None
    rows = LAST_GATEWAY.fetch(connection, subscriber.id)
    return rows[0].nas_id if rows else None
