"""Money: accounts, and transfers between two of them that are never edited, only reversed."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from hotgate.apps.core import ids
from hotgate.apps.core.fields import holds, inside, one_of, public_id
from hotgate.apps.operators.models import owned


class AccountKind(StrEnum):
    WALLET = "wallet"  # a subscriber's; stores its balance
    FLOAT = "float"  # a seller's; stores its balance
    CASH = "cash"
    REVENUE = "revenue"
    VOUCHER_LIABILITY = "voucher_liability"
    UNCOVERED_USE = "uncovered_use"  # metered use that a prepaid wallet could not pay


STORED_BALANCE = (AccountKind.WALLET, AccountKind.FLOAT)


class TransferKind(StrEnum):
    TOP_UP = "top_up"
    PURCHASE = "purchase"  # may never take a prepaid wallet below zero
    USE = "use"  # metered: takes what is there, the rest goes to uncovered use
    REVERSAL = "reversal"
    ADJUSTMENT = "adjustment"


class LedgerAccount(models.Model):
    """Only wallets and floats store a balance; every other account is the sum of its transfers."""

    uuid = public_id()
    operator = owned()
    kind = models.TextField()
    currency = models.CharField(max_length=3)  # never changes
    balance_minor = models.BigIntegerField(null=True)  # credits minus debits
    postpaid = models.BooleanField(db_default=False)  # may be negative
    credit_limit_minor = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "ledger_account"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "id"], name="ledger_account_of_operator"),
            # one cash account, one revenue account … per operator and currency
            models.UniqueConstraint(
                fields=["operator", "kind", "currency"],
                condition=~Q(kind__in=[str(kind) for kind in STORED_BALANCE]),
                name="ledger_account_kind_unique",
            ),
            one_of("ledger_account", "kind", AccountKind),
            holds(
                "ledger_account",
                "balance_stored",
                Q(kind__in=[str(kind) for kind in STORED_BALANCE], balance_minor__isnull=False)
                | (~Q(kind__in=[str(kind) for kind in STORED_BALANCE]) & Q(balance_minor__isnull=True)),
            ),
            holds("ledger_account", "prepaid_not_negative", Q(postpaid=True) | Q(balance_minor__gte=0)),
        ]


class Transfer(models.Model):
    """Money moved from the debit account to the credit account, as the wallet's owner sees it: a debit takes."""

    id = models.UUIDField(primary_key=True, default=ids.uuid7, editable=False)  # posting one id twice changes nothing
    operator = owned()
    debit = inside("ledger.LedgerAccount")
    credit = inside("ledger.LedgerAccount")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    kind = models.TextField()
    reference = models.TextField(db_default="")  # what it was for: "entitlement:17", "session:9"
    reverses = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "transfer"
        indexes: ClassVar = [
            models.Index(fields=["debit", "at"], name="transfer_debit"),
            models.Index(fields=["credit", "at"], name="transfer_credit"),
        ]
        constraints: ClassVar = [
            one_of("transfer", "kind", TransferKind),
            holds("transfer", "amount_positive", Q(amount_minor__gt=0)),
            holds("transfer", "moves", ~Q(debit=F("credit"))),
            models.UniqueConstraint(fields=["reverses"], name="transfer_reversed_once"),
        ]
