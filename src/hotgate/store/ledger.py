"""Money that use moves: transfers with their own ids, so that posting one twice changes nothing.

The rules name an account by what it is, `wallet:17` of a subscriber or one of the operator's own by its kind; the ids
are found here. Only wallets and floats store a balance: credits minus debits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from hotgate.domain.transfers import Transfer
from hotgate.store.db import Command, Parameter, Statement, ints, literals, rows_of, texts, times

WALLET = "wallet:"
# what the rules call the operator's accounts → kinds in the ledger
_KINDS = {"usage_revenue": "revenue"}


class Posted(NamedTuple):
    id: str


ENSURE_ACCOUNTS = Command(
    "ENSURE_ACCOUNTS",
    "the operator's own accounts, made when first needed",
    f"""
    INSERT INTO ledger_account (uuid, operator_id, kind, currency, postpaid)
    SELECT DISTINCT ON (need.operator_id, need.kind, need.currency)
           gen_random_uuid(), need.operator_id, need.kind, need.currency, true
      FROM {rows_of("operator_id bigint, kind text, currency text")} AS need
     WHERE NOT EXISTS (SELECT FROM ledger_account a
                        WHERE a.operator_id = need.operator_id AND a.kind = need.kind AND a.currency = need.currency)
        ON CONFLICT DO NOTHING
    """,
)

_TRANSFER = """
    id uuid, operator_id bigint, debit_subscriber bigint, debit_kind text, credit_subscriber bigint, credit_kind text,
    amount_minor bigint, currency text, kind text, reference text, at timestamptz
"""
POST_TRANSFERS = Statement(
    "POST_TRANSFERS",
    "transfers and the balances that they move, in one statement; those posted before are left alone",
    f"""
    WITH named AS (
        SELECT t.*, coalesce(ds.wallet_id, da.id) AS debit_id, coalesce(cs.wallet_id, ca.id) AS credit_id
          FROM {rows_of(_TRANSFER)} AS t
          LEFT JOIN subscriber ds ON ds.id = t.debit_subscriber
          LEFT JOIN subscriber cs ON cs.id = t.credit_subscriber
          LEFT JOIN ledger_account da ON da.operator_id = t.operator_id AND da.kind = t.debit_kind
                                     AND da.currency = t.currency
          LEFT JOIN ledger_account ca ON ca.operator_id = t.operator_id AND ca.kind = t.credit_kind
                                     AND ca.currency = t.currency
    ), posted AS (
        INSERT INTO transfer (id, operator_id, debit_id, credit_id, amount_minor, currency, kind, reference, at)
        SELECT id, operator_id, debit_id, credit_id, amount_minor, currency, kind, reference, at FROM named
            ON CONFLICT (id) DO NOTHING
        RETURNING id, debit_id, credit_id, amount_minor
    ), moved AS (
        SELECT account_id, sum(amount)::bigint AS amount
          FROM (SELECT debit_id AS account_id, -amount_minor AS amount FROM posted
                UNION ALL SELECT credit_id, amount_minor FROM posted) AS each
         GROUP BY account_id
    ), balanced AS (
        UPDATE ledger_account SET balance_minor = balance_minor + moved.amount
          FROM moved WHERE ledger_account.id = moved.account_id AND ledger_account.balance_minor IS NOT NULL
    )
    SELECT id::text FROM posted
    """,
    Posted,
)


def account_columns(transfers: Sequence[tuple[int, datetime, Transfer]]) -> list[Parameter]:
    """The parameters of ENSURE_ACCOUNTS."""
    needed = {
        (operator_id, kind, transfer.currency)
        for operator_id, _, transfer in transfers
        for kind in (_kind(transfer.debit), _kind(transfer.credit))
        if kind is not None
    }
    ordered = sorted(needed)
    return [ints(o for o, _, _ in ordered), texts(k for _, k, _ in ordered), texts(c for _, _, c in ordered)]


def transfer_columns(transfers: Sequence[tuple[int, datetime, Transfer]]) -> list[Parameter]:
    """The parameters of POST_TRANSFERS for (operator, time, transfer)."""
    values = [transfer for _, _, transfer in transfers]
    return [
        literals(str(t.id) for t in values),
        ints(operator_id for operator_id, _, _ in transfers),
        ints(_subscriber(t.debit) for t in values),
        texts(_kind(t.debit) for t in values),
        ints(_subscriber(t.credit) for t in values),
        texts(_kind(t.credit) for t in values),
        ints(t.amount_minor for t in values),
        texts(t.currency for t in values),
        texts("use" for _ in values),
        texts(t.reference for t in values),
        times(at for _, at, _ in transfers),
    ]


def _subscriber(account: str) -> int | None:
    return int(account.removeprefix(WALLET)) if account.startswith(WALLET) else None


def _kind(account: str) -> str | None:
    return None if account.startswith(WALLET) else _KINDS.get(account, account)
