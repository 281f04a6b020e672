"""What happened on the network: sessions, their use, logins, what was dropped, what we tell a NAS."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from hotgate.apps.core.fields import MacField, holds, inside, inside_one, one_of, public_id
from hotgate.apps.operators.models import owned
from hotgate.domain.accounting import OrderKind


class AttemptOutcome(StrEnum):
    ACCEPTED = "accepted"
    CONFINED = "confined"
    REFUSED = "refused"
    DROPPED = "dropped"


class AttemptKind(StrEnum):
    AUTH = "auth"
    ACCT = "acct"


class AccessSession(models.Model):
    """One RADIUS accounting session: a NAS, its Acct-Session-Id and the epoch in which it began.

    `octets_in` is from the client. Counters are totals of the session.
    """

    uuid = public_id()
    operator = owned()
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

    class Meta:
        db_table = "access_session"
        # seconds, octets and last_* change with every interim: never index them, so that updates stay HOT
        indexes: ClassVar = [
            models.Index(fields=["subscriber", "-started_at"], name="access_session_of_subscriber"),
            models.Index(fields=["nas"], condition=Q(stopped_at__isnull=True), name="access_session_open"),
            models.Index(fields=["operator", "-started_at"], name="access_session_newest"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["nas", "acct_session_id", "started_at"], name="access_session_epoch_unique"
            ),
            models.UniqueConstraint(fields=["operator", "id"], name="access_session_of_operator"),
            holds("access_session", "counters", Q(seconds__gte=0) & Q(octets_in__gte=0) & Q(octets_out__gte=0)),
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
    source = models.GenericIPAddressField(null=True)
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
