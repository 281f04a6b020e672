"""What a program says and reads about vouchers."""

from __future__ import annotations

from uuid import UUID

from hotgate.apps.vouchers import queries
from hotgate.apps.vouchers.models import BatchMode, VoucherBatch


def mode_of(name: str) -> BatchMode:
    """ValueError for one that there is not."""
    return BatchMode(name)


def codes_of(batch: VoucherBatch) -> list[dict[str, object]]:
    """All codes of a batch, for the answer to whoever has just made it."""
    return [{"voucher": UUID(bytes=voucher.uuid), "code": code} for voucher, code in queries.codes_of(batch)]
