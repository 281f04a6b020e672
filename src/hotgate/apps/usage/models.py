"""What happened on the network: sessions, their use, logins, what was dropped, what we tell a NAS."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Now

from hotgate.apps.core.fields import MacField, holds, inside, inside_one, one_of, public_id
from hotgate.apps.operators.models import owned
from hotgate.domain import stations
from hotgate.domain.accounting import OrderKind
from hotgate.domain.retention import DAYS_MAX

# Why it ended, of what stands in few sessions: these have indexes of their own, for nobody would find a page of them.
LOST = Q(close_reason="lost") | Q(rare_cause__in=(2, 3))
BY_STAFF = Q(close_reason="closed_by_staff") | Q(rare_cause=6)
RUNNING = Q(open__isnull=False)
RARE_CAUSES = (2, 3, 6)  # Lost Carrier, Lost Service, Admin Reset


class AttemptOutcome(StrEnum):
    ACCEPTED = "accepted"
    CONFINED = "confined"
    REFUSED = "refused"
    DROPPED = "dropped"


class AttemptKind(StrEnum):
    AUTH = "auth"
    ACCT = "acct"


# it says who was where
STILL_NAMED = ~Q(device="") | ~Q(user_name="") | Q(framed_ip__isnull=False) | ~Q(framed_ipv6=[])


class AccessSession(models.Model):
    """One RADIUS accounting session: a NAS, its Acct-Session-Id and the epoch in which it began.

    `octets_in` is from the client. Counters are totals of the session.
    """

    uuid = public_id()
    operator = owned(db_constraint=False)
    nas = inside("network.Nas")
    acct_session_id = models.TextField()
    started_at = models.DateTimeField()
    subscriber = inside("subscribers.Subscriber", null=True)
    entitlement = inside("subscribers.Entitlement", null=True)  # charged last
    user_name = models.TextField(db_default="")  # of a code all but the last four is masked
    device = models.TextField(db_default="")
    mac = MacField(null=True)
    called_station = models.TextField(db_default="")
    framed_ip = models.GenericIPAddressField(null=True)
    framed_ipv6 = ArrayField(models.TextField(), db_default=[])
    nas_port = models.TextField(db_default="")
    multi_session_id = models.TextField(db_default="")
    last_event_at = models.DateTimeField()
    last_heard_at = models.DateTimeField()
    seconds = models.BigIntegerField(db_default=0)
    octets_in = models.BigIntegerField(db_default=0)
    octets_out = models.BigIntegerField(db_default=0)
    stopped_at = models.DateTimeField(null=True)
    terminate_cause = models.SmallIntegerField(null=True)  # RFC 2866 §5.10
    close_reason = models.TextField(db_default="")
    closed_locally = models.BooleanField(db_default=False)
    estimated = models.BooleanField(db_default=False)
    superseded = models.BooleanField(db_default=False)
    flags = ArrayField(models.TextField(), db_default=[])
    raw_points = ArrayField(models.BigIntegerField(), db_default=[])  # of a NAS without Gigawords only
    interim_seconds = models.IntegerField(null=True)
    rare_cause = models.GeneratedField(
        expression=Case(When(terminate_cause__in=RARE_CAUSES, then=F("terminate_cause"))),
        output_field=models.SmallIntegerField(null=True),
        db_persist=True,
    )

    class Meta:
        db_table = "access_session"
        # What changes with every interim or every Stop (counters, last_*, stopped_at, terminate_cause) stands in no
        # index, so that updates stay HOT: `OpenSession` and `rare_cause` are there to look by instead.
        indexes: ClassVar = [
            models.Index(fields=["subscriber", "-started_at"], name="access_session_of_subscriber"),
            models.Index(fields=["operator", "-started_at"], name="access_session_newest"),
            # where somebody was, by what a complaint or a log names; both stand from the start on
            models.Index(fields=["operator", "framed_ip", "-started_at"], name="access_session_of_ip"),
            models.Index(fields=["operator", "mac", "-started_at"], name="access_session_of_mac"),
            GinIndex(fields=["framed_ipv6"], condition=~Q(framed_ipv6=[]), name="access_session_of_ipv6"),
            models.Index(fields=["operator", "started_at"], condition=STILL_NAMED, name="access_session_named"),
            # which access points an operator has heard of, one after the other: equal keys stand in it once
            models.Index(
                fields=["operator", "called_station"],
                condition=Q(called_station__regex=stations.RADIO),
                name="access_session_on_air",
            ),
            # of what changes at the end only, and holds for few: an ordinary session is in neither
            models.Index(fields=["operator", "-started_at"], condition=LOST, name="access_session_lost"),
            models.Index(
                fields=["operator", "-started_at"],
                condition=Q(subscriber__isnull=True) | BY_STAFF,
                name="access_session_seldom",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["nas", "acct_session_id", "started_at"], name="access_session_epoch_unique"
            ),
            models.UniqueConstraint(fields=["operator", "id"], name="access_session_of_operator"),
            holds("access_session", "counters", Q(seconds__gte=0) & Q(octets_in__gte=0) & Q(octets_out__gte=0)),
        ]


class OpenSession(models.Model):
    """A session that has not ended, to be found by its NAS. A trigger of the database writes it."""

    session = models.OneToOneField(
        AccessSession, primary_key=True, on_delete=models.CASCADE, db_constraint=False, related_name="open"
    )
    operator = owned(db_constraint=False)
    nas = inside("network.Nas")

    class Meta:
        db_table = "open_session"
        indexes: ClassVar = [models.Index(fields=["nas"], name="open_session_of_nas")]


class SessionAddress(models.Model):
    """Addresses that a session had until it got others (A26). Those that it has now stand in the session.

    A trigger of the database writes it. Without any, the session had none so far.
    """

    pk = models.CompositePrimaryKey("session_id", "until")
    session = inside("usage.AccessSession", related_name="addresses", on_delete=models.CASCADE)
    until = models.DateTimeField()  # by the record that told of the new ones
    operator = owned(db_constraint=False)
    framed_ip = models.GenericIPAddressField(null=True)
    framed_ipv6 = ArrayField(models.TextField(), db_default=[])

    class Meta:
        db_table = "session_address"
        indexes: ClassVar = [
            models.Index(fields=["operator", "framed_ip", "until"], name="session_address_of_ip"),
            GinIndex(fields=["framed_ipv6"], condition=~Q(framed_ipv6=[]), name="session_address_of_ipv6"),
        ]


class Association(models.Model):
    """A device at a radio, as a wireless controller tells it: a NAS names the radio where a session begins, and hears
    of no roaming (HN-30). By device, radio and beginning, so that whoever tells it twice changes nothing.
    """

    uuid = public_id()
    operator = owned()
    subscriber = inside("subscribers.Subscriber", null=True, on_delete=models.SET_NULL)  # whose session it was
    nas = inside("network.Nas", null=True, on_delete=models.SET_NULL)  # of that session
    device = MacField()
    access_point = MacField()
    network = models.TextField(db_default="", blank=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    terminate_cause = models.SmallIntegerField(null=True)  # as of a session
    signal_dbm = models.SmallIntegerField(null=True)

    class Meta:
        db_table = "association"
        indexes: ClassVar = [
            models.Index(fields=["operator", "-began_at"], name="association_newest"),
            models.Index(fields=["subscriber", "-began_at"], name="association_of_subscriber"),
            models.Index(fields=["nas", "-began_at"], name="association_of_nas"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "device", "access_point", "began_at"], name="association_once"),
        ]


class SessionAllocation(models.Model):
    """How much of a session was charged to which entitlement, in which of its cycles."""

    pk = models.CompositePrimaryKey("session_id", "entitlement_id", "cycle_started_at")
    session = inside("usage.AccessSession")
    entitlement = inside("subscribers.Entitlement")
    cycle_started_at = models.DateTimeField()  # -infinity in the database: not cyclic
    operator = owned(db_constraint=False)
    units = models.BigIntegerField(db_default=0)  # seconds or octets
    charged_minor = models.BigIntegerField(db_default=0)
    transfers = models.IntegerField(db_default=0)

    class Meta:
        db_table = "session_allocation"
        indexes: ClassVar = [models.Index(fields=["entitlement"], name="session_allocation_paid_by")]


class SessionOrder(models.Model):
    """What is to be told to a NAS about a session: one row each, the newest wish wins by its generation."""

    session = inside_one("usage.AccessSession", primary_key=True)
    operator = owned(db_constraint=False)
    nas = inside("network.Nas")
    kind = models.TextField()
    reason = models.TextField(db_default="")
    generation = models.IntegerField(db_default=1)
    created_at = models.DateTimeField(db_default=Now())
    leased_by = models.TextField(null=True)
    leased_until = models.DateTimeField(null=True)
    tries = models.IntegerField(db_default=0)
    settled_at = models.DateTimeField(null=True)
    outcome = models.TextField(null=True)

    class Meta:
        db_table = "session_order"
        indexes: ClassVar = [
            models.Index(fields=["nas"], condition=Q(settled_at__isnull=True), name="session_order_open"),
        ]
        constraints: ClassVar = [one_of("session_order", "kind", OrderKind)]


class Usage(models.Model):
    """Counters of a session as they stood at a moment. Partitioned by day; see `core.partitions`."""

    pk = models.CompositePrimaryKey("session_id", "event_at")
    event_at = models.DateTimeField()
    session_id = models.BigIntegerField()
    operator_id = models.BigIntegerField()
    subscriber_id = models.BigIntegerField(null=True)
    seconds = models.BigIntegerField()
    octets_in = models.BigIntegerField()
    octets_out = models.BigIntegerField()

    class Meta:
        db_table = "usage"


class LoginAttempt(models.Model):
    """A login and its answer, or a packet that was dropped and by which rule. Partitioned by day."""

    pk = models.CompositePrimaryKey("at", "id")
    at = models.DateTimeField()
    id = models.BigIntegerField()
    operator_id = models.BigIntegerField(null=True)  # None: from a source nobody registered
    nas_id = models.BigIntegerField(null=True)
    source = models.GenericIPAddressField(null=True)  # None: further unknown ones of that second
    subscriber_id = models.BigIntegerField(null=True)
    user_name = models.TextField()
    device = models.TextField()
    outcome = models.TextField()
    reason = models.TextField()
    rule = models.TextField()  # D-number of the rule by which a packet was dropped
    kind = models.TextField()
    count = models.IntegerField()

    class Meta:
        db_table = "login_attempt"


class PacketJournal(models.Model):
    """Packets as they came, for whoever has to prove what happened. Partitioned by day, never changed."""

    pk = models.CompositePrimaryKey("at", "id")
    at = models.DateTimeField()
    id = models.BigIntegerField()
    operator_id = models.BigIntegerField(null=True)
    nas_id = models.BigIntegerField(null=True)
    source = models.GenericIPAddressField()
    packet = models.BinaryField()

    class Meta:
        db_table = "packet_journal"


class AccountingBacklog(models.Model):
    """Accounting that was acknowledged and is not booked yet (`aaa.backlog`): a batch in a row, for a moment."""

    at = models.DateTimeField(db_default=Now())
    sealed = models.BinaryField()

    class Meta:
        db_table = "accounting_backlog"


class Quarantine(models.Model):
    """An accounting record that could not be booked: acknowledged, set aside, shown to staff."""

    operator_id = models.BigIntegerField(null=True)
    nas_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_default=Now())
    reason = models.TextField()
    attributes = models.JSONField()  # without secrets
    raw = models.BinaryField(null=True)

    class Meta:
        db_table = "quarantine"
        indexes: ClassVar = [
            models.Index(fields=["operator_id", "at", "id"], name="quarantine_newest"),
            models.Index(fields=["nas_id", "at", "id"], name="quarantine_of_nas"),
        ]


class GatewayCertificate(models.Model):
    """What was found when a gateway's accounting was judged by its packets (B17). Never changed; see `certificates`."""

    operator = owned()
    nas = inside("network.Nas")
    at = models.DateTimeField()
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    maker = models.TextField()  # it, its hardware and its software as they stood here then
    hardware = models.TextField(db_default="", blank=True)
    software = models.TextField(db_default="", blank=True)
    packets = models.IntegerField()  # that were read
    sessions = models.IntegerField()
    verdicts = models.JSONField()  # line → verdict, as in `domain.certifying`
    passed = models.BooleanField()

    class Meta:
        db_table = "gateway_certificate"
        indexes: ClassVar = [models.Index(fields=["nas", "-at"], name="gateway_certificate_newest")]


class DailyUsage(models.Model):
    """What a subscriber used on a day of its operator's calendar, rolled up from the sessions' counters."""

    pk = models.CompositePrimaryKey("subscriber_id", "day")
    subscriber_id = models.BigIntegerField()
    day = models.DateField()
    operator_id = models.BigIntegerField()
    seconds = models.BigIntegerField(db_default=0)
    octets_in = models.BigIntegerField(db_default=0)
    octets_out = models.BigIntegerField(db_default=0)

    class Meta:
        db_table = "daily_usage"
        indexes: ClassVar = [models.Index(fields=["operator_id", "day"], name="daily_usage_of_day")]


class LogRetention(models.Model):
    """For how long an operator keeps logs of connections. No row: nobody has decided, and nothing is deleted."""

    operator = models.OneToOneField("operators.Operator", primary_key=True, on_delete=models.CASCADE, related_name="+")
    preset = models.TextField()  # a name in `domain.retention`
    days = models.IntegerField()  # 0: no log
    decided_at = models.DateTimeField()

    class Meta:
        db_table = "log_retention"
        constraints: ClassVar = [holds("log_retention", "days_valid", Q(days__range=(0, DAYS_MAX)))]
