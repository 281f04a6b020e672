"""The boxes that enforce access and speak RADIUS."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from hotgate.apps.core.fields import CidrField, MacField, holds, inside, inside_one, one_of, public_id
from hotgate.apps.operators.models import owned


class RequireSignature(StrEnum):
    """Whether an Access-Request must carry Message-Authenticator."""

    YES = "yes"
    NO = "no"
    AUTO = "auto"  # from the first one on that this NAS has signed


class NasKind(StrEnum):
    """How guests come to it (HN-W15)."""

    HOTSPOT = "hotspot"  # sends whoever is unknown to the portal
    PPPOE = "pppoe"  # the customers' own routers log in
    DOT1X = "dot1x"  # switch and radio ports: devices log in before they have an address


class Nas(models.Model):
    uuid = public_id()
    operator = owned()
    site = inside("operators.Site")
    name = models.TextField()
    address = CidrField(unique=True)  # where its packets come from; the longest prefix wins
    identifier = models.TextField(db_default="", blank=True)  # NAS-Identifier it sends, and its certificate's name
    identifier_since = models.DateTimeField(null=True)  # a trigger keeps it: among operators the first has the name
    maker = models.TextField(db_default="standard")  # a name in aaa/vendors
    kind = models.TextField(db_default=str(NasKind.HOTSPOT))
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
    users_max = models.IntegerField(null=True)  # at once; further logins are refused until somebody leaves
    street = models.TextField(db_default="", blank=True)
    postcode = models.TextField(db_default="", blank=True)
    city = models.TextField(db_default="", blank=True)
    country = models.CharField(max_length=2, db_default="", blank=True)  # ISO 3166 alpha-2
    phones = models.TextField(db_default="", blank=True)  # of who can reach the box
    hardware = models.TextField(db_default="", blank=True)  # as staff know it; of a router that is read, its own word
    software = models.TextField(db_default="", blank=True)
    running_since = models.DateTimeField(null=True)  # of a router that is read
    keeps_no_log = models.BooleanField(db_default=False)  # who was where goes when a session is over (HN-W16)
    last_seen_at = models.DateTimeField(null=True)
    silent_after_minutes = models.IntegerField(null=True, db_default=1440)  # then its owner is told; None: never
    silence_told_at = models.DateTimeField(null=True)  # once for each silence
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "nas"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "id"], name="nas_of_operator"),
            one_of("nas", "require_message_authenticator", RequireSignature),
            holds("nas", "coa_port_valid", Q(coa_port__range=(1, 65535))),
            holds("nas", "reject_delay_valid", Q(reject_delay_ms__range=(0, 5000))),
            one_of("nas", "kind", NasKind),
            holds("nas", "users_max_positive", Q(users_max__gte=1)),
            holds("nas", "silence_valid", Q(silent_after_minutes__range=(5, 10_080))),
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


class FloorPlan(models.Model):
    """What access points stand on: a picture, measured in its pixels, or a stretch of the map, in degrees."""

    uuid = public_id()
    operator = owned()
    site = inside("operators.Site")
    name = models.TextField()
    picture = models.BinaryField(null=True)  # PNG of our own making; None: the map
    width = models.IntegerField(db_default=0)
    height = models.IntegerField(db_default=0)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "floor_plan"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "id"], name="floor_plan_of_operator"),
            models.UniqueConstraint(fields=["site", "name"], name="floor_plan_name_unique"),
        ]


class AccessPoint(models.Model):
    """A radio that guests connect to, known by its MAC address; or the gateway itself, where `nas` says so."""

    uuid = public_id()
    operator = owned()
    site = inside("operators.Site")
    name = models.TextField()
    mac = MacField(null=True)  # None of a gateway that names none
    nas = inside("network.Nas", null=True, on_delete=models.CASCADE)
    plan = inside("network.FloorPlan", null=True)  # None: not placed yet
    x = models.FloatField(null=True)  # pixels from the left; on the map degrees east
    y = models.FloatField(null=True)  # pixels from the top; on the map degrees north
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "access_point"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "mac"], name="access_point_mac_unique"),
            models.UniqueConstraint(fields=["nas"], name="access_point_nas_unique"),
            holds("access_point", "named", Q(mac__isnull=False) | Q(nas__isnull=False)),
            holds(
                "access_point",
                "placed_whole",
                Q(plan__isnull=True, x__isnull=True, y__isnull=True)
                | Q(plan__isnull=False, x__isnull=False, y__isnull=False),
            ),
        ]


class BlockedDevice(models.Model):
    """A device that nobody can log in with here, whatever name or code is typed on it."""

    operator = owned()
    mac = MacField()
    reason = models.TextField(db_default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "blocked_device"
        constraints: ClassVar = [models.UniqueConstraint(fields=["operator", "mac"], name="blocked_device_once")]
