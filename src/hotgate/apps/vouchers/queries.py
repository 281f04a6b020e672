"""Batches and their codes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from hotgate import vault
from hotgate.apps.core import keys
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers.models import Sale
from hotgate.apps.vouchers import making
from hotgate.apps.vouchers.models import BatchKind, BatchState, Voucher, VoucherBatch, VoucherState
from hotgate.domain import codes
from hotgate.domain.reasons import Reason
from hotgate.store import vouchers as store
from hotgate.store.db import Statement, ints, octets

CHUNK = 5_000
PREFIXES_SEARCHED = 20
# Each in the order of an index of its own. So a voucher stands in one of the two, and not in one more of all.
PARTS = (Q(is_over=False), Q(is_over=True))


class Sealed(NamedTuple):
    """A voucher as a file of codes reads it, a million times."""

    id: int
    uuid: bytes  # 16 octets
    state: str
    code_sealed: bytes
    created_at: datetime
    expires_at: datetime | None


SEALED_CODES = Statement(
    "SEALED_CODES",
    "the next vouchers of a batch, in the order in which they were made",
    """
    SELECT id, uuid_send(uuid), state, code_sealed, created_at, expires_at FROM voucher
     WHERE batch_id = $1::bigint AND id > $2::bigint ORDER BY id LIMIT $3::bigint
    """,
    Sealed,
)


def batches(operator: Operator) -> QuerySet[VoucherBatch]:
    """Those of the generator that were confirmed, newest first (EN-53); also those that are being made."""
    made = VoucherBatch.objects.filter(operator=operator, kind=BatchKind.GENERATED).exclude(state=BatchState.DRAFT)
    return made.select_related("plan", "created_by").order_by("-id")


def single_tickets_since(operator: Operator, since: datetime) -> QuerySet[VoucherBatch]:
    """The tickets that were made and sold one by one, as quick tickets are."""
    return VoucherBatch.objects.filter(operator=operator, kind=BatchKind.SINGLE, confirmed_at__gte=since)


def batch(operator: Operator, own: UUID) -> VoucherBatch | None:
    """The batch or draft with this public id."""
    rows = VoucherBatch.objects.filter(operator=operator, uuid=own, kind=BatchKind.GENERATED)
    return rows.select_related("plan", "site", "operator").first()


def vouchers(operator: Operator) -> QuerySet[Voucher]:
    """All that lists may show: not archived, and of batches that are made. Only PARTS of it are read in an order."""
    rows = Voucher.objects.filter(operator=operator, archived_at=None, batch__state=BatchState.CONFIRMED)
    return rows.select_related("plan", "subscriber", "batch")


def searched(operator: Operator, text: str) -> Q:
    """EN-59: the one with this code, however it is typed, or those of batches whose prefix begins like this."""
    found = Q(operator=operator, code_index=making.index_of(text))
    prefixes = _begun_prefixes(operator, text)
    if not prefixes or Voucher.objects.filter(found).exists():
        return found
    shown = Q()
    for prefix in prefixes:  # what lists show begins with it
        shown |= Q(shown__gte=f"{prefix}…", shown__lt=f"{prefix}‧")
    # one range around them all is what the index by code is read by
    return Q(operator=operator, shown__gte=f"{min(prefixes)}…", shown__lt=f"{max(prefixes)}‧") & shown


def _begun_prefixes(operator: Operator, text: str) -> list[str]:
    wanted = codes.normalise(text)
    if not 0 < len(wanted) <= codes.PREFIX_MAX:
        return []
    rows = VoucherBatch.objects.filter(operator=operator, kind=BatchKind.GENERATED).exclude(prefix="")
    prefixes = rows.values_list("prefix", flat=True).distinct()
    return [prefix for prefix in prefixes if codes.normalise(prefix).startswith(wanted)][:PREFIXES_SEARCHED]


def codes_of(batch: VoucherBatch, after: int = 0, count: int = 0) -> Iterator[tuple[Sealed, str]]:
    """Vouchers in the order in which they were made, each with its code; `count` 0: all behind the id `after`.

    Of a used or expired one the code is '' once it is forgotten.
    """
    unseal, display = vault.unsealer(keys.current().reprint), codes.display
    left = count or batch.size
    while left > 0:
        asked = min(left, CHUNK)
        chunk = SEALED_CODES.fetch(connection, batch.id, after, asked)
        for row in chunk:
            sealed = row.code_sealed
            yield row, display(unseal(sealed, b"voucher:" + row.uuid).decode()) if sealed else ""
        if len(chunk) < asked:
            return
        left, after = left - asked, chunk[-1].id


def voucher_with_code(operator: Operator, typed: str) -> Voucher | None:
    """However it was typed: spaces, hyphens and case don't matter."""
    return (
        Voucher.objects.filter(operator=operator, code_index=making.index_of(typed))
        .select_related("batch", "plan", "operator", "subscriber")
        .first()
    )


