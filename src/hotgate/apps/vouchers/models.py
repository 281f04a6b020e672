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


class BatchState(StrEnum):
    DRAFT = "draft"
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
    mode = models.TextField()
    state = models.TextField(db_default=str(BatchState.DRAFT))
    prefix = models.TextField(db_default="", blank=True)
    length = models.IntegerField()  # of the random part (EN-A4)
    charset = models.TextField()
    avoid_lookalikes = models.BooleanField(db_default=True)
    has_check = models.BooleanField(db_default=True)  # the last character is computed from the others
    size = models.IntegerField()
    expires_at = models.DateTimeField(null=True)  # of codes not used until then
    sample_sealed = models.BinaryField(null=True)  # the five codes shown, while it is a draft (EN-A6)
    created_at = models.DateTimeField(db_default=Now())
    confirmed_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        "operators.Staff", null=True, on_delete=models.SET_NULL, related_name="+", db_column="created_by"
    )

    class Meta:
        db_table = "voucher_batch"
        indexes: ClassVar = [models.Index(fields=["operator", "confirmed_at"], name="voucher_batch_confirmed")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "id"], name="voucher_batch_of_operator"),
            one_of("voucher_batch", "charset", CharacterSet),
            one_of("voucher_batch", "mode", BatchMode),
            one_of("voucher_batch", "state", BatchState),
            holds("voucher_batch", "size_valid", Q(size__range=(1, 100_000))),
            holds(
                "voucher_batch",
                "confirmed",
                Q(state="draft", confirmed_at__isnull=True)
                | Q(state="confirmed", confirmed_at__isnull=False, sample_sealed__isnull=True),
            ),
        ]


class Voucher(models.Model):
    uuid = public_id()
    operator = owned()
    batch = inside("vouchers.VoucherBatch")
    plan = inside("catalogue.Plan")
    code_index = models.BinaryField()  # keyed HMAC of the normalised code: how it is found
    code_sealed = models.BinaryField()  # for reprint; the place is b"voucher:" + uuid
    password_digest = models.BinaryField(null=True)  # None: the password is the code
    subscriber = inside("subscribers.Subscriber", null=True)
    state = models.TextField(db_default=str(VoucherState.AVAILABLE))
    sold_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "voucher"
        indexes: ClassVar = [models.Index(fields=["batch"], name="voucher_of_batch")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "code_index"], name="voucher_code_unique"),
            models.UniqueConstraint(fields=["subscriber"], name="voucher_subscriber_unique"),
            one_of("voucher", "state", VoucherState),
            holds(
                "voucher", "used_by_somebody", ~Q(state="used") | Q(subscriber__isnull=False, claimed_at__isnull=False)
            ),
        ]
