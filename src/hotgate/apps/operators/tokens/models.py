"""A program's key to the API."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from hotgate.apps.core.fields import holds, one_of, public_id
from hotgate.apps.operators.models import Role, owned


class Resource(StrEnum):
    """What a token is for; each is read only, or may be written as well."""

    USERS = "users"  # with what they hold and their devices
    CARDS = "cards"
    PLANS = "plans"
    VOUCHERS = "vouchers"
    SESSIONS = "sessions"  # and usage
    SALES = "sales"
    NETWORK = "network"  # sites and NASes


class ApiToken(models.Model):
    """Of its secret only SHA-256 is kept: 256 random bits need no slow hash."""

    uuid = public_id()
    operator = owned()
    name = models.TextField()
    public = models.TextField(unique=True)  # stands in the token, to find it by
    digest = models.BinaryField()
    role = models.TextField()  # what staff of this role may not do, it may not
    scopes = ArrayField(models.TextField())  # "users:read", "users:write"; writing includes reading
    addresses = ArrayField(models.TextField(), db_default=[])  # CIDR; none: from anywhere
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.ForeignKey(
        "operators.Staff", null=True, on_delete=models.SET_NULL, related_name="+", db_column="created_by"
    )
    last_used_at = models.DateTimeField(null=True)  # to the minute
    last_used_ip = models.GenericIPAddressField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "api_token"
        indexes: ClassVar = [models.Index(fields=["operator", "id"], name="api_token_of_operator")]
        constraints: ClassVar = [
            one_of("api_token", "role", Role),
            holds("api_token", "scopes_some", models.Q(scopes__len__gt=0)),
        ]