def voucher(operator: Operator, own: UUID) -> Voucher | None:
    """The voucher with this public id."""
    return (
        Voucher.objects.filter(operator=operator, uuid=own)
        .select_related("plan", "batch__site", "operator", "subscriber")
        .first()
    )


def voucher_of_sale(sale: Sale) -> Voucher | None:
    """What was sold, where that was a code alone."""
    kind, _colon, number = sale.reference.partition(":")
    if kind != "voucher":
        return None
    rows = Voucher.objects.filter(operator_id=sale.operator_id, id=int(number))
    return rows.select_related("plan", "subscriber").first()


def voucher_refusal(operator: Operator, typed: str, now: datetime) -> Reason | None:
    """Why nobody can log in by this code for the first time; None: they can. The rule is that of the AAA server."""
    rows = store.LOAD_VOUCHERS.fetch(connection, ints([operator.id]), octets([making.index_of(typed)]))
    return store.refusal(rows[0], now) if rows else Reason.UNKNOWN_NAME


def code_of(voucher: Voucher, typed: str = "") -> str:
    """The code as it is printed, for the guest who typed it. Staff see it by `services.show_code`.

    Of a voucher that was used or is over the code is no longer kept: then as it was typed.
    """
    sealed = bytes(voucher.code_sealed)
    if not sealed:
        return codes.display(typed)
    return codes.display(vault.unseal(keys.current().reprint, sealed, making.voucher_place(voucher.uuid)).decode())


def id_before(batch: VoucherBatch, number: int) -> int:
    """The id behind which the `number`-th voucher of the batch comes, from 1."""
    if number <= 1:
        return 0
    ids = Voucher.objects.filter(batch=batch).order_by("id").values_list("id", flat=True)
    found = list(ids[number - 2 : number - 1])
    return found[0] if found else ids.last() or 0


def unused_vouchers(operator: Operator) -> QuerySet[Voucher]:
    """Sold and not yet used, oldest first."""
    return Voucher.objects.filter(
        operator=operator, state=VoucherState.AVAILABLE, sold_at__isnull=False, batch__state=BatchState.CONFIRMED
    ).order_by("id")


def has_short_codes(operator: Operator) -> bool:
    """Codes that are easier to guess than those which we make by ourselves."""
    kind = ("charset", "avoid_lookalikes", "length")
    batches = VoucherBatch.objects.filter(operator=operator, state=BatchState.CONFIRMED).order_by(*kind)
    usual = codes.code_space(codes.BatchSettings())
    return any(codes.code_space(making.settings_of(each)) < usual for each in batches.distinct(*kind))


def has_codes_without_check(operator: Operator) -> bool:
    """Then a code that fails the check may be a guess as well as a typing mistake."""
    return VoucherBatch.objects.filter(operator=operator, state=BatchState.CONFIRMED, has_check=False).exists()
