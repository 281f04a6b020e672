"""Whom we serve, how they prove themselves, what they hold, and what stops them."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now

from hotgate.apps.core.fields import MacField, holds, inside, inside_one, one_of, public_id
from hotgate.apps.operators.models import owned
from hotgate.domain.catalogue import Unit, ValidityKind
from hotgate.domain.people import Delivery, Verification, Way
from hotgate.domain.subscriber import CredentialKind, HoldKind


class SubscriberKind(StrEnum):
    PERSON = "person"
    DEVICE = "device"  # only a MAC address, made without registration


class PaymentState(StrEnum):
    NOT_DUE = "not_due"  # free, or charged as it is used
    OPEN = "open"
    PAID = "paid"


class SaleState(StrEnum):
    PAID = "paid"
    OPEN = "open"  # to pay
    FREE = "free"


class Realm(models.Model):
    """A population of subscribers whose credentials work at a set of sites."""

    uuid = public_id()
    operator = owned()
    name = models.TextField()
    ways = ArrayField(models.TextField(), db_default=[str(way) for way in Way])  # those that are on (HN-3)
    asked = models.JSONField(db_default={})  # person field → optional, required; not named: off
    verification = models.TextField(db_default=str(Verification.NONE))
    terms = models.TextField(db_default="", blank=True)  # what somebody who registers agrees to; '': nothing
    vouchers_allowed = models.BooleanField(db_default=True)
    change_profile = models.BooleanField(db_default=True)  # by the user (HN-W20)
    change_password = models.BooleanField(db_default=True)
    part_devices = models.BooleanField(db_default=True)  # end own connections, and forget own devices
    send_receipts = models.BooleanField(db_default=True)  # to themselves
    style = models.TextField(db_default="", blank=True)  # CSS of its own for the portal (`domain.styling`); '': none
    delivery = models.TextField(db_default=str(Delivery.SHOW))
    keep_readable = models.BooleanField(db_default=False)  # passwords can be printed again (HN-A12)
    device_plan = inside("catalogue.Plan", null=True)  # of devices let in at first sight; see `SiteDevices`

    class Meta:
        db_table = "realm"
        constraints: ClassVar = [
            one_of("realm", "verification", Verification),
            one_of("realm", "delivery", Delivery),
            models.UniqueConstraint(F("operator"), Lower("name"), name="realm_name_unique"),
            models.UniqueConstraint(fields=["operator", "id"], name="realm_of_operator"),
        ]


class RealmPlan(models.Model):
    """A plan that whoever registers in the realm may choose. None at all: those that guests may buy anywhere."""

    realm = inside("subscribers.Realm", on_delete=models.CASCADE)
    plan = inside("catalogue.Plan")
    operator = owned()

    class Meta:
        db_table = "realm_plan"
        constraints: ClassVar = [models.UniqueConstraint(fields=["realm", "plan"], name="realm_plan_unique")]


class RealmSite(models.Model):
    """A site at which the realm's credentials work (HN-W3). None at all: at every site of the operator."""

    realm = inside("subscribers.Realm", on_delete=models.CASCADE)
    site = inside("operators.Site", on_delete=models.CASCADE)
    operator = owned()

    class Meta:
        db_table = "realm_site"
        constraints: ClassVar = [models.UniqueConstraint(fields=["realm", "site"], name="realm_site_unique")]


class SiteDevices(models.Model):
    """A site where devices become users of their own at first sight (HN-A8), in this realm and on its device plan."""

    site = inside_one("operators.Site", primary_key=True, on_delete=models.CASCADE)
    realm = inside("subscribers.Realm")
    operator = owned()

    class Meta:
        db_table = "site_devices"


class Subscriber(models.Model):
    uuid = public_id()
    operator = owned()
    realm = inside("subscribers.Realm")
    site = inside("operators.Site", null=True)
    name = models.TextField()  # shown to staff; of a voucher's subscriber all but the last four is masked
    display_name = models.TextField(db_default="", blank=True)
    kind = models.TextField(db_default=str(SubscriberKind.PERSON))
    created_via = models.TextField(db_default="console")  # a key of `domain.people.ORIGIN_LABELS`
    wallet = inside("ledger.LedgerAccount", null=True)
    phone = models.TextField(db_default="", blank=True)
    email = models.TextField(db_default="", blank=True)
    language = models.TextField(db_default="", blank=True)
    person = models.JSONField(db_default={})  # the person fields without a column of their own
    restricted_at = models.DateTimeField(null=True)  # kept, and not used for anything (GDPR art. 18)
    erased_at = models.DateTimeField(null=True)  # only what the books need is left; in no list
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


class MacAddress(models.Model):
    """The address of a device subscriber, or one that a person's device logs in by."""

    credential = inside_one("subscribers.Credential", primary_key=True, on_delete=models.CASCADE)
    subscriber = inside("subscribers.Subscriber", on_delete=models.CASCADE)
    operator = owned()
    mac = MacField()

    class Meta:
        db_table = "mac_address"
        indexes: ClassVar = [models.Index(fields=["subscriber"], name="mac_address_of_subscriber")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["operator", "mac"], name="mac_address_unique")]


class ReadablePassword(models.Model):
    """For those whose card may be printed again: sealed with the key for reprint, place b"password:" + its id."""

    subscriber = inside_one("subscribers.Subscriber", primary_key=True, on_delete=models.CASCADE)
    operator = owned()
    sealed = models.BinaryField()

    class Meta:
        db_table = "readable_password"


