"""What plans cost those who sell them: a price list, less what each seller gets off it (HN-W8, HN-W10)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from hotgate.apps.catalogue.models import ListPrice, Plan, SellerDiscount
from hotgate.apps.core.checking import Checking
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

PRICE_MAX = 10**12  # minor units
PERCENT_STEP = Decimal("0.01")


@transaction.atomic
def set_list_price(*, by: Actor, now: datetime, plan: Plan, amount_minor: int | None) -> None:
    """What sellers pay for one, before their discount, from the next sale on. None: what the guest pays.

    DomainError `list_price_invalid`.
    """
    checking = Checking("list_price_invalid")
    fits = amount_minor is None or 0 <= amount_minor <= PRICE_MAX
    checking.require(fits, "list_price", _("A price is not below 0."))
    checking.finish()
    before = ListPrice.objects.filter(plan=plan).values_list("amount_minor", flat=True).first()
    if amount_minor == before:
        return
    ListPrice.objects.filter(plan=plan).delete()
    if amount_minor is not None:
        ListPrice(plan=plan, operator_id=plan.operator_id, amount_minor=amount_minor).save(force_insert=True)
    record_audit(
        by=by,
        now=now,
        operator_id=plan.operator_id,
        verb="set_list_price",
        object_kind="plan",
        object_id=plan.id,
        before={"amount_minor": before},
        after={"amount_minor": amount_minor},
    )


@transaction.atomic
def set_seller_discount(*, by: Actor, now: datetime, seller: Operator, percent: Decimal) -> None:
    """What the operator gets off the price list of the reseller above it, from the next sale on.

    Written down where it is given: in the audit of the reseller. DomainError `no_reseller`: nobody is above it;
    `discount_invalid`.
    """
    if seller.parent_id is None:
        raise DomainError("no_reseller", _("This operator buys from nobody, so there is nothing to take off."))
    checking = Checking("discount_invalid")
    fits = 0 <= percent <= 100 and percent == percent.quantize(PERCENT_STEP)
    checking.require(fits, "percent", _("A discount is 0 to 100 percent, with two decimals at most."))
    checking.finish()
    before = discount_of(seller)
    if percent == before:
        return
    SellerDiscount.objects.update_or_create(operator=seller, defaults={"percent": percent})
    record_audit(
        by=by,
        now=now,
        operator_id=seller.parent_id,
        verb="set_seller_discount",
        object_kind="operator",
        object_id=seller.id,
        before={"percent": str(before)},
        after={"percent": str(percent)},
    )


def list_price(plan: Plan) -> int | None:
    """Minor units; None: what the guest pays."""
    return ListPrice.objects.filter(plan=plan).values_list("amount_minor", flat=True).first()


def discount_of(seller: Operator) -> Decimal:
    found = SellerDiscount.objects.filter(operator=seller).values_list("percent", flat=True).first()
    return Decimal(0) if found is None else found
