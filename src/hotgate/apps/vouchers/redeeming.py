"""A registered subscriber redeems a code (EN-47)."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.subscribers import recharge
from hotgate.apps.subscribers.models import Entitlement, PaymentState, Subscriber
from hotgate.apps.vouchers import making
from hotgate.apps.vouchers.models import Voucher, VoucherState
from hotgate.domain.errors import DomainError
from hotgate.domain.reasons import Reason
from hotgate.domain.wording import _
from hotgate.store import vouchers as store
from hotgate.store.db import ints, octets

REDEEMABLE = (None, Reason.VOUCHER_REDEEM_ONLY)  # a code that could be a login may be redeemed as well


@transaction.atomic
def redeem_voucher(*, by: Actor, now: datetime, subscriber: Subscriber, code: str) -> Entitlement:
    """One more plan for the subscriber, and the code is used: once, whoever else tries it at this moment.

    DomainError `code_unknown`: the same words for unknown, unsold, void, expired and used ones, so that nobody
    learns which codes there are; those of `recharge.give_entitlement`. Count wrong tries before calling this.
    """
    index = making.index_of(code)
    rows = store.LOAD_VOUCHERS.fetch(connection, ints([subscriber.operator_id]), octets([index]))
    row = rows[0] if rows else None
    if row is None or row.state != VoucherState.AVAILABLE or store.refusal(row, now) not in REDEEMABLE:
        raise _unknown()
    # Whoever changes the state first has the code: a login by it, another subscriber, or this one. The loser waits
    # here for the winner's transaction and then finds the state changed.
    claimed = Voucher.objects.filter(id=row.id, state=VoucherState.AVAILABLE, subscriber=None)
    if not claimed.update(state=VoucherState.ASSIGNED):
        raise _unknown()
    voucher = Voucher.objects.select_related("plan").get(id=row.id)
    entitlement = recharge.give_entitlement(
        by=by, now=now, subscriber=subscriber, plan=voucher.plan, payment_state=PaymentState.PAID
    )
    Voucher.objects.filter(id=row.id).update(
        state=VoucherState.USED, subscriber=subscriber, entitlement=entitlement, claimed_at=now
    )
    record_audit(
        by=by,
        now=now,
        operator_id=subscriber.operator_id,
        verb="redeem_voucher",
        object_kind="voucher",
        object_id=row.id,
        after={"subscriber": subscriber.id, "entitlement": entitlement.id},
    )
    return entitlement


def _unknown() -> DomainError:
    text = _("This code is not valid. Please compare it with your ticket.")
    return DomainError("code_unknown", text, {"code": text})
