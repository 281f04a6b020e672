"""Batches: drafted with five samples, confirmed or cancelled, made as a whole, cleared of what is not needed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from procrastinate.contrib.django import app

from hotgate import vault
from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core import keys
from hotgate.apps.core.checking import Checking
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.subscribers.services import default_realm
from hotgate.apps.vouchers import making, odds
from hotgate.apps.vouchers.models import BatchMode as BatchMode
from hotgate.apps.vouchers.models import BatchState, VoucherBatch
from hotgate.domain import codes
from hotgate.domain.catalogue import Payment
from hotgate.domain.codes import BatchSettings
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

SAMPLES = 5
SIZE_MAX = 1_000_000
AT_ONCE = 10_000  # a larger batch is made by a job, while somebody watches
DRAFT_KEPT = timedelta(hours=1)
JOB = "vouchers.make_batch"


class Draft(NamedTuple):
    batch: VoucherBatch
    samples: list[str]  # as they will be printed; nobody can use them yet


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

    DomainError `batch_invalid`: size, plan or expires_at; `code_space_small` (EN-A5); `prefix_ambiguous`; those of
    `codes.ensure_possible`.
    """
    settings = settings or BatchSettings()
    checking = Checking("batch_invalid")
    checking.require(1 <= size <= SIZE_MAX, "size", _("A batch has 1 to 1,000,000 codes."))
    checking.require(expires_at is None or expires_at > now, "expires_at", _("This date has passed."))
    check_plan(checking, plan)
    checking.finish()
    codes.ensure_possible(settings)
    odds.refuse_ambiguous(operator, settings)
    odds.refuse_small_space(operator, settings, size)
    batch = making.new_batch(operator, plan, site, settings, size, mode, expires_at, by.staff_id, now)
    samples = making.fresh_codes(operator, settings, min(SAMPLES, size))
    batch.sample_sealed = vault.seal(keys.current().reprint, json.dumps(samples).encode(), making.batch_place(batch))
    batch.save(force_insert=True)
    _audit(by, now, batch, "draft_batch", {"plan": plan.id, "size": size, "mode": str(mode)})
    return Draft(batch, [codes.display(code) for code in samples])


def samples_of(draft: VoucherBatch) -> list[str]:
    """The five of a draft, as they will be printed; none of anything else."""
    return [codes.display(code) for code in _samples(draft)]


@transaction.atomic
def confirm_batch(*, by: Actor, now: datetime, batch: VoucherBatch, sold: bool = True) -> int:
    """Make all vouchers of a draft, the samples first among them (EN-52, EN-A6); how many are made now.

    More than AT_ONCE are made by a job, and work when all are there. `sold` False: they answer like unknown codes
    until they are sold. DomainError `batch_not_draft`; `prefix_ambiguous`, `code_space_small`: since it was drafted.
    """
    batch = _locked_draft(batch)
    odds.refuse_ambiguous(batch.operator, making.settings_of(batch))
    odds.refuse_small_space(batch.operator, making.settings_of(batch), batch.size)
    samples = _samples(batch)
    default_realm(batch.operator)  # where those who log in by a code belong
    batch.state, batch.confirmed_at, batch.sample_sealed = BatchState.MAKING, now, None
    batch.made = making.store(batch, samples, now, sold)
    batch.save(update_fields=["state", "confirmed_at", "sample_sealed", "made"])
    _audit(by, now, batch, "confirm_batch", {"size": batch.size, "sold": sold})
    if batch.size > AT_ONCE:
        app.configure_task(JOB).defer(batch_id=batch.id, operator_id=batch.operator_id, sold=sold)
        return int(batch.made)
    make_more(batch=batch, sold=sold, count=batch.size - batch.made)
    finish_batch(batch=batch)
    return int(batch.size)


@transaction.atomic
def make_more(*, batch: VoucherBatch, sold: bool, count: int) -> None:
    """`count` more vouchers of a confirmed batch. DomainError `batch_full`: somebody else makes them, too.

    What a worker that was killed has made stays, and the next goes on behind it. Several may make at once: each adds
    what it has made to `made` at its end, and who would go beyond the size undoes its own.
    """
    assert batch.confirmed_at is not None
    making.store_random(batch, count, batch.confirmed_at, sold)
    rows = VoucherBatch.objects.filter(id=batch.id, state=BatchState.MAKING, made__lte=F("size") - count)
    if not rows.update(made=F("made") + count):
        raise DomainError("batch_full", _("This batch has all its codes."))


@transaction.atomic
def finish_batch(*, batch: VoucherBatch) -> bool:
    """From here on its codes work, if all are there; are they?"""
    rows = VoucherBatch.objects.filter(id=batch.id, state=BatchState.MAKING, made=F("size"))
    return bool(rows.update(state=BatchState.CONFIRMED))


@transaction.atomic
def cancel_draft(*, by: Actor, now: datetime, batch: VoucherBatch) -> None:
    """Forget a draft and its samples (EN-52). DomainError `batch_not_draft`."""
    batch = _locked_draft(batch)
    _audit(by, now, batch, "cancel_draft", {"size": batch.size})
    batch.delete()


@transaction.atomic
def forget_drafts(*, now: datetime) -> int:
    """Those that nobody confirmed within the hour vanish with their samples (EN-A6); how many."""
    old = VoucherBatch.objects.filter(state=BatchState.DRAFT, created_at__lt=now - DRAFT_KEPT)
    # skipped where somebody confirms this very moment
    ids = list(old.select_for_update(skip_locked=True).values_list("id", flat=True))
    return VoucherBatch.objects.filter(id__in=ids, state=BatchState.DRAFT).delete()[0]


def check_plan(checking: Checking, plan: Plan) -> None:
    checking.require(plan.retired_at is None, "plan", _("This plan is no longer given."))
    # EN-42: what is paid afterwards needs somebody who pays it
    checking.require(plan.payment != Payment.POSTPAID, "plan", _("A postpaid plan needs a registered user."))


def _samples(draft: VoucherBatch) -> list[str]:
    if draft.sample_sealed is None:
        return []
    opened = vault.unseal(keys.current().reprint, bytes(draft.sample_sealed), making.batch_place(draft))
    return list(json.loads(opened))


def _locked_draft(batch: VoucherBatch) -> VoucherBatch:
    found = VoucherBatch.objects.filter(id=batch.id).select_related("operator").select_for_update(of=("self",)).first()
    if found is None or found.state != BatchState.DRAFT:
        raise DomainError("batch_not_draft", _("This batch was confirmed or cancelled before."))
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
