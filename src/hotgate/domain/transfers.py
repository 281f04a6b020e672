"""Money between two ledger accounts. A transfer is never edited, only reversed by another."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _


class Transfer(NamedTuple):
    """`amount_minor`, always above 0, leaves the account `debit` and arrives at `credit`."""

    id: UUID  # names its cause, so that posting it twice changes nothing
    debit: str
    credit: str
    amount_minor: int
    currency: str
    reference: str  # what it is for: `session:7`
    reverses: UUID | None = None


def transfer_id(session_id: int, segment: str | int, number: int) -> UUID:
    """The id of the `number`-th transfer for one rate segment of a session: 128 bits of SHA-256."""
    return _id_of("usage", session_id, segment, number)


def reversal_of(transfer: Transfer) -> Transfer:
    """The transfer that takes another back; its id follows from the other's, so it happens once.

    DomainError `reversal_irreversible` for one that is a reversal itself: post a new transfer instead.
    """
    if transfer.reverses is not None:
        raise DomainError("reversal_irreversible", _("A reversal can't be reversed."))
    return transfer._replace(
        id=_id_of("reversal", transfer.id),
        debit=transfer.credit,
        credit=transfer.debit,
        reverses=transfer.id,
    )


def balanced(transfers: Iterable[Transfer]) -> bool:
    """May these, of one operator, be posted? Each moves something, and no account holds two currencies.

    Debits then equal credits by themselves, per currency (§5.3, invariants 1 and 10).
    """
    currencies: dict[str, str] = {}
    for transfer in transfers:
        if transfer.amount_minor <= 0 or transfer.debit == transfer.credit:
            return False
        for account in (transfer.debit, transfer.credit):
            if currencies.setdefault(account, transfer.currency) != transfer.currency:
                return False
    return True


def balances(transfers: Iterable[Transfer]) -> dict[tuple[str, str], int]:
    """What each (account, currency) has after the transfers, in minor units; the sum per currency is 0."""
    found: dict[tuple[str, str], int] = {}
    for transfer in transfers:
        for account, amount in (
            (transfer.debit, -transfer.amount_minor),
            (transfer.credit, transfer.amount_minor),
        ):
            key = (account, transfer.currency)
            found[key] = found.get(key, 0) + amount
    return found


def _id_of(*cause: object) -> UUID:
    # The separator is in no part, so two causes never spell the same.
    text = "\x1f".join(str(part) for part in cause)
    return UUID(bytes=sha256(text.encode()).digest()[:16])
