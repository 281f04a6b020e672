"""What a user holds, as it is told and shown."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from pydantic import Field

from hotgate.apps.subscribers import listed
from hotgate.apps.subscribers.recharge import TOP_UP_MAX, Due
from hotgate.web.api import shapes
from hotgate.web.api.shapes import Line, Moment, Money, Page, Shown, Told, TypedMoment

Cycles = Annotated[int, Field(ge=1, le=1200)]
CYCLES = Field(None, description="Of a cyclic plan: how many cycles, instead of the plan's own number.")


class Recharge(Told):
    plan: UUID
    due: Due = Field(
        Due.OPEN,
        description="`paid`: money was taken; `open`: to pay; `free`: a present; `wallet`: from the user's balance.",
    )
    starts_at: TypedMoment | None = Field(None, description="Left out: now.")
    cycles: Cycles | None = CYCLES


class NewTopUp(Told):
    minor: int = Field(ge=1, le=TOP_UP_MAX, description="In the smallest unit of the operator's currency.")
    reference: Line = Field("", description="What it was paid with, for the user's ledger.")


class Balance(Shown):
    balance: Money


class Entitlement(Shown):
    id: UUID
    user: UUID
    plan: UUID
    plan_name: str
    measure: str = Field(description="What `amount` and `used` count: `time` in seconds, `traffic` in octets.")
    amount: int | None = Field(description="In all, or of each cycle; null: not limited.")
    used: int = Field(description="In all, or of the cycle to which the last use belongs.")
    left: int | None = Field(description="Now, of a cycle what is left of it; null: not limited; 0 when it is over.")
    usable: bool = Field(description="Whether it could pay for a login now.")
    cycles: int | None
    starts_at: Moment
    first_used_at: Moment | None
    valid_until: Moment | None
    ended_at: Moment | None
    price: Money | None
    payment: str = Field(description="`not_due`, `open`, `paid`")
    created_at: Moment


class EntitlementPage(Page):
    items: list[Entitlement]


def new_entitlement(row: Any, now: datetime) -> dict[str, Any]:
    """Given just now: where an amount is counted, all of it is left, and nothing has to be asked."""
    if row.amount is None or row.plan.elapsed:
        return entitlement(row)
    return _entitlement(row, listed.Left(row.amount, row.starts_at <= now))


def entitlements(rows: list[Any]) -> list[dict[str, Any]]:
    """All of one user: what is left of them is asked once."""
    left = listed.left_of(rows[0].subscriber, timezone.now()) if rows else {}
    return [_entitlement(row, left.get(row.id, listed.OVER)) for row in rows]


def entitlement(row: Any) -> dict[str, Any]:
    return entitlements([row])[0]


def _entitlement(row: Any, left: listed.Left) -> dict[str, Any]:
    plain = ("amount", "used", "cycles", "starts_at", "first_used_at", "valid_until", "ended_at", "created_at")
    return {name: getattr(row, name) for name in plain} | {
        "id": row.uuid,
        "user": row.subscriber.uuid,
        "plan": row.plan.uuid,
        "plan_name": row.plan.name,
        "measure": row.plan.measure,
        "used": row.used if isinstance(row.used, int) else 0,  # the database's default, right after it was made
        "left": left.amount,
        "usable": left.is_usable,
        "price": shapes.money(row.price_minor, row.plan.currency),
        "payment": str(row.payment_state),
    }
