"""Make voucher batches: drafted with five samples, made as a whole when confirmed, or as a single ticket."""

from __future__ import annotations

import json
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from hotgate import vault
from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core import keys
from hotgate.apps.core.checking import Checking
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.subscribers.services import default_realm
from hotgate.apps.vouchers import making, queries
from hotgate.apps.vouchers.models import BatchMode, BatchState, Voucher, VoucherBatch, VoucherState
from hotgate.domain import codes
from hotgate.domain.catalogue import Payment
from hotgate.domain.codes import BatchSettings
from hotgate.domain.errors import DomainError

SAMPLES = 5
SIZE_MAX = 100_000


class Draft(NamedTuple):
    batch: VoucherBatch
    samples: list[str]  # as they will be printed; nobody can use them yet


class Ticket(NamedTuple):
    username: str
    password: str
    voucher: Voucher


@transaction.atomic
def draft_batch(
    *,
    by: Actor,
    now: datetime,
    operator: Operator,
    plan: Plan,
    size: int,
    settings: BatchSettings | None = None,
    mode: BatchMode = BatchMode.LOGIN,
    site: Site | None = None,
    expires_at: datetime | None = None,
) -> Draft:
    """A batch that is not made yet, with a sample of five (EN-51). Nothing of it is in lists or can be redeemed.

    DomainError `batch_invalid`: size, plan or expires_at; `code_space_small` (EN-A5); those of
    `codes.ensure_possible`.
    """
    settings = settings or BatchSettings()
    checking = Checking("batch_invalid")
    checking.require(1 <= size <= SIZE_MAX, "size", f"A batch has 1 to {SIZE_MAX} codes.")
    checking.require(expires_at is None or expires_at > now, "expires_at", "This date has passed.")
    _check_plan(checking, plan, now)
    checking.finish()
    codes.ensure_possible(settings)
    _check_space(operator, settings, size)
    batch = making.new_batch(operator, plan, site, settings, size, mode, expires_at, by.staff_id, now)
    samples = making.fresh_codes(operator, settings, min(SAMPLES, size))
    batch.sample_sealed = vault.seal(keys.current().reprint, json.dumps(samples).encode(), making.batch_place(batch))
    batch.save(force_insert=True)
    _audit(by, now, batch, "draft_batch", {"plan": plan.id, "size": size, "mode": str(mode)})
    return Draft(batch, [codes.display(code) for code in samples])


@transaction.atomic
def confirm_batch(*, by: Actor, now: datetime, batch: VoucherBatch, sold: bool = True) -> int:
    """Make all vouchers of a draft, the samples first among them (EN-52, EN-A6); how many.

    `sold` False: they answer like unknown codes until they are sold. DomainError `batch_not_draft`.
    """
    batch = _locked_draft(batch)
    sealed = bytes(batch.sample_sealed or b"")
    samples = json.loads(vault.unseal(keys.current().reprint, sealed, making.batch_place(batch)))
    default_realm(batch.operator)  # where those who log in by a code belong
    batch.state, batch.confirmed_at, batch.sample_sealed = BatchState.CONFIRMED, now, None
    batch.save(update_fields=["state", "confirmed_at", "sample_sealed"])
    made = making.store(batch, samples, now, sold)
    while made < batch.size:
        made += making.store(batch, making.random_codes(making.settings_of(batch), batch.size - made), now, sold)
    _audit(by, now, batch, "confirm_batch", {"size": made, "sold": sold})
    return made


@transaction.atomic
def cancel_draft(*, by: Actor, now: datetime, batch: VoucherBatch) -> None:
    """Forget a draft and its samples (EN-52). DomainError `batch_not_draft`."""
    batch = _locked_draft(batch)
    _audit(by, now, batch, "cancel_draft", {"size": batch.size})
    batch.delete()


@transaction.atomic
def create_ticket(*, by: Actor, now: datetime, operator: Operator, plan: Plan, site: Site | None = None) -> Ticket:
    """One voucher, sold, that is its own login: the code is the name and the password (CF-6, EN-40).

    DomainError `batch_invalid`: plan.
    """
    checking = Checking("batch_invalid")
    _check_plan(checking, plan, now)
    checking.finish()
    settings = BatchSettings()
    batch = making.new_batch(operator, plan, site, settings, 1, BatchMode.LOGIN, None, by.staff_id, now)
    default_realm(operator)  # where whoever logs in by the code belongs
    batch.state, batch.confirmed_at = BatchState.CONFIRMED, now
    batch.save(force_insert=True)
    [code] = making.fresh_codes(operator, settings, 1)
    making.store(batch, [code], now, sold=True)
    voucher = Voucher.objects.get(batch=batch)
    _audit(by, now, batch, "create_ticket", {"plan": plan.id, "voucher": voucher.id})
    return Ticket(codes.display(code), codes.display(code), voucher)


@transaction.atomic
def void_voucher(*, by: Actor, now: datetime, voucher: Voucher, reason: str = "") -> None:
    """Make an unused code worthless (EN-61). DomainError `reason_needed` of one that was sold; `voucher_used`."""
    if voucher.sold_at is not None and not reason.strip():
        raise DomainError("reason_needed", "Say why: this voucher was sold.", {"reason": "needed"})
    unused = Voucher.objects.filter(id=voucher.id, state__in=(VoucherState.AVAILABLE, VoucherState.ASSIGNED))
    # whoever changes the state first has it: a login at this moment, or this
    if not unused.update(state=VoucherState.VOID):
        raise DomainError("voucher_used", "This voucher is in use, or void already.")
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


def _check_plan(checking: Checking, plan: Plan, now: datetime) -> None:
    checking.require(plan.retired_at is None, "plan", "This plan is no longer given.")
    # EN-42: what is paid afterwards needs somebody who pays it
    checking.require(plan.payment != Payment.POSTPAID, "plan", "A postpaid plan needs a registered user.")


def _check_space(operator: Operator, settings: BatchSettings, size: int) -> None:
    live = Voucher.objects.filter(operator=operator, state__in=(VoucherState.AVAILABLE, VoucherState.ASSIGNED)).count()
    if codes.too_small(codes.code_space(settings), live + size):
        text = "With so many codes, too few are left that nobody guesses: make them longer."
        raise DomainError("code_space_small", text, {"length": text})


def _locked_draft(batch: VoucherBatch) -> VoucherBatch:
    found = VoucherBatch.objects.filter(id=batch.id).select_for_update().first()
    if found is None or found.state != BatchState.DRAFT:
        raise DomainError("batch_not_draft", "This batch was confirmed or cancelled before.")
    return found


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
