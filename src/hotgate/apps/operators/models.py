"""Who runs the service: operators, their sites, the staff who sign in, and what staff did."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from hotgate.apps.core.fields import holds, inside, one_of, public_id


class Role(StrEnum):
    OWNER = "owner"
    MANAGER = "manager"
    CASHIER = "cashier"
    ACCOUNT_EDITOR = "account_editor"
    SUPPORT = "support"
    AUDITOR = "auditor"


class CommercialMode(StrEnum):
    FREE = "free"
    PAY_PER_USE = "pay_per_use"


class Operator(models.Model):
    """The tenant: a business that gives or sells access. Its parent, if any, is a reseller."""

    uuid = public_id()
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    name = models.TextField()
    slug = models.TextField(unique=True)
    currency = models.CharField(max_length=3)  # ISO 4217; never changes once money has moved
    time_zone = models.TextField(db_default="UTC")  # IANA
    language = models.TextField(db_default="en")
    country = models.TextField(db_default="", blank=True)  # ISO 3166 alpha-2
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "operator"
        constraints: ClassVar = [
            holds("operator", "currency_iso", Q(currency__regex="^[A-Z]{3}$")),
            holds("operator", "slug_plain", Q(slug__regex="^[a-z0-9]+(-[a-z0-9]+)*$")),
            holds("operator", "not_its_own_parent", Q(parent__isnull=True) | ~Q(parent=F("id"))),
        ]


def owned(**options: Any) -> models.ForeignKey[Any, Any]:
    """To whom a row belongs. No index of its own: the tables' own indexes begin with it."""
    return models.ForeignKey(Operator, on_delete=models.PROTECT, related_name="+", db_index=False, **options)


class Site(models.Model):
    """A place where service is offered."""

    uuid = public_id()
    operator = owned()
    name = models.TextField()
    time_zone = models.TextField(null=True)  # None: the operator's
    language = models.TextField(null=True)
    commercial_mode = models.TextField(db_default=str(CommercialMode.PAY_PER_USE))

    class Meta:
        db_table = "site"
        constraints: ClassVar = [
            models.UniqueConstraint(F("operator"), Lower("name"), name="site_name_unique"),
            models.UniqueConstraint(fields=["operator", "id"], name="site_of_operator"),
            one_of("site", "commercial_mode", CommercialMode),
        ]


class StaffManager(BaseUserManager["Staff"]):
    def get_by_natural_key(self, username: str | None) -> Staff:
        return self.get(email=(username or "").strip().lower())


class Staff(AbstractBaseUser):
    """A person who signs in to the console. A superuser is the owner of the whole platform."""

    uuid = public_id()
    email = models.TextField(unique=True)
    name = models.TextField(db_default="", blank=True)
    is_active = models.BooleanField(default=True, db_default=True)
    is_superuser = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[StaffManager] = StaffManager()

    class Meta:
        db_table = "staff"
        constraints: ClassVar = [holds("staff", "email_lower", Q(email=Lower("email")))]

    @property
    def is_staff(self) -> bool:
        """May open Django's own admin, which is for the owner of the platform only."""
        return self.is_superuser

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.is_active and self.is_superuser

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_superuser


class StaffRole(models.Model):
    staff = models.ForeignKey(Staff, on_delete=models.CASCADE, related_name="roles")
    operator = owned()
    role = models.TextField()
    site = inside("operators.Site", null=True)  # None: at the operator, and at every operator below it

    class Meta:
        db_table = "staff_role"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["operator", "staff", "role", "site"], nulls_distinct=False, name="staff_role_once"
            ),
            one_of("staff_role", "role", Role),
        ]


class AuditEntry(models.Model):
    """What somebody changed. Never altered: each entry holds the hash of the one before it in its operator's chain.

    It names objects by id, so that erasing a person never touches it.
    """

    operator = owned(null=True)  # None: platform
    number = models.BigIntegerField()  # 1, 2, 3 … per operator, without a gap
    at = models.DateTimeField()
    staff = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+")
    actor = models.TextField()  # "staff", "command line", "system", "subscriber"
    verb = models.TextField()
    object_kind = models.TextField()
    object_id = models.BigIntegerField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(db_default="")
    request_id = models.TextField(db_default="")
    ip = models.GenericIPAddressField(null=True)
    previous_hash = models.BinaryField()
    hash = models.BinaryField()

    class Meta:
        db_table = "audit_entry"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["operator", "number"], nulls_distinct=False, name="audit_entry_number_unique"
            ),
        ]


from hotgate.apps.operators.tokens.models import ApiToken  # noqa: E402, F401  (Django looks here)
