"""What is on an account, and what moved."""

from __future__ import annotations

from django.db.models import Q, QuerySet, Sum

from hotgate.apps.ledger.models import LedgerAccount, Transfer


def balance_minor(account: LedgerAccount) -> int:
    """Minor units as they stand now: stored for wallets and floats, otherwise the sum of the transfers."""
    fresh = LedgerAccount.objects.get(id=account.id)
    return sum_minor(account) if fresh.balance_minor is None else int(fresh.balance_minor)


def sum_minor(account: LedgerAccount) -> int:
    """Credits minus debits, counted anew: what a stored balance must be equal to."""
    given = Transfer.objects.filter(credit=account).aggregate(total=Sum("amount_minor"))["total"]
    taken = Transfer.objects.filter(debit=account).aggregate(total=Sum("amount_minor"))["total"]
    return (given or 0) - (taken or 0)


def statement(account: LedgerAccount) -> QuerySet[Transfer]:
    """Every transfer of the account, newest first."""
    return Transfer.objects.filter(Q(debit=account) | Q(credit=account)).order_by("-at", "-id")


def latest_transfers(account: LedgerAccount, count: int) -> list[Transfer]:
    """The top of the statement: so many from each side, as the indexes have them, and not a long account sorted."""
    sides = (Transfer.objects.filter(debit=account), Transfer.objects.filter(credit=account))
    found = [each for side in sides for each in side.order_by("-at", "-id")[:count]]
    return sorted(found, key=lambda each: (each.at, each.id), reverse=True)[:count]
