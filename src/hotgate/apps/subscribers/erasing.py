"""Restrict what is done with somebody's data, and take the person out of it (HN-23, GDPR art. 17 and 18)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.subscribers.importing.forgetting import forget_names
from hotgate.apps.subscribers.models import (
    Card,
    Credential,
    CredentialLink,
    CredentialSecret,
    Entitlement,
    Hold,
    MacAddress,
    ReadablePassword,
    Slot,
    Subscriber,
)
from hotgate.apps.subscribers.registering.models import Registration
from hotgate.apps.subscribers.services import end_links, lock, place_hold, release_hold
from hotgate.domain.subscriber import HoldKind


@transaction.atomic
def restrict_subscriber(*, by: Actor, now: datetime, subscriber: Subscriber, reason: str = "") -> None:
    """Keep everything and use nothing: no logins, no messages, no recharges. Restricted before: nothing changes."""
    place_hold(by=by, now=now, subscriber=subscriber, reason=reason)
    end_links(subscriber)
    if Subscriber.objects.filter(id=subscriber.id, restricted_at__isnull=True).update(restricted_at=now):
        subscriber.restricted_at = now
        _audit(by, now, subscriber, "restrict_subscriber")


@transaction.atomic
def lift_restriction(*, by: Actor, now: datetime, subscriber: Subscriber) -> None:
    """The hold that came with it goes too. Not restricted: nothing changes."""
    lock(subscriber)
    if Subscriber.objects.filter(id=subscriber.id, restricted_at__isnull=False).update(restricted_at=None):
        subscriber.restricted_at = None
        for hold in Hold.objects.filter(subscriber=subscriber, kind=HoldKind.STAFF, released_at__isnull=True):
            release_hold(by=by, now=now, hold=hold)
        _audit(by, now, subscriber, "lift_restriction")


def erase(subscriber: Subscriber, now: datetime) -> None:
    """In the caller's transaction, under the subscriber's lock. What the books point to stays, and names nobody."""
    credentials = Credential.objects.filter(subscriber=subscriber)
    forget_names(subscriber.operator_id, [subscriber.name, *credentials.values_list("name_key", flat=True)])
    MacAddress.objects.filter(credential__in=credentials).delete()
    CredentialSecret.objects.filter(credential__in=credentials).delete()
    credentials.delete()
    ReadablePassword.objects.filter(subscriber=subscriber).delete()
    CredentialLink.objects.filter(subscriber=subscriber).delete()
    Registration.objects.filter(subscriber=subscriber).delete()
    Card.objects.filter(subscriber=subscriber).delete()
    Slot.objects.filter(subscriber=subscriber).delete()
    Entitlement.objects.filter(subscriber=subscriber, ended_at__isnull=True).update(ended_at=now)
    Hold.objects.filter(subscriber=subscriber).update(reason="")
    nothing = dict.fromkeys(("display_name", "phone", "email", "language"), "")
    name = f"erased-{subscriber.id}"
    Subscriber.objects.filter(id=subscriber.id).update(name=name, person={}, erased_at=now, site=None, **nothing)


def _audit(by: Actor, now: datetime, subscriber: Subscriber, verb: str) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=subscriber.operator_id,
        verb=verb,
        object_kind="subscriber",
        object_id=subscriber.id,
    )
