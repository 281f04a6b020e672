"""The boxes that enforce access and speak RADIUS."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from hotgate.apps.core.fields import CidrField, holds, inside, inside_one, one_of, public_id
from hotgate.apps.operators.models import owned


class RequireSignature(StrEnum):
    """Whether an Access-Request must carry Message-Authenticator."""

    YES = "yes"
    NO = "no"
    AUTO = "auto"  # from the first one on that this NAS has signed


class Nas(models.Model):
    uuid = public_id()
    operator = owned()
    site = inside("operators.Site")
    name = models.TextField()
    address = CidrField(unique=True)  # where its packets come from; the longest prefix wins
    identifier = models.TextField(db_default="", blank=True)  # NAS-Identifier it sends
    maker = models.TextField(db_default="standard")  # a name in aaa/vendors
    enabled = models.BooleanField(db_default=True)
    require_message_authenticator = models.TextField(db_default=str(RequireSignature.YES))
    message_authenticator_seen_at = models.DateTimeField(null=True)
    limit_proxy_state = models.BooleanField(db_default=True)  # drop unsigned requests with Proxy-State
    octets_swapped = models.BooleanField(null=True)  # None: as its maker does
    lacks_gigawords = models.BooleanField(db_default=False)  # its octet counters wrap at 2^32
    sends_accounting = models.BooleanField(db_default=True)
    can_confine = models.BooleanField(db_default=False)  # has a walled garden for accepted guests
    mac_login = models.BooleanField(db_default=False)  # may log devices in by MAC address
    strict = models.BooleanField(db_default=False)  # refuse when it names itself otherwise
    coa_address = models.GenericIPAddressField(null=True)  # None: where its packets come from
    coa_port = models.IntegerField(db_default=3799)  # RFC 5176 §2.2
    login_addresses = ArrayField(models.TextField(), db_default=[])  # origins; none: see `logins`
    portal_generation = models.IntegerField(db_default=1)  # of the secret it signs its redirects to the portal with
    reject_delay_ms = models.IntegerField(null=True)
    users_max = models.IntegerField(null=True)
    last_seen_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "nas"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "id"], name="nas_of_operator"),
            one_of("nas", "require_message_authenticator", RequireSignature),
            holds("nas", "coa_port_valid", Q(coa_port__range=(1, 65535))),
            holds("nas", "reject_delay_valid", Q(reject_delay_ms__range=(0, 5000))),
        ]


class NasSecret(models.Model):
    """A table of its own, so that the web's role can write it and never read it."""

    nas = inside_one("network.Nas", primary_key=True, on_delete=models.CASCADE)
    operator = owned()
    sealed = models.BinaryField()
    previous_sealed = models.BinaryField(null=True)  # still answered to while the box is being changed
    previous_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "nas_secret"