class CardBatch(models.Model):
    """Cards made together (HN-7)."""

    uuid = public_id()
    operator = owned()
    realm = inside("subscribers.Realm")
    plan = inside("catalogue.Plan", null=True)
    size = models.IntegerField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "card_batch"
        indexes: ClassVar = [models.Index(fields=["operator", "-id"], name="card_batch_newest")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "id"], name="card_batch_of_operator"),
            holds("card_batch", "size_valid", Q(size__range=(1, 1000))),
        ]


class Card(models.Model):
    """A subscriber made in advance, printed with its credentials."""

    subscriber = inside_one("subscribers.Subscriber", primary_key=True, on_delete=models.CASCADE)
    operator = owned()
    batch = inside("subscribers.CardBatch")
    number = models.IntegerField()  # within its batch, from 1
    handed_out_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "card"
        constraints: ClassVar = [models.UniqueConstraint(fields=["batch", "number"], name="card_number_unique")]


class CredentialLink(models.Model):
    """A link that shows new credentials once (HN-A12). Of the secret in it only a digest is kept."""

    uuid = public_id()
    operator = owned()
    subscriber = inside("subscribers.Subscriber", on_delete=models.CASCADE)
    digest = models.BinaryField(unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "credential_link"
        indexes: ClassVar = [models.Index(fields=["subscriber"], name="credential_link_of_subscriber")]


KEY_NUMBER = models.Func("name_key", "operator_id", function="hashtextextended", output_field=models.BigIntegerField())


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
        indexes: ClassVar = [
            models.Index(fields=["subscriber"], name="credential_subscriber"),
            # asked for each accounting record, and mostly in vain: who has a code?
            models.Index(fields=["subscriber"], name="credential_codes", condition=models.Q(kind="code")),
            # by what every login asks: one step, where a tree compares a score of names (`store.access.NAMED`)
            HashIndex(KEY_NUMBER, name="credential_found"),
        ]
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


class ReadyLogin(models.Model):
    """A copy of all that a login reads, of a user with one entitlement whose use has no amount, and without a hold.

    Triggers of the database write it (`keep_ready_logins`). Without a row a login reads the tables themselves, so a row
    too few is only slow; a row too many would let somebody in. See `store.ready`.
    """

    credential = inside_one("subscribers.Credential", primary_key=True, on_delete=models.DO_NOTHING)
    operator = owned(db_constraint=False)
    name_key = models.TextField()
    kind = models.TextField()
    pap_digest = models.BinaryField(null=True)
    sealed = models.BinaryField(null=True)
    subscriber = inside("subscribers.Subscriber", on_delete=models.DO_NOTHING)
    realm = inside("subscribers.Realm", on_delete=models.DO_NOTHING)
    site = inside("operators.Site", null=True, on_delete=models.DO_NOTHING)
    entitlement = inside("subscribers.Entitlement", on_delete=models.DO_NOTHING)
    plan = inside("catalogue.Plan", on_delete=models.DO_NOTHING)
    created_at = models.DateTimeField()  # from here on of the entitlement
    starts_at = models.DateTimeField()
    validity_kind = models.TextField()
    validity_amount = models.IntegerField()
    validity_unit = models.TextField()
    cycles = models.IntegerField(null=True)
    first_used_at = models.DateTimeField(null=True)  # None where it decides nothing, though there was one
    valid_until = models.DateTimeField(null=True)
    cycle_anchor = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ready_login"
        indexes: ClassVar = [HashIndex(KEY_NUMBER, name="ready_login_found")]


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
    nas_id = models.BigIntegerField(null=True)  # where the Accept was given, if that NAS takes only so many users

    class Meta:
        db_table = "slot"
        # few rows: Accepts whose accounting has not begun, of NASes that take only so many users
        indexes: ClassVar = [
            models.Index(fields=["nas_id"], condition=Q(nas_id__isnull=False, session_id=None), name="slot_awaited")
        ]


class Sale(models.Model):
    """One plan or code sold, or given away: what the guest paid, and what each seller of the chain earned."""

    uuid = public_id()
    operator = owned()
    reference = models.TextField()  # what was sold: "entitlement:17", "voucher:9"; once each
    subscriber = inside("subscribers.Subscriber", null=True)  # None: a code that nobody has used yet, or alone a login
    plan = inside("catalogue.Plan")
    nas = inside("network.Nas", null=True)  # the gateway it was earned through (HN-A1), where one is known
    state = models.TextField()
    currency = models.CharField(max_length=3)
    price_minor = models.BigIntegerField()  # what the guest pays
    cost_minor = models.BigIntegerField()  # what this operator owes upward: price list minus discount (HN-A13)
    chain = models.JSONField(db_default=[])  # from the seller upward: {"seller": id, "revenue_minor", "cost_minor"}
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sale"
        indexes: ClassVar = [
            models.Index(fields=["subscriber", "at"], name="sale_of_subscriber"),
            models.Index(fields=["operator", "at"], name="sale_newest"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator", "reference"], name="sale_reference_unique"),
            one_of("sale", "state", SaleState),
            holds("sale", "amounts", Q(price_minor__gte=0) & Q(cost_minor__gte=0)),
            holds("sale", "free_costs_nothing", ~Q(state="free") | Q(price_minor=0)),
        ]


from hotgate.apps.subscribers.importing.models import UserImport  # noqa: E402, F401  (Django looks here)
from hotgate.apps.subscribers.registering.models import (  # noqa: E402, F401
    Consent,
    FreePlanClaim,
    Registration,
    TermsVersion,
)
from hotgate.apps.subscribers.routers.models import RouterSource, RouterUser  # noqa: E402, F401
