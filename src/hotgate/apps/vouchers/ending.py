"""The end of vouchers: one by one (EN-61), those of a batch (EN-55), and what is forgotten of them afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.subscribers import recharge
from hotgate.apps.subscribers.models import Entitlement
from hotgate.apps.subscribers.services import lock
from hotgate.apps.vouchers import states
from hotgate.apps.vouchers.models import Voucher, VoucherBatch, VoucherState
from hotgate.apps.vouchers.states import State
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _
from hotgate.store.db import Statement

CHUNK = 10_000
SETTLED_AFTER = timedelta(minutes=10)  # a login just before the end may be stored, or booked, a little after it
FORGOTTEN_AFTER = timedelta(hours=1)  # so long a cashier may print a ticket again that was used meanwhile


class Ended(StrEnum):
    DELETED = "deleted"
    EXPIRED = "expired"


class Counts(NamedTuple):
    """What the dialog says before anything is done to a batch (EN-A1)."""

    unused: int
    over: int  # used up or expired
    in_use: int
    archived: int


class Cleared(NamedTuple):
    done: int
    skipped: int  # in use


COUNT_BATCH = Statement(
    "COUNT_BATCH",
    "vouchers of a batch by what can be done with them",
    """
    SELECT count(*) FILTER (WHERE archived_at IS NULL AND unused),
           count(*) FILTER (WHERE archived_at IS NULL AND over AND NOT unused),
           count(*) FILTER (WHERE archived_at IS NULL AND NOT over AND NOT unused),
           count(*) FILTER (WHERE archived_at IS NOT NULL)
      FROM (SELECT v.archived_at, v.state = 'available' AS unused,
                   v.state = 'void' OR e.id IS NULL OR e.ended_at IS NOT NULL
                   OR coalesce(e.valid_until <= $2::timestamptz, false)
                   OR coalesce(p.cycle_period IS NULL AND e.used >= e.amount, false) AS over
              FROM voucher v JOIN plan p ON p.id = v.plan_id
              LEFT JOIN LATERAL (SELECT * FROM entitlement e WHERE e.subscriber_id = v.subscriber_id
                                    AND (v.entitlement_id IS NULL OR e.id = v.entitlement_id)
                                  ORDER BY e.id LIMIT 1) e ON v.subscriber_id IS NOT NULL
             WHERE v.batch_id = $1::bigint) AS t
    """,
    Counts,
)


def counts_of(batch: VoucherBatch, now: datetime) -> Counts:
    [counts] = COUNT_BATCH.fetch(connection, batch.id, now)
    return counts


@transaction.atomic
def end_voucher(*, by: Actor, now: datetime, voucher: Voucher, reason: str = "", wanted: Ended | None = None) -> Ended:
    """Delete an unused voucher, or expire one in use (EN-61); with `wanted` that alone.

    DomainError `voucher_over`: it is neither; `voucher_changed`: a guest was faster.
    """
    locked = Voucher.objects.select_for_update().filter(id=voucher.id).first()
    if locked is None:
        raise DomainError("voucher_over", _("This ticket was deleted before."))
    entitlement = states.entitlement_of(locked)
    state = states.state_of(locked, entitlement, now)
    if wanted is not None and (state in states.UNUSED) != (wanted is Ended.DELETED):
        raise DomainError("voucher_changed", _("This ticket was used meanwhile."))
    if entitlement is not None and state in (State.ASSIGNED, State.IN_USE):
        return _expire(by, now, locked, entitlement, state, reason)
    if locked.state == VoucherState.AVAILABLE:
        return _delete(by, now, locked, reason)
    raise DomainError("voucher_over", _("This ticket is used up, expired or void: its record stays."))


@transaction.atomic
def delete_unused(*, by: Actor, now: datetime, batch: VoucherBatch) -> Cleared:
    """All vouchers of the batch that nobody used (EN-55, EN-A1 a). A login at this moment keeps its own."""
    counts = counts_of(batch, now)
    done = Voucher.objects.filter(batch=batch, state=VoucherState.AVAILABLE)._raw_delete("default")
    VoucherBatch.objects.filter(id=batch.id).update(deleted=F("deleted") + done)
    _audit_batch(by, now, batch, "delete_unused", {"deleted": done})
    return Cleared(done, counts.in_use)


@transaction.atomic
def archive_used(*, by: Actor, now: datetime, batch: VoucherBatch) -> Cleared:
    """Take used-up and expired vouchers off the lists; their records stay (EN-A1 b)."""
    counts = counts_of(batch, now)
    over = Voucher.objects.filter(batch=batch, archived_at=None).exclude(state=VoucherState.AVAILABLE)
    done = over.exclude(states.not_over(now)).update(archived_at=now)
    _audit_batch(by, now, batch, "archive_used", {"archived": done})
    return Cleared(done, counts.in_use)


def forget_codes(*, now: datetime, limit: int = CHUNK) -> int:
    """Wipe the ciphertext of codes that are of no more use: used, void or expired; how many, up to `limit`.

    Call it until it gives 0, each time in a transaction of its own.
    """
    gone = Q(state=VoucherState.VOID) | Q(state=VoucherState.USED, claimed_at__lt=now - FORGOTTEN_AFTER)
    expired = Q(expires_at__lt=now - FORGOTTEN_AFTER)
    done = 0
    for reason in (Q(state__in=[VoucherState.USED, VoucherState.VOID]) & gone, Q(expires_at__isnull=False) & expired):
        rows = Voucher.objects.filter(reason).exclude(code_sealed=b"")
        ids = list(rows.select_for_update(skip_locked=True).values_list("id", flat=True)[: limit - done])
        done += Voucher.objects.filter(id__in=ids).update(code_sealed=b"")
    return done


def note_expired(*, now: datetime, limit: int = CHUNK) -> int:
    """Note that unused vouchers are over whose date passed a while ago; how many, up to `limit`.

    Call it until it gives 0, each time in a transaction of its own.
    """
    rows = Voucher.objects.filter(is_over=False, expires_at__lte=now - SETTLED_AFTER, state=VoucherState.AVAILABLE)
    return _note(rows.order_by("expires_at")[:limit])


def note_over(*, now: datetime, after: int = 0, limit: int = CHUNK) -> int:
    """Note which of the next `limit` begun vouchers behind the id `after` were over a while ago; the last id, or 0.

    Lists then leave them out without reading them. Nothing that is over ever becomes valid again.
    """
    begun = Voucher.objects.filter(is_over=False, id__gt=after).exclude(state=VoucherState.AVAILABLE)
    ids = list(begun.order_by("id").values_list("id", flat=True)[:limit])
    if not ids:
        return 0
    _note(begun.filter(id__lte=ids[-1]).exclude(states.left(now - SETTLED_AFTER)).order_by("id"))
    return ids[-1]


def _note(over: QuerySet[Voucher]) -> int:
    # one that somebody changes this very moment is looked at again the next time
    ids = list(over.select_for_update(skip_locked=True, of=("self",)).values_list("id", flat=True))
    return Voucher.objects.filter(id__in=ids).update(is_over=True)


def _expire(by: Actor, now: datetime, voucher: Voucher, entitlement: Entitlement, state: State, reason: str) -> Ended:
    """EN-A19: valid until now. What was used stays; its sessions are asked again, and end unless another pays."""
    lock(entitlement.subscriber)
    if entitlement.valid_until is None or entitlement.valid_until > now:
        Entitlement.objects.filter(id=entitlement.id).update(valid_until=now)
    recharge.end_entitlement(by=by, now=now, entitlement=entitlement, reason=reason)
    is_unused = state is State.ASSIGNED
    if is_unused:  # its account stays, for money was taken for it; nothing of the ticket is left
        Voucher.objects.filter(id=voucher.id).update(state=VoucherState.VOID)
    _audit(by, now, voucher, "delete_voucher" if is_unused else "expire_voucher", reason)
    return Ended.DELETED if is_unused else Ended.EXPIRED


def _delete(by: Actor, now: datetime, voucher: Voucher, reason: str) -> Ended:
    _audit(by, now, voucher, "delete_voucher", reason)
    VoucherBatch.objects.filter(id=voucher.batch_id).update(deleted=F("deleted") + 1)
    voucher.delete()
    return Ended.DELETED


def _audit(by: Actor, now: datetime, voucher: Voucher, verb: str, reason: str) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=voucher.operator_id,
        verb=verb,
        object_kind="voucher",
        object_id=voucher.id,
        before={"shown": voucher.shown, "state": voucher.state},
        reason=reason,
    )


def _audit_batch(by: Actor, now: datetime, batch: VoucherBatch, verb: str, after: dict[str, object]) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=batch.operator_id,
        verb=verb,
        object_kind="voucher_batch",
        object_id=batch.id,
        after=after,
    )
