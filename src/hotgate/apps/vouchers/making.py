"""How codes are drawn and stored. In the database a code is an index that only the key can make, and a ciphertext."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from hotgate import vault
from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core import ids, keys
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.vouchers.models import BatchMode, Voucher, VoucherBatch
from hotgate.domain import codes
from hotgate.domain.codes import BatchSettings
from hotgate.store.db import Statement, octets, texts

CHUNK = 5_000


class Stored(NamedTuple):
    id: int


# COPY is refused under row-level security. A code that is there already, in whatever case, is left out.
INSERT_VOUCHERS = Statement(
    "INSERT_VOUCHERS",
    "vouchers of one batch",
    """
    INSERT INTO voucher (uuid, operator_id, batch_id, plan_id, code_index, code_sealed, sold_at, expires_at, created_at)
    SELECT new.uuid::uuid, b.operator_id, b.id, b.plan_id, new.code_index, new.code_sealed, $5::timestamptz,
           b.expires_at, $6::timestamptz
      FROM unnest($2::text[], $3::bytea[], $4::bytea[]) AS new (uuid, code_index, code_sealed), voucher_batch b
     WHERE b.id = $1::bigint
    ON CONFLICT (operator_id, code_index) DO NOTHING
    RETURNING id
    """,
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


def random_codes(settings: BatchSettings, count: int) -> list[str]:
    octets_needed = codes.random_octets(settings)
    return [codes.generate(secrets.token_bytes(octets_needed), settings) for _ in range(count)]


def fresh_codes(operator: Operator, settings: BatchSettings, count: int) -> list[str]:
    """Codes that the operator has none of yet."""
    found: dict[bytes, str] = {}
    while len(found) < count:
        drawn = {index_of(code): code for code in random_codes(settings, count - len(found))}
        known = Voucher.objects.filter(operator=operator, code_index__in=list(drawn))
        for index in known.values_list("code_index", flat=True):
            del drawn[bytes(index)]
        found.update(drawn)
    return list(found.values())


def store(batch: VoucherBatch, new_codes: Sequence[str], now: datetime, sold: bool) -> int:
    """Write vouchers with these codes; how many were not there before."""
    return sum(
        _store_chunk(batch, new_codes[start : start + CHUNK], now, sold) for start in range(0, len(new_codes), CHUNK)
    )


def index_of(code: str) -> bytes:
    """By what a code is found, however it was typed."""
    return vault.code_index(keys.current().code_index, codes.normalise(code))


def batch_place(batch: VoucherBatch) -> bytes:
    own: uuid.UUID = batch.uuid
    return b"voucher batch:" + own.bytes


def voucher_place(voucher_uuid: uuid.UUID) -> bytes:
    return b"voucher:" + voucher_uuid.bytes


def _store_chunk(batch: VoucherBatch, new_codes: Sequence[str], now: datetime, sold: bool) -> int:
    uuids = [ids.uuid7() for _ in new_codes]
    reprint = keys.current().reprint
    sealed = [
        vault.seal(reprint, code.encode(), voucher_place(own)) for own, code in zip(uuids, new_codes, strict=True)
    ]
    stored = INSERT_VOUCHERS.fetch(
        connection,
        batch.id,
        texts(str(own) for own in uuids),
        octets(index_of(code) for code in new_codes),
        octets(sealed),
        now if sold else None,
        now,
    )
    return len(stored)
