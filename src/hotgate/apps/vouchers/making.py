"""How codes are drawn and stored. In the database a code is an index that only the key can make, and a ciphertext.

A chunk goes to the database in one statement, as an array for each column; see `jobs` for very many.
"""

from __future__ import annotations

import hmac
import secrets
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from hotgate import vault
from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core import ids, keys
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.vouchers.models import BatchMode, Voucher, VoucherBatch
from hotgate.domain import code_bulk, codes
from hotgate.domain.code_bulk import Code
from hotgate.domain.codes import BatchSettings
from hotgate.store.db import Parameter, Statement, octets, texts

CHUNK = 10_000


class Stored(NamedTuple):
    id: int


# COPY is refused under row-level security. A code that is there already, in whatever case, is left out.
INSERT_VOUCHERS = Statement(
    "INSERT_VOUCHERS",
    "vouchers of one batch, in the order given",
    """
    INSERT INTO voucher (uuid, operator_id, batch_id, plan_id, code_index, code_sealed, shown, sold_at, expires_at,
                         created_at)
    SELECT encode(new.uuid, 'hex')::uuid, b.operator_id, b.id, b.plan_id, new.code_index, new.code_sealed, new.shown,
           $6::timestamptz, b.expires_at, $7::timestamptz
      FROM unnest($2::bytea[], $3::bytea[], $4::bytea[], $5::text[]) AS new (uuid, code_index, code_sealed, shown),
           voucher_batch b
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


def random_codes(settings: BatchSettings, count: int) -> list[Code]:
    return list(code_bulk.generate(secrets.token_bytes, settings, count))


def fresh_codes(operator: Operator, settings: BatchSettings, count: int) -> list[str]:
    """Codes that the operator has none of yet."""
    found: dict[bytes, str] = {}
    while len(found) < count:
        drawn = {index_of(code.normal): code.printed for code in random_codes(settings, count - len(found))}
        known = Voucher.objects.filter(operator=operator, code_index__in=list(drawn))
        for index in known.values_list("code_index", flat=True):
            del drawn[bytes(index)]
        found.update(drawn)
    return list(found.values())


def store(batch: VoucherBatch, new_codes: Iterable[str], now: datetime, sold: bool) -> int:
    """Write vouchers with these codes; how many were not there before."""
    return _write(batch, _columns(batch, [Code(code, codes.normalise(code)) for code in new_codes]), now, sold)


def store_random(batch: VoucherBatch, count: int, now: datetime, sold: bool) -> None:
    """Draw and write `count` more vouchers. One that collides with another is drawn anew."""
    settings, missing = settings_of(batch), count
    while missing:
        drawn = random_codes(settings, min(CHUNK, missing))
        missing -= _write(batch, _columns(batch, drawn), now, sold)


def index_of(code: str) -> bytes:
    """By what a code is found, however it was typed."""
    return vault.code_index(keys.current().code_index, codes.normalise(code))


def batch_place(batch: VoucherBatch) -> bytes:
    own: uuid.UUID = batch.uuid
    return b"voucher batch:" + own.bytes


def voucher_place(voucher_uuid: uuid.UUID) -> bytes:
    return b"voucher:" + voucher_uuid.bytes


def _columns(batch: VoucherBatch, new_codes: Sequence[Code]) -> list[Parameter]:
    """uuids, indexes, ciphertexts, and what lists show."""
    current, prefix = keys.current(), batch.prefix
    seal, index_key, digest = vault.sealer(current.reprint), current.code_index, hmac.digest
    uuids = ids.uuids7(len(new_codes))
    return [
        octets(uuids),
        octets([digest(index_key, code.normal.encode(), "sha256") for code in new_codes]),
        octets([seal(code.printed.encode(), b"voucher:" + own) for own, code in zip(uuids, new_codes, strict=True)]),
        texts([codes.shown_to_staff(code.printed, prefix) for code in new_codes]),
    ]


def _write(batch: VoucherBatch, columns: Sequence[Parameter], now: datetime, sold: bool) -> int:
    return len(INSERT_VOUCHERS.fetch(connection, batch.id, *columns, now if sold else None, now))
