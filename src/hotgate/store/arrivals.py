"""Somebody new: what has to be known before, and all rows at once. Rows go in as JSON, by the names of columns."""

from __future__ import annotations

from typing import Any, NamedTuple

from hotgate.store.db import Statement


class ArrivalFacts(NamedTuple):
    """Ids come first, for secrets are sealed for them."""

    subscriber_id: int
    wallet_id: int
    credential_id: int
    entitlement_id: int
    sale_id: int
    name: str | None  # the first of those asked for that nobody has
    list_minor: int | None  # None: no list price
    sellers: list[list[Any]] | None  # operator, name, percent; from the operator upward
    cash_id: int | None
    revenue_id: int | None


class Saved(NamedTuple):
    credentials: int  # 0: the name was taken


ARRIVAL_FACTS = Statement(
    "ARRIVAL_FACTS",
    "ids to come, a free name, and what sellers pay for a plan",
    """
    SELECT nextval('subscriber_id_seq'), nextval('ledger_account_id_seq'), nextval('credential_id_seq'),
           nextval('entitlement_id_seq'), nextval('sale_id_seq'),
           (SELECT k.name FROM unnest($2::text[]) WITH ORDINALITY AS k (name, place)
             WHERE k.name <> ALL (ARRAY(SELECT c.name_key FROM credential c
                                         WHERE c.operator_id = $1::bigint AND c.name_key = ANY ($2::text[])))
             ORDER BY k.place LIMIT 1),
           (SELECT p.amount_minor FROM list_price p WHERE p.plan_id = $3::bigint),
           (SELECT json_agg(json_build_array(c.operator_id, c.name, c.percent::text) ORDER BY c.step)
              FROM seller_chain($1::bigint) c WHERE $3::bigint IS NOT NULL),
           (SELECT a.id FROM ledger_account a
             WHERE a.operator_id = $1::bigint AND a.kind = 'cash' AND a.currency = $4::text),
           (SELECT a.id FROM ledger_account a
             WHERE a.operator_id = $1::bigint AND a.kind = 'revenue' AND a.currency = $4::text)
    """,
    ArrivalFacts,
    is_prepared=True,
)

# What is not named is left to the columns' defaults. Foreign keys are looked at when the statement ends.
_COLUMNS = {
    "ledger_account": "id, uuid, operator_id, kind, currency, balance_minor, postpaid, created_at",
    "subscriber": "id, uuid, operator_id, realm_id, site_id, name, display_name, kind, created_via, wallet_id, phone,"
    " email, language, person, created_at",
    "credential": "id, operator_id, subscriber_id, kind, name_key, created_at",
    "credential_secret": "credential_id, operator_id, pap_digest, sealed",
    "readable_password": "subscriber_id, operator_id, sealed",
    "entitlement": "id, uuid, operator_id, subscriber_id, plan_id, created_at, starts_at, validity_kind,"
    " validity_amount, validity_unit, amount, cycles, valid_until, cycle_anchor, price_minor, payment_state",
    "sale": "id, uuid, operator_id, reference, subscriber_id, plan_id, nas_id, state, currency, price_minor,"
    " cost_minor, chain, at, settled_at",
    "transfer": "id, operator_id, debit_id, credit_id, amount_minor, currency, kind, reference, at",
}
_ENDINGS = {
    "credential": "ON CONFLICT (operator_id, name_key) DO NOTHING RETURNING id",
    "credential_secret": "WHERE EXISTS (SELECT FROM of_credential)",
}


def _insert(table: str) -> str:
    columns, ending = _COLUMNS[table], _ENDINGS.get(table, "")
    rows = f"jsonb_populate_recordset(NULL::{table}, $1::jsonb -> '{table}')"
    return f"of_{table} AS (INSERT INTO {table} ({columns}) SELECT {columns} FROM {rows} {ending})"


SAVE_ARRIVAL = Statement(
    "SAVE_ARRIVAL",
    "every row of somebody new; the caller undoes them all where the name is taken",
    f"WITH {', '.join(map(_insert, _COLUMNS))} SELECT count(*) FROM of_credential",
    Saved,
    is_prepared=True,
)
