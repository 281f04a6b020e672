"""How codes are drawn and stored. In the database a code is an index that only the key can make, and a ciphertext.

A chunk goes to the database in one statement, as an array for each column; see `jobs` for very many.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction

from hotgate import vault
from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core import ids, keys
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.vouchers.models import BatchMode, Voucher, VoucherBatch
from hotgate.domain import code_bulk, codes
from hotgate.domain.code_bulk import Codes
from hotgate.domain.codes import BatchSettings
from hotgate.store.db import Command, Statement, octets, texts, uuids

CHUNK = 25_000
ROOMY = 10**12  # in a space of so many, a chunk meets one of ten million other codes once in four times at the most


Indexed = tuple[bytes, str]  # by what a code is found, and as it is printed


class Stored(NamedTuple):
    id: int


# COPY is refused under row-level security.
INSERT = """
    INSERT INTO voucher (uuid, operator_id, batch_id, plan_id, code_index, code_sealed, shown, sold_at, expires_at,
                         created_at)
    SELECT new.uuid, b.operator_id, b.id, b.plan_id, new.code_index, new.code_sealed, new.shown,
           $6::timestamptz, b.expires_at, $7::timestamptz
      FROM unnest($2::uuid[], $3::bytea[], $4::bytea[], $5::text[]) AS new (uuid, code_index, code_sealed, shown),
           voucher_batch b
     WHERE b.id = $1::bigint"""
INSERT_VOUCHERS = Command(
    "INSERT_VOUCHERS", "vouchers of one batch, all or, where one code is there already, none of them", INSERT
)
# To look for each code before it is written takes a sixth of the time of it all.
INSERT_NEW_VOUCHERS = Statement(
    "INSERT_NEW_VOUCHERS",
    "vouchers of one batch; a code that is there already, in whatever case, is left out",
    f"{INSERT} ON CONFLICT (operator_id, code_index) DO NOTHING RETURNING id",
    Stored,
)


def new_batch(
    operator: Operator,
    plan: Plan,
    site: Site | None,
    settings: BatchSettings,
    size: int,
    mode: BatchMode,
    expires_at: datetime | None,
    staff_id: int | None,
    now: datetime,
) -> VoucherBatch:
    """A draft, not saved."""
    return VoucherBatch(
        operator=operator,
        plan=plan,
        site=site,
        mode=mode,
        prefix=settings.prefix,
        length=settings.length,
        charset=settings.characters,
        avoid_lookalikes=settings.avoid_look_alikes,
        has_check=settings.check,
        size=size,
        expires_at=expires_at,
        created_by_id=staff_id,
        created_at=now,
    )


def settings_of(batch: VoucherBatch) -> BatchSettings:
    """What the form is filled with by *Load settings* (EN-54)."""
    return BatchSettings(
        characters=codes.CharacterSet(batch.charset),
        length=batch.length,
        prefix=batch.prefix,
        avoid_look_alikes=batch.avoid_lookalikes,
        check=batch.has_check,
    )


def random_codes(settings: BatchSettings, count: int) -> Codes:
    return code_bulk.generate(secrets.token_bytes, settings, count)


def fresh_codes(operator: Operator, settings: BatchSettings, count: int) -> list[str]:
    """Codes that the operator has none of yet."""
    found: dict[bytes, str] = {}
    while len(found) < count:
        new = random_codes(settings, count - len(found))
        drawn = dict(_indexed(new))
        known = Voucher.objects.filter(operator=operator, code_index__in=list(drawn))
        for index in known.values_list("code_index", flat=True):
            del drawn[bytes(index)]
        found.update(drawn)
    return list(found.values())


def store(batch: VoucherBatch, new_codes: Sequence[str], now: datetime, sold: bool) -> int:
    """Write vouchers with these codes; how many were not there before."""
    return _store_missing(batch, _indexed(code_bulk.of_printed(new_codes)), now, sold)


def store_random(batch: VoucherBatch, count: int, now: datetime, sold: bool) -> None:
    """Draw and write `count` more vouchers. One that collides with another is drawn anew."""
    settings, missing = settings_of(batch), count
    while missing:
        missing -= store_drawn(batch, random_codes(settings, min(CHUNK, missing)), now, sold)


def store_drawn(batch: VoucherBatch, drawn: Codes, now: datetime, sold: bool) -> int:
    """The same as `store`, faster while all of them are new, as they nearly always are in a large code space."""
    # Sorted, the next is near the last in their index; of the codes that order tells nothing.
    new = sorted(_indexed(drawn))
    if codes.code_space(settings_of(batch)) >= ROOMY:
        with suppress(IntegrityError), transaction.atomic():
            INSERT_VOUCHERS.fetch(connection, *_given(batch, new, now, sold))
            return len(new)
    return _store_missing(batch, new, now, sold)


def index_of(code: str) -> bytes:
    """By what a code is found, however it was typed."""
    return vault.code_index(keys.current().code_index, codes.normalise(code))


def batch_place(batch: VoucherBatch) -> bytes:
    own: uuid.UUID = batch.uuid
    return b"voucher batch:" + own.bytes


def voucher_place(voucher_uuid: uuid.UUID) -> bytes:
    return b"voucher:" + voucher_uuid.bytes


def _indexed(new: Codes) -> list[Indexed]:
    return list(zip(vault.code_indexes(keys.current().code_index, new.normal), new.printed, strict=True))


def _store_missing(batch: VoucherBatch, new: Sequence[Indexed], now: datetime, sold: bool) -> int:
    return len(INSERT_NEW_VOUCHERS.fetch(connection, *_given(batch, new, now, sold)))


def _given(batch: VoucherBatch, new: Sequence[Indexed], now: datetime, sold: bool) -> tuple[object, ...]:
    """What the two statements take: uuids, indexes, ciphertexts, and what lists show."""
    own, printed = ids.uuids7(len(new)), [code for _index, code in new]
    seal = vault.sealer(keys.current().reprint)
    sealed = [seal(code.encode(), b"voucher:" + each) for code, each in zip(printed, own, strict=True)]
    shown = codes.all_shown_to_staff(printed, batch.prefix)
    indexes = octets([index for index, _code in new])
    return batch.id, uuids(own), indexes, octets(sealed), texts(shown), now if sold else None, now
