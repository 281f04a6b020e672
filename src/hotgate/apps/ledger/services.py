"""Move money between two accounts. A transfer is never edited, only reversed."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import connection, transaction

from hotgate.apps.core import ids
from hotgate.apps.ledger.models import STORED_BALANCE, AccountKind, LedgerAccount, Transfer, TransferKind
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator
from hotgate.apps.operators.verbs import verb
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

# One statement: where the id is there already, nothing is posted and no balance moves.
POST = """
WITH posted AS (
  INSERT INTO transfer (id, operator_id, debit_id, credit_id, amount_minor, currency, kind, reference, reverses_id, at)
  VALUES (%(id)s, %(operator)s, %(debit)s, %(credit)s, %(amount)s, %(currency)s, %(kind)s, %(reference)s, %(reverses)s,
          %(at)s)
  ON CONFLICT (id) DO NOTHING RETURNING debit_id, credit_id, amount_minor
), moved AS (
  UPDATE ledger_account a SET balance_minor = a.balance_minor
         + CASE WHEN a.id = posted.credit_id THEN posted.amount_minor ELSE -posted.amount_minor END
    FROM posted
   WHERE a.id IN (posted.debit_id, posted.credit_id) AND a.balance_minor IS NOT NULL
)
SELECT count(*) FROM posted
"""


def open_account(
    *, operator: Operator, kind: AccountKind, postpaid: bool = False, credit_limit_minor: int | None = None
) -> LedgerAccount:
    """A wallet or float with a balance of 0, or the operator's one account of that kind, made when missing."""
    if kind in STORED_BALANCE:
        return LedgerAccount.objects.create(
            operator=operator,
            kind=kind,
            currency=operator.currency,
            balance_minor=0,
            postpaid=postpaid,
            credit_limit_minor=credit_limit_minor,
        )
    known = LedgerAccount.objects.filter(operator=operator, kind=kind, currency=operator.currency).first()
    if known is not None:
        return known
    # two may open it at once: the unique constraint lets one row stand
    LedgerAccount.objects.bulk_create(
        [LedgerAccount(operator=operator, kind=kind, currency=operator.currency)], ignore_conflicts=True
    )
    return LedgerAccount.objects.get(operator=operator, kind=kind, currency=operator.currency)


def open_accounts(operator: Operator, *kinds: AccountKind) -> list[LedgerAccount]:
    """The operator's one account of each kind, looked up together; made when missing."""
    rows = LedgerAccount.objects.filter(operator=operator, kind__in=kinds, currency=operator.currency)
    known = {row.kind: row for row in rows}
    return [known.get(kind) or open_account(operator=operator, kind=kind) for kind in kinds]


@verb
def post(
    *,
    by: Actor,
    now: datetime,
    debit: LedgerAccount,
    credit: LedgerAccount,
    amount_minor: int,
    kind: TransferKind,
    reference: str = "",
    id: uuid.UUID | None = None,
    reverses: Transfer | None = None,
) -> Transfer:
    """Take `amount_minor` from `debit` and give it to `credit`. The same `id` again changes nothing.

    DomainError `money_short`: a prepaid wallet would go below zero, or a postpaid one below its credit limit;
    `amount_invalid`; `currency_mismatch`; `transfer_conflict`: the id stands for another transfer.
    """
    _check(debit, credit, amount_minor)
    wanted = Transfer(
        id=id or ids.uuid7(),
        operator_id=debit.operator_id,
        debit=debit,
        credit=credit,
        amount_minor=amount_minor,
        currency=debit.currency,
        kind=kind,
        reference=reference,
        reverses=reverses,
        at=now,
    )
    _lock(debit, credit)
    known = Transfer.objects.filter(id=wanted.id).first() if id and debit.balance_minor is not None else None
    if known is not None:  # before it is asked whether there is enough: that was asked then
        return _same(known, wanted)
    _check_covered(debit, amount_minor)
    if not _write(wanted):
        return _same(Transfer.objects.get(id=wanted.id), wanted)
    record_audit(
        by=by,
        now=now,
        operator_id=debit.operator_id,
        verb="post_transfer",
        object_kind="ledger_account",
        object_id=debit.id,
        after={"transfer": str(wanted.id), "kind": str(kind), "amount_minor": amount_minor, "credit": credit.id},
    )
    return wanted


@transaction.atomic
def reverse(*, by: Actor, now: datetime, transfer: Transfer, reference: str = "") -> Transfer:
    """The opposite transfer, once: a second call gives the first one's transfer.

    DomainError `money_short`; `reversal_irreversible`: post a new transfer instead.
    """
    if transfer.reverses_id is not None:
        raise DomainError("reversal_irreversible", _("A reversal can't be reversed."))
    known = Transfer.objects.filter(reverses=transfer).first()
    if known is not None:
        return known
    return post(
        by=by,
        now=now,
        debit=transfer.credit,
        credit=transfer.debit,
        amount_minor=transfer.amount_minor,
        kind=TransferKind.REVERSAL,
        reference=reference or transfer.reference,
        reverses=transfer,
        id=uuid.uuid5(transfer.id, "reversal"),
    )


def _check(debit: LedgerAccount, credit: LedgerAccount, amount_minor: int) -> None:
    if amount_minor <= 0:
        raise DomainError("amount_invalid", _("An amount is more than zero."), {"amount": _("more than zero")})
    if debit.currency != credit.currency or debit.operator_id != credit.operator_id:
        raise DomainError("currency_mismatch", _("Money moves within one operator and one currency."))


def _lock(*accounts: LedgerAccount) -> None:
    """Ascending, so that two transfers between the same wallets can't wait for each other; balances read after it."""
    stored = [account for account in accounts if account.balance_minor is not None]
    by_id = {account.id: account for account in stored}
    rows = LedgerAccount.objects.filter(id__in=by_id).order_by("id").select_for_update(no_key=True)
    for row in rows:
        by_id[row.id].balance_minor = row.balance_minor


def _check_covered(debit: LedgerAccount, amount_minor: int) -> None:
    balance = debit.balance_minor
    if balance is None or (debit.postpaid and debit.credit_limit_minor is None):
        return
    if balance + (debit.credit_limit_minor or 0 if debit.postpaid else 0) < amount_minor:
        short = {"amount": _("more than is there")}
        raise DomainError("money_short", _("There is not enough money on the account."), short)


def _write(transfer: Transfer) -> bool:
    """False: this id was posted before, and nothing moved."""
    with connection.cursor() as cursor:
        cursor.execute(
            POST,
            {
                "id": transfer.id,
                "operator": transfer.operator_id,
                "debit": transfer.debit_id,
                "credit": transfer.credit_id,
                "amount": transfer.amount_minor,
                "currency": transfer.currency,
                "kind": str(transfer.kind),
                "reference": transfer.reference,
                "reverses": transfer.reverses_id,
                "at": transfer.at,
            },
        )
        return bool(cursor.fetchone()[0])


def _same(known: Transfer, wanted: Transfer) -> Transfer:
    if (known.debit_id, known.credit_id, known.amount_minor) != (
        wanted.debit_id,
        wanted.credit_id,
        wanted.amount_minor,
    ):
        raise DomainError("transfer_conflict", _("This transfer was posted before, with other values."))
    return known
