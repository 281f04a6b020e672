"""Batches and their codes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from hotgate import vault
from hotgate.apps.core import keys
from hotgate.apps.operators.models import Operator
from hotgate.apps.vouchers import making
from hotgate.apps.vouchers.models import BatchState, Voucher, VoucherBatch, VoucherState
from hotgate.domain import codes
from hotgate.domain.reasons import Reason
from hotgate.store import vouchers as store
from hotgate.store.db import ints, octets


def batches(operator: Operator) -> QuerySet[VoucherBatch]:
    """Confirmed ones, newest first (EN-53)."""
    return VoucherBatch.objects.filter(operator=operator, state=BatchState.CONFIRMED).order_by("-id")


def voucher_with_code(operator: Operator, typed: str) -> Voucher | None:
    """However it was typed: spaces, hyphens and case don't matter."""
    return (
        Voucher.objects.filter(operator=operator, code_index=making.index_of(typed))
        .select_related("batch", "plan", "operator", "subscriber")
        .first()
    )


def voucher(operator: Operator, own: UUID) -> Voucher | None:
    """The voucher with this public id."""
    return Voucher.objects.filter(operator=operator, uuid=own).select_related("plan", "batch", "operator").first()


def voucher_refusal(operator: Operator, typed: str, now: datetime) -> Reason | None:
    """Why nobody can log in by this code for the first time; None: they can. The rule is that of the AAA server."""
    rows = store.LOAD_VOUCHERS.fetch(connection, ints([operator.id]), octets([making.index_of(typed)]))
    return store.refusal(rows[0], now) if rows else Reason.UNKNOWN_NAME


def code_of(voucher: Voucher) -> str:
    """The code as it is printed, for the guest who typed it. Staff see it by `services.show_code`."""
    sealed = bytes(voucher.code_sealed)
    return codes.display(vault.unseal(keys.current().reprint, sealed, making.voucher_place(voucher.uuid)).decode())


def unused_vouchers(operator: Operator) -> QuerySet[Voucher]:
    """Sold and not yet used, oldest first."""
    return Voucher.objects.filter(
        operator=operator, state=VoucherState.AVAILABLE, sold_at__isnull=False, batch__state=BatchState.CONFIRMED
    ).order_by("id")


def has_codes_without_check(operator: Operator) -> bool:
    """Then a code that fails the check may be a guess as well as a typing mistake."""
    return VoucherBatch.objects.filter(operator=operator, state=BatchState.CONFIRMED, has_check=False).exists()
