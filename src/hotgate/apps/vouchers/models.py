"""Secret codes that grant a plan."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from hotgate.apps.core.fields import holds, inside, one_of, public_id
from hotgate.apps.operators.models import owned
from hotgate.domain.codes import CharacterSet


class BatchMode(StrEnum):
    LOGIN = "login"  # the code is the name
    REDEEM = "redeem"  # a registered subscriber redeems it


class BatchKind(StrEnum):
    GENERATED = "generated"  # by the ticket generator
    SINGLE = "single"  # one ticket, sold at once


class BatchState(StrEnum):
    DRAFT = "draft"
    MAKING = "making"  # confirmed, and its vouchers are being written; none of them works yet
    CONFIRMED = "confirmed"


class VoucherState(StrEnum):
    AVAILABLE = "available"
    ASSIGNED = "assigned"  # bound to a subscriber before first use
    USED = "used"
    VOID = "void"


class VoucherBatch(models.Model):
    uuid = public_id()
    operator = owned()
    plan = inside("catalogue.Plan")
    site = inside("operators.Site", null=True)
    kind = models.TextField(db_default=str(BatchKind.GENERATED))
    mode = models.TextField()
    state = models.TextField(db_default=str(BatchState.DRAFT))
    prefix = models.TextField(db_default="", blank=True)
    length = models.IntegerField()  # of the random part (EN-A4)
    charset = models.TextField()
    avoid_lookalikes = models.BooleanField(db_default=True)
    has_check = models.BooleanField(db_default=True)  # the last character is computed from the others
    size = models.IntegerField()
    made = models.IntegerField(db_default=0)  # of `size`, so far
    deleted = models.IntegerField(db_default=0)  # of those made
    expires_at = models.DateTimeField(null=True)  # of codes not used until then
    sample_sealed = models.BinaryField(null=True)  # the five codes shown, while it is a draft (EN-A6)
    created_at = models.DateTimeField(db_default=Now())
    confirmed_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        "operators.Staff", null=True, on_delete=models.SET_NULL, related_name="+", db_column="created_by"
    )

    class Meta:
        db_table = "voucher_batch"
        indexes: ClassVar = [
            models.Index(fields=["operator", "confirmed_at"], name="voucher_batch_confirmed"),
            models.Index(fields=["operator", "id"], condition=Q(kind="generated"), name="voucher_batch_generated"),
            models.Index(fields=["created_at"], condition=~Q(state="confirmed"), name="voucher_batch_unfinished"),
        ]
        constraints: ClassVar = [
            one_of("voucher_batch", "kind", BatchKind),
            models.UniqueConstraint(fields=["operator", "id"], name="voucher_batch_of_operator"),
            models.UniqueConstraint(fields=["operator", "id", "plan"], name="voucher_batch_of_plan"),
            one_of("voucher_batch", "charset", CharacterSet),
            one_of("voucher_batch", "mode", BatchMode),
            one_of("voucher_batch", "state", BatchState),
            holds("voucher_batch", "size_valid", Q(size__range=(1, 1_000_000))),
            holds(
                "voucher_batch",
                "confirmed",
                Q(state="draft", confirmed_at__isnull=True)
                | Q(state__in=["making", "confirmed"], confirmed_at__isnull=False, sample_sealed__isnull=True),
            ),
        ]


class Voucher(models.Model):
    """A million at once: one foreign key stands for operator, batch and plan, which are those of the batch."""

    uuid = public_id()
    operator = owned(db_constraint=False)
    batch = inside("vouchers.VoucherBatch")
    plan = inside("catalogue.Plan")
    code_index = models.BinaryField()  # keyed HMAC of the normalised code: how it is found
    code_sealed = models.BinaryField()  # for reprint; the place is b"voucher:" + uuid; empty once it is of no more use
    shown = models.TextField(db_default="", db_collation="C")  # as lists show it: the prefix and the last four
    password_digest = models.BinaryField(null=True)  # None: the password is the code
    subscriber = inside("subscribers.Subscriber", null=True)
    entitlement = inside("subscribers.Entitlement", null=True)  # what it gave; None of one that was a first login
    state = models.TextField(db_default=str(VoucherState.AVAILABLE))
    sold_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    archived_at = models.DateTimeField(null=True)  # in no list since then
    is_over = models.BooleanField(db_default=False)  # was so when the worker last looked, and stays so; see `not_over`
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "voucher"
        indexes: ClassVar = [
            models.Index(fields=["batch", "id"], name="voucher_in_batch"),
            # Lists read what is left and what is over apart, see `queries.PARTS`: a new voucher stands in few indexes.
            models.Index(
                fields=["operator", "created_at", "id"],
                condition=Q(archived_at=None, is_over=False),
                name="voucher_left",
            ),
            models.Index(
                fields=["operator", "shown", "id"],
                condition=Q(archived_at=None, is_over=False),
                name="voucher_left_by_code",
            ),
            models.Index(
                fields=["operator", "created_at", "id"],
                condition=Q(archived_at=None, is_over=False) & ~Q(state="available"),
                name="voucher_left_begun",
            ),
            models.Index(
                fields=["operator", "created_at", "id"],
                condition=Q(archived_at=None, is_over=True),
                name="voucher_over",
            ),
            models.Index(
                fields=["operator", "shown", "id"],
                condition=Q(archived_at=None, is_over=True),
                name="voucher_over_by_code",
            ),
            models.Index(
                fields=["operator", "created_at", "id"],
                condition=Q(archived_at=None, is_over=True) & ~Q(state="available"),
                name="voucher_over_begun",
            ),
            models.Index(fields=["id"], condition=Q(is_over=False) & ~Q(state="available"), name="voucher_to_note"),
            models.Index(
                fields=["expires_at"],
                condition=Q(is_over=False, expires_at__isnull=False),
                name="voucher_to_note_expired",
            ),
            models.Index(
                fields=["id"], condition=Q(state__in=["used", "void"]) & ~Q(code_sealed=b""), name="voucher_to_forget"
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(expires_at__isnull=False) & ~Q(code_sealed=b""),
                name="voucher_to_expire",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "code_index"], name="voucher_code_unique"),
            # nobody comes from two; but somebody may redeem many, each for an entitlement of its own
            models.UniqueConstraint(
                fields=["subscriber"],
                condition=Q(subscriber__isnull=False, entitlement__isnull=True),
                name="voucher_first_login_unique",
            ),
            models.UniqueConstraint(
                fields=["entitlement"], condition=Q(entitlement__isnull=False), name="voucher_entitlement_unique"
            ),
            one_of("voucher", "state", VoucherState),
            holds(
                "voucher", "used_by_somebody", ~Q(state="used") | Q(subscriber__isnull=False, claimed_at__isnull=False)
            ),
        ]


class TicketSettings(models.Model):
    """How an operator's quick tickets are. Without a row: as the defaults say."""

    operator = models.OneToOneField("operators.Operator", primary_key=True, on_delete=models.PROTECT, related_name="+")
    separate_password = models.BooleanField(db_default=False)  # a name and a password, not one code for both
    support_line = models.TextField(db_default="", blank=True)  # printed on every ticket

    class Meta:
        db_table = "ticket_settings"
