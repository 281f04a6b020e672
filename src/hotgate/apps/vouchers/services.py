"""Single vouchers: sold as one ticket, shown, made void. Batches stand in `batches`, and are found here as well."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core.checking import Checking
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.subscribers import sales
from hotgate.apps.subscribers.models import SaleState
from hotgate.apps.subscribers.services import default_realm
from hotgate.apps.vouchers import making, queries
from hotgate.apps.vouchers.batches import Draft, cancel_draft, check_plan, confirm_batch, draft_batch
from hotgate.apps.vouchers.models import BatchKind, BatchMode, BatchState, Voucher, VoucherBatch, VoucherState
from hotgate.domain import codes
from hotgate.domain.codes import BatchSettings
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

__all__ = [
    "Draft",
    "Ticket",
    "cancel_draft",
    "confirm_batch",
    "create_ticket",
    "draft_batch",
    "show_code",
    "void_voucher",
]


class Ticket(NamedTuple):
    username: str
    password: str
    voucher: Voucher


@transaction.atomic
def create_ticket(*, by: Actor, now: datetime, operator: Operator, plan: Plan, site: Site | None = None) -> Ticket:
    """One voucher, sold, that is its own login: the code is the name and the password (CF-6, EN-40).

    DomainError `batch_invalid`: plan.
    """
    checking = Checking("batch_invalid")
    check_plan(checking, plan)
    checking.finish()
    settings = BatchSettings()
    batch = making.new_batch(operator, plan, site, settings, 1, BatchMode.LOGIN, None, by.staff_id, now)
    default_realm(operator)  # where whoever logs in by the code belongs
    batch.kind, batch.state, batch.confirmed_at, batch.made = BatchKind.SINGLE, BatchState.CONFIRMED, now, 1
    batch.save(force_insert=True)
    [code] = making.fresh_codes(operator, settings, 1)
    making.store(batch, [code], now, sold=True)
    voucher = Voucher.objects.get(batch=batch)
    _record_sale(voucher, plan, now)
    _audit(by, now, batch, "create_ticket", {"plan": plan.id, "voucher": voucher.id})
    return Ticket(codes.display(code), codes.display(code), voucher)


@transaction.atomic
def void_voucher(*, by: Actor, now: datetime, voucher: Voucher, reason: str = "") -> None:
    """Make an unused code worthless (EN-61). DomainError `reason_needed` of one that was sold; `voucher_used`."""
    if voucher.sold_at is not None and not reason.strip():
        raise DomainError("reason_needed", _("Say why: this voucher was sold."), {"reason": _("needed")})
    unused = Voucher.objects.filter(id=voucher.id, state__in=(VoucherState.AVAILABLE, VoucherState.ASSIGNED))
    # whoever changes the state first has it: a login at this moment, or this
    if not unused.update(state=VoucherState.VOID):
        raise DomainError("voucher_used", _("This voucher is in use, or void already."))
    voucher.state = VoucherState.VOID
    record_audit(
        by=by,
        now=now,
        operator_id=voucher.operator_id,
        verb="void_voucher",
        object_kind="voucher",
        object_id=voucher.id,
        after={"state": "void"},
        reason=reason,
    )


@transaction.atomic
def show_code(*, by: Actor, now: datetime, voucher: Voucher, on_paper: bool = False) -> str:
    """The code for staff to hand on; that they saw it is written down."""
    record_audit(
        by=by,
        now=now,
        operator_id=voucher.operator_id,
        verb="print_code" if on_paper else "show_code",
        object_kind="voucher",
        object_id=voucher.id,
    )
    return queries.code_of(voucher)


def _record_sale(voucher: Voucher, plan: Plan, now: datetime) -> None:
    """Cash over the counter; found again by the subscriber that the code becomes (HN-21)."""
    if plan.price_minor:
        reference, price = f"voucher:{voucher.id}", plan.price_minor
        sales.record_sale(now=now, plan=plan, reference=reference, price_minor=price, state=SaleState.PAID)


def _audit(by: Actor, now: datetime, batch: VoucherBatch, verb: str, after: dict[str, object]) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=batch.operator_id,
        verb=verb,
        object_kind="voucher_batch",
        object_id=batch.id,
        after=after,
    )
