"""Whom we serve, how they prove themselves, what they hold, and what stops them."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from hotgate.apps.core.fields import holds, inside, inside_one, one_of, public_id
from hotgate.apps.operators.models import owned
from hotgate.domain.catalogue import Unit, ValidityKind
from hotgate.domain.subscriber import CredentialKind, HoldKind


class SubscriberKind(StrEnum):
    PERSON = "person"
    DEVICE = "device"  # only a MAC address, made without registration


class PaymentState(StrEnum):
    NOT_DUE = "not_due"  # free, or charged as it is used
    OPEN = "open"
    PAID = "paid"


class Realm(models.Model):
    """A population of subscribers whose credentials work at a set of sites."""

    uuid = public_id()
    operator = owned()
    name = models.TextField()

    class Meta:
        db_table = "realm"
        constraints: ClassVar = [
            models.UniqueConstraint(F("operator"), Lower("name"), name="realm_name_unique"),
            models.UniqueConstraint(fields=["operator", "id"], name="realm_of_operator"),
        ]


class Subscriber(models.Model):
    uuid = public_id()
    operator = owned()
    realm = inside("subscribers.Realm")
    site = inside("operators.Site", null=True)
    name = models.TextField()  # shown to staff; of a voucher's subscriber all but the last four is masked
    display_name = models.TextField(db_default="", blank=True)
    kind = models.TextField(db_default=str(SubscriberKind.PERSON))
    created_via = models.TextField(db_default="console")  # console, command line, voucher, portal …
    wallet = inside("ledger.LedgerAccount", null=True)
    phone = models.TextField(db_default="", blank=True)
    email = models.TextField(db_default="", blank=True)
    language = models.TextField(db_default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "subscriber"
        # for the search the first migration has one more: see `queries.containing`
        indexes: ClassVar = [
            models.Index(fields=["operator", "created_at", "id"], name="subscriber_newest"),
            models.Index(fields=["operator", "name", "id"], name="subscriber_by_name"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "id"], name="subscriber_of_operator"),
            models.UniqueConstraint(fields=["wallet"], name="subscriber_wallet_unique"),
            one_of("subscriber", "kind", SubscriberKind),
        ]


class Credential(models.Model):
    """How a subscriber proves itself. `name_key` is what the AAA server looks up; see `domain.names`."""

    operator = owned()
    subscriber = inside("subscribers.Subscriber", on_delete=models.CASCADE)
    kind = models.TextField()
    name_key = models.TextField()  # casefolded name, "code:" + hex(code index), "mac:AA-BB-…"
    enabled = models.BooleanField(db_default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "credential"
        indexes: ClassVar = [models.Index(fields=["subscriber"], name="credential_subscriber")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "name_key"], name="credential_name_unique"),
            models.UniqueConstraint(fields=["operator", "id"], name="credential_of_operator"),
            one_of("credential", "kind", CredentialKind),
        ]


class CredentialSecret(models.Model):
    """A table of its own, so that the web's role can write it and never read it."""

    credential = inside_one("subscribers.Credential", primary_key=True, on_delete=models.CASCADE)
    operator = owned()
    pap_digest = models.BinaryField(null=True)  # keyed HMAC of the wire password
    sealed = models.BinaryField(null=True)  # the wire password itself, for CHAP and MS-CHAP

    class Meta:
        db_table = "credential_secret"


class Entitlement(models.Model):
    """One plan held by one subscriber: what is left, from when, until when."""

    uuid = public_id()
    operator = owned()
    subscriber = inside("subscribers.Subscriber")
    plan = inside("catalogue.Plan")
    created_at = models.DateTimeField(db_default=Now())
    starts_at = models.DateTimeField()
    validity_kind = models.TextField()
    validity_amount = models.IntegerField(db_default=0)
    validity_unit = models.TextField(db_default=str(Unit.DAY))
    amount = models.BigIntegerField(null=True)  # copied from the plan when given
    cycles = models.IntegerField(null=True)
    first_used_at = models.DateTimeField(null=True)
    valid_until = models.DateTimeField(null=True)
    cycle_anchor = models.DateTimeField(null=True)
    cycle_started_at = models.DateTimeField(null=True)  # the cycle to which `used` belongs
    used = models.BigIntegerField(db_default=0)
    earlier = ArrayField(models.BigIntegerField(), db_default=[])  # pairs: cycle start in epoch seconds, used
    ended_at = models.DateTimeField(null=True)
    live = models.BooleanField(db_default=True)  # false: long over; the AAA server no longer loads it
    price_minor = models.BigIntegerField(db_default=0)
    payment_state = models.TextField(db_default=str(PaymentState.NOT_DUE))

    class Meta:
        db_table = "entitlement"
        # hot-updated columns (used, cycle_started_at) are in no index, so that updates stay HOT
        indexes: ClassVar = [
            models.Index(fields=["subscriber"], condition=Q(live=True), name="entitlement_live"),
            models.Index(fields=["subscriber"], name="entitlement_of_subscriber"),
            models.Index(fields=["plan"], name="entitlement_plan"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "id"], name="entitlement_of_operator"),
            one_of("entitlement", "validity_kind", ValidityKind),
            one_of("entitlement", "validity_unit", Unit),
            one_of("entitlement", "payment_state", PaymentState),
            holds("entitlement", "used_not_negative", Q(used__gte=0)),
            holds("entitlement", "amount_positive", Q(amount__gt=0)),
            holds("entitlement", "price_not_negative", Q(price_minor__gte=0)),
        ]


class Hold(models.Model):
    """A named reason why service is stopped. Expiry is computed and never a hold."""

    uuid = public_id()
    operator = owned()
    subscriber = inside("subscribers.Subscriber")
    kind = models.TextField()
    entitlement = inside("subscribers.Entitlement", null=True)  # set for a cap
    until = models.DateTimeField(null=True)
    reason = models.TextField(db_default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())
    released_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "hold"
        constraints: ClassVar = [
            one_of("hold", "kind", HoldKind),
            models.UniqueConstraint(
                fields=["subscriber", "kind", "entitlement"],
                condition=Q(released_at__isnull=True),
                nulls_distinct=False,
                name="hold_open_unique",
            ),
            holds(
                "hold",
                "scope",
                Q(kind="cap", entitlement__isnull=False) | (~Q(kind="cap") & Q(entitlement__isnull=True)),
            ),
        ]


class Slot(models.Model):
    """A device's place among those online at once, with the slice of what is left that it may use."""

    pk = models.CompositePrimaryKey("subscriber_id", "device")
    subscriber = inside("subscribers.Subscriber", on_delete=models.CASCADE)
    device = models.TextField()
    operator = owned(db_constraint=False)
    taken_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    session_id = models.BigIntegerField(null=True)
    entitlement_id = models.BigIntegerField(null=True)
    slice_amount = models.BigIntegerField(null=True)
    slice_used = models.BigIntegerField(db_default=0)
    activates_at = models.DateTimeField(null=True)
    session_ends_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "slot"
