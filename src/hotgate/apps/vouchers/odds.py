"""How hard the codes of a batch are to guess beside those that are there, and what is refused for that (EN-A5)."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Sum

from hotgate.apps.operators.models import Operator
from hotgate.apps.vouchers.models import BatchKind, BatchState, Voucher, VoucherBatch, VoucherState
from hotgate.domain import codes
from hotgate.domain.codes import BatchSettings
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

COUNTED_MAX = 200_000  # more live codes than this are not counted while somebody types


class Odds(NamedTuple):
    space: int  # codes that differ
    live: int  # unused ones, with the batch in question
    median_guesses: float
    guesses_a_day_max: float  # of the whole operator, for a chance of a theft under 1 % a year
    is_small: bool


def odds_of(operator: Operator, settings: BatchSettings, size: int) -> Odds:
    """DomainError: those of `codes.ensure_possible`."""
    codes.ensure_possible(settings)
    space, live = codes.code_space(settings), live_codes(operator) + size
    return Odds(
        space,
        live,
        codes.median_guesses(space, live),
        codes.guesses_a_day_max(space, live),
        codes.too_small(space, live),
    )


def live_codes(operator: Operator) -> int:
    """Unused codes of the operator. Of very many the size of the batches stands for the count: never too few."""
    confirmed = VoucherBatch.objects.filter(operator=operator, state__in=(BatchState.CONFIRMED, BatchState.MAKING))
    sums = confirmed.aggregate(size=Sum("size"), deleted=Sum("deleted"))
    most = (sums["size"] or 0) - (sums["deleted"] or 0)
    if most > COUNTED_MAX:
        return int(most)
    return Voucher.objects.filter(operator=operator, state__in=(VoucherState.AVAILABLE, VoucherState.ASSIGNED)).count()


def refuse_small_space(operator: Operator, settings: BatchSettings, size: int) -> None:
    """DomainError `code_space_small`: a guess would hit too often."""
    space, live = codes.code_space(settings), live_codes(operator)
    if codes.too_small(space, live + size) and codes.too_small(space, _counted(operator) + size):
        text = _("With so many codes, too few are left that nobody guesses: make them longer.")
        raise DomainError("code_space_small", text, {"length": text})


def refuse_ambiguous(operator: Operator, settings: BatchSettings) -> None:
    """DomainError `prefix_ambiguous`: the same characters could be a code of another batch."""
    kept = VoucherBatch.objects.filter(
        operator=operator, kind=BatchKind.GENERATED, state__in=(BatchState.CONFIRMED, BatchState.MAKING)
    )
    for prefix, length, has_check in kept.values_list("prefix", "length", "has_check").distinct():
        other = BatchSettings(length=length, prefix=prefix, check=has_check)
        if codes.ambiguous(settings, other):
            text = _("With this prefix a code could be one of another batch: choose another prefix or length.")
            raise DomainError("prefix_ambiguous", text, {"prefix": text})


def _counted(operator: Operator) -> int:
    """Exactly, however long it takes."""
    return Voucher.objects.filter(operator=operator, state__in=(VoucherState.AVAILABLE, VoucherState.ASSIGNED)).count()
