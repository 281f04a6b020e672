"""A voucher's first use: one conditional UPDATE says who won, and the subscriber, its credential and its entitlement
are there with it or not at all. RADIUS, portal and API all claim by this statement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hotgate import vault
from hotgate.domain import codes, validity
from hotgate.domain.catalogue import Plan
from hotgate.domain.reasons import Reason
from hotgate.domain.subscriber import Entitlement
from hotgate.store import seals
from hotgate.store.accounting import uuid7
from hotgate.store.db import Parameter, Statement, ints, literals, octets, texts, times

SHOWN = 4  # characters of a code that staff may see
_ANY = re.compile("[^-]")
_BEFORE_THE_SHOWN = re.compile(rf"[^-](?=(?:-*[^-]){{{SHOWN}}})")


class VoucherRow(NamedTuple):
    position: int  # from 1
    id: int
    operator_id: int
    plan_id: int
    mode: str  # login, redeem
    state: str
    sold_at: datetime | None
    expires_at: datetime | None
    has_password: bool  # its own, other than the code
    zone: str
    created_at: datetime


class ClaimIds(NamedTuple):
    subscriber_id: int
    credential_id: int
    entitlement_id: int


class Claimed(NamedTuple):
    voucher_id: int
    subscriber_id: int


class Claim(NamedTuple):
    """All that comes to be when a voucher is first used."""

    voucher_id: int
    ids: ClaimIds
    shown_name: str
    name_key: str
    pap_digest: bytes
    sealed: bytes
    entitlement: Entitlement
    price_minor: int


LOAD_VOUCHERS = Statement(
    "LOAD_VOUCHERS",
    "vouchers by operator and index of the code; none of a batch that is still being made",
    """
    SELECT k.position, v.id, v.operator_id, v.plan_id, b.mode, v.state, v.sold_at,
           least(v.expires_at, b.expires_at), v.password_digest IS NOT NULL, coalesce(site.time_zone, o.time_zone),
           v.created_at
      FROM unnest($1::bigint[], $2::bytea[]) WITH ORDINALITY AS k (operator_id, code_index, position)
      JOIN voucher v ON v.operator_id = k.operator_id AND v.code_index = k.code_index
      JOIN voucher_batch b ON b.id = v.batch_id AND b.state = 'confirmed'
      JOIN operator o ON o.id = v.operator_id
      LEFT JOIN site ON site.id = b.site_id
    """,
    VoucherRow,
)

RESERVE_CLAIM_IDS = Statement(
    "RESERVE_CLAIM_IDS",
    "ids for what claims will make: the secrets are sealed for them before",
    """
    SELECT nextval(pg_get_serial_sequence('subscriber', 'id')), nextval(pg_get_serial_sequence('credential', 'id')),
           nextval(pg_get_serial_sequence('entitlement', 'id'))
      FROM generate_series(1, $1::int)
    """,
    ClaimIds,
)

CLAIM_VOUCHERS = Statement(
    "CLAIM_VOUCHERS",
    "those of these vouchers that nobody has claimed before, claimed: each with its subscriber",
    """
    WITH asked AS (
        SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::uuid[], $6::uuid[],
                             $7::text[], $8::text[], $9::bytea[], $10::bytea[], $11::timestamptz[], $12::text[],
                             $13::bigint[], $14::text[], $15::bigint[], $16::bigint[], $17::timestamptz[],
                             $18::timestamptz[], $19::bigint[], $20::timestamptz[])
               AS t (voucher_id, subscriber_id, credential_id, entitlement_id, subscriber_uuid, entitlement_uuid,
                     shown_name, name_key, pap_digest, sealed, at, validity_kind, validity_amount, validity_unit,
                     amount, cycles, valid_until, cycle_anchor, price_minor, created_at)
    ), claimed AS (
        UPDATE voucher SET state = 'used', subscriber_id = asked.subscriber_id, claimed_at = asked.at
          FROM asked
         WHERE voucher.id = asked.voucher_id AND voucher.state = 'available' AND voucher.subscriber_id IS NULL
        RETURNING voucher.id, voucher.operator_id, voucher.batch_id, voucher.plan_id, voucher.subscriber_id
    ), won AS (
        SELECT claimed.operator_id, claimed.plan_id, claimed.batch_id, asked.*
          FROM claimed JOIN asked ON asked.voucher_id = claimed.id
    ), person AS (
        INSERT INTO subscriber (id, uuid, operator_id, realm_id, site_id, name, created_via, created_at)
        SELECT subscriber_id, subscriber_uuid, operator_id,
               (SELECT min(r.id) FROM realm r WHERE r.operator_id = won.operator_id),
               (SELECT b.site_id FROM voucher_batch b WHERE b.id = won.batch_id), shown_name, 'voucher', at
          FROM won
    ), proof AS (
        INSERT INTO credential (id, operator_id, subscriber_id, kind, name_key, created_at)
        SELECT credential_id, operator_id, subscriber_id, 'code', name_key, at FROM won
    ), secret AS (
        INSERT INTO credential_secret (credential_id, operator_id, pap_digest, sealed)
        SELECT credential_id, operator_id, pap_digest, sealed FROM won
    ), given AS (
        INSERT INTO entitlement (id, uuid, operator_id, subscriber_id, plan_id, created_at, starts_at, validity_kind,
                                 validity_amount, validity_unit, amount, cycles, valid_until, cycle_anchor,
                                 price_minor, payment_state)
        SELECT entitlement_id, entitlement_uuid, operator_id, subscriber_id, plan_id, created_at, at, validity_kind,
               validity_amount, validity_unit, amount, cycles, valid_until, cycle_anchor, price_minor,
               CASE WHEN price_minor > 0 THEN 'paid' ELSE 'not_due' END
          FROM won
    )
    SELECT id, subscriber_id FROM claimed
    """,
    Claimed,
)


def refusal(row: VoucherRow, now: datetime) -> Reason | None:
    """Why this voucher can't be used as a login; None when it can."""
    if row.state == "void":
        return Reason.VOUCHER_VOID
    if row.mode != "login" or row.state == "assigned":
        return Reason.VOUCHER_REDEEM_ONLY
    if row.sold_at is None:
        return Reason.VOUCHER_NOT_SOLD
    if row.expires_at is not None and row.expires_at <= now:
        return Reason.VOUCHER_EXPIRED
    return None


