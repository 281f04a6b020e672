"""Sales: what was sold or given, for how much, and what is still to be paid."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from hotgate.apps.subscribers import listed
from hotgate.apps.subscribers import sales as services
from hotgate.web.api import shapes
from hotgate.web.api.access import caller
from hotgate.web.api.operations import act, read
from hotgate.web.api.paging import Order, Wanted, page
from hotgate.web.api.shapes import Moment, Money, Page, Shown
from hotgate.web.api.v1 import rows
from hotgate.web.shared.authorization import Action

router = Router()
SALES = "sales"
NEWEST = Order("at", newest_first=True)


class Sale(Shown):
    id: UUID
    user: UUID | None = Field(description="null: a code that nobody has used yet.")
    plan: UUID
    state: str = Field(description="`paid`, `open` (to pay), `free`")
    price: Money = Field(description="What the guest pays.")
    cost: Money = Field(description="What the operator owes those above it: list price minus discount.")
    at: Moment
    settled_at: Moment | None


class WantedSales(Wanted):
    state: Literal["paid", "open", "free"] | None = None
    user: UUID | None = None


class SalePage(Page):
    items: list[Sale]


@read(router, "/sales", SalePage, action=Action.SEE_SALES, resource=SALES)
def list_sales(request: HttpRequest, wanted: Annotated[WantedSales, Query()]) -> Any:
    """Newest first. What is charged as it is used (postpaid) stands in the user's balance, not here."""
    found = listed.sales(caller(request).operator)
    if wanted.state is not None:
        found = found.filter(state=wanted.state)
    if wanted.user is not None:
        found = found.filter(subscriber__uuid=wanted.user)
    return page(found, wanted, lambda some: [_sale(row) for row in some], NEWEST)


@read(router, "/sales/{uuid:sale}", Sale, action=Action.SEE_SALES, resource=SALES)
def read_sale(request: HttpRequest, sale: UUID) -> Any:
    return _sale(rows.one(listed.sales(caller(request).operator), sale))


@act(router, "/sales/{uuid:sale}/settle", Sale, action=Action.RECHARGE, resource=SALES)
def settle_sale(request: HttpRequest, sale: UUID) -> Any:
    """Money was taken for what was still to be paid: once, whoever else settles it at this moment."""
    who = caller(request)
    row = rows.one(listed.sales(who.operator), sale)
    services.settle_sale(by=who.by, now=timezone.now(), sale=row)
    return _sale(rows.one(listed.sales(who.operator), sale))


def _sale(row: Any) -> dict[str, Any]:
    return {
        "id": row.uuid,
        "user": shapes.uuid_of(row.subscriber),
        "plan": row.plan.uuid,
        "state": row.state,
        "price": shapes.money(row.price_minor, row.currency),
        "cost": shapes.money(row.cost_minor, row.currency),
        "at": row.at,
        "settled_at": row.settled_at,
    }
