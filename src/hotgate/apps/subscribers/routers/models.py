"""Where to look, what to make of what is found, and what was found before."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q

from hotgate.apps.core.fields import holds, inside, inside_one, one_of
from hotgate.apps.network.routeros.values import Protocol, Tls
from hotgate.apps.operators.models import owned


class Field(StrEnum):
    """The property of a hotspot user that a rule looks at."""

    PROFILE = "profile"
    COMMENT = "comment"
    NAME = "name"


class RouterSource(models.Model):
    """One RouterOS device that is read, which is a NAS of ours at the address of that NAS."""

    nas = inside_one("network.Nas", primary_key=True, on_delete=models.CASCADE)
    operator = owned()
    realm = inside("subscribers.Realm")
    enabled = models.BooleanField(db_default=True)
    protocol = models.TextField(db_default=str(Protocol.REST))
    tls = models.TextField(db_default=str(Tls.VERIFIED))
    port = models.IntegerField()
    username = models.TextField()
    password_sealed = models.BinaryField()
    rules = models.JSONField(default=list)  # [{"field": "profile", "pattern": "1h*", "plan": 17}], the first that fits
    default_plan = inside("catalogue.Plan", null=True)
    printer_field = models.TextField(db_default=str(Field.COMMENT))
    printer_pattern = models.TextField(db_default="", blank=True)  # '': nobody came from a printer
    asked_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    problem = models.TextField(db_default="", blank=True)  # why the last asking failed
    made = models.IntegerField(db_default=0)  # by the last asking
    known = models.IntegerField(db_default=0)
    conflicts = models.JSONField(default=list)  # [name, why], the first of them

    class Meta:
        app_label = "subscribers"
        db_table = "router_source"
        constraints: ClassVar = [
            one_of("router_source", "protocol", Protocol),
            one_of("router_source", "tls", Tls),
            one_of("router_source", "printer_field", Field),
            holds("router_source", "port_valid", Q(port__gte=1, port__lte=65_535)),
        ]


class RouterUser(models.Model):
    """Who was found where: by (NAS, name), so that the next asking finds the same (HN-A10)."""

    operator = owned()
    nas = inside("network.Nas", on_delete=models.CASCADE)
    name = models.TextField()
    # None: deleted here since, and not to be made again
    subscriber = inside("subscribers.Subscriber", null=True, on_delete=models.SET_NULL)

    class Meta:
        app_label = "subscribers"
        db_table = "router_user"
        indexes: ClassVar = [models.Index(fields=["subscriber"], name="router_user_subscriber")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["nas", "name"], name="router_user_unique")]