def claim(
    row: VoucherRow,
    ids: ClaimIds,
    code: str,
    name_key: str,
    plan: Plan,
    zone: ZoneInfo,
    keys: vault.Keys,
    now: datetime,
) -> Claim:
    """What a first use of `row` makes. `code` as typed: it is the name, and in its normal form the password."""
    normal = codes.normalise(code)
    ref = seals.subscriber_ref(ids.subscriber_id)
    return Claim(
        voucher_id=row.id,
        ids=ids,
        shown_name=masked(code),
        name_key=name_key,
        pap_digest=vault.wire_digest(keys.wire, ref, normal.encode()),
        sealed=vault.seal(keys.network, code.encode(), seals.credential_place(ids.credential_id)),
        entitlement=entitlement_of(row, plan, ids.entitlement_id, zone, now),
        price_minor=plan.price_minor,
    )


def entitlement_of(row: VoucherRow, plan: Plan, entitlement_id: int, zone: ZoneInfo, now: datetime) -> Entitlement:
    """What a first use at `now` gives.

    A validity from creation, or until the end of the day, counts from the making of the voucher (EN-23, EN-A17); cycles
    count from now on.
    """
    return validity.grant(plan, id=entitlement_id, created_at=row.created_at, starts_at=now, zone=zone)


def claim_columns(claims: Sequence[Claim]) -> list[Parameter]:
    """The parameters of CLAIM_VOUCHERS."""
    given = [each.entitlement for each in claims]
    return [
        ints(each.voucher_id for each in claims),
        ints(each.ids.subscriber_id for each in claims),
        ints(each.ids.credential_id for each in claims),
        ints(each.ids.entitlement_id for each in claims),
        literals(uuid7() for _ in claims),
        literals(uuid7() for _ in claims),
        texts(each.shown_name for each in claims),
        texts(each.name_key for each in claims),
        octets(each.pap_digest for each in claims),
        octets(each.sealed for each in claims),
        times(e.starts_at for e in given),
        texts(e.validity.kind for e in given),
        ints(e.validity.amount for e in given),
        texts(e.validity.unit for e in given),
        ints(e.amount for e in given),
        ints(e.cycles for e in given),
        times(e.valid_until for e in given),
        times(e.cycle_anchor for e in given),
        ints(each.price_minor for each in claims),
        times(e.created_at for e in given),
    ]


def masked(code: str) -> str:
    """A code as it may be shown: all but its last four characters are hidden; hyphens stay, to read it by."""
    is_long = len(code) - code.count("-") > SHOWN
    return (_BEFORE_THE_SHOWN if is_long else _ANY).sub("•", code)
