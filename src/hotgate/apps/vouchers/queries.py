"""Batches and their codes."""

from __future__ import annotations

from django.db.models import QuerySet

from hotgate import vault
from hotgate.apps.core import keys
from hotgate.apps.operators.models import Operator
from hotgate.apps.vouchers import making
from hotgate.apps.vouchers.models import BatchState, Voucher, VoucherBatch, VoucherState
from hotgate.domain import codes


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


def code_of(voucher: Voucher) -> str:
    """The code as it is printed. Whoever shows it writes an audit entry."""
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
