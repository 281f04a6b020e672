"""A link that gives somebody new credentials, once (HN-22, HN-A12): no password travels in a message."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers import readable, services
from hotgate.apps.subscribers.models import Credential, CredentialLink, Realm, Subscriber
from hotgate.domain.errors import DomainError
from hotgate.domain.subscriber import CredentialKind
from hotgate.domain.wording import _

LIFETIME = timedelta(days=7)
TOKEN_MAX = 64


class Credentials(NamedTuple):
    name: str
    password: str


@transaction.atomic
def credential_link(*, by: Actor, now: datetime, subscriber: Subscriber) -> str:
    """The secret that stands in the link's address. Links of before stop working.

    DomainError `restricted`; `no_password`: it logs in by a code or a MAC address only.
    """
    services.refuse_restricted(subscriber)
    if not Credential.objects.filter(subscriber=subscriber, kind=CredentialKind.PASSWORD).exists():
        raise DomainError("no_password", _("This user does not log in by a password."))
    services.end_links(subscriber)
    token = secrets.token_urlsafe(24)
    CredentialLink.objects.create(
        operator_id=subscriber.operator_id,
        subscriber=subscriber,
        digest=_digest(token),
        expires_at=now + LIFETIME,
        created_at=now,
    )
    record_audit(
        by=by,
        now=now,
        operator_id=subscriber.operator_id,
        verb="make_credential_link",
        object_kind="subscriber",
        object_id=subscriber.id,
    )
    return token


def realm_of(operator: Operator, token: str, now: datetime) -> Realm | None:
    """Of the user to whom it would still give credentials; None: nobody. Looking uses nothing up: mail programs do."""
    row = _rows(operator, token, now).select_related("subscriber__realm").first()
    return row.subscriber.realm if row is not None else None


@transaction.atomic
def use_link(*, now: datetime, operator: Operator, token: str) -> Credentials | None:
    """A new password, for whoever comes first with it; None: unknown, used or too old."""
    row = _rows(operator, token, now).select_related("subscriber__realm").first()
    if row is None:
        return None
    # two at once, or one beside staff who set the password: asked again under the lock, it is known who came first
    services.lock(row.subscriber)
    if not _rows(operator, token, now).update(used_at=now):
        return None
    password = readable.new_password()
    by = Actor("subscriber")
    services.set_password(by=by, now=now, subscriber=row.subscriber, password=password)
    return Credentials(row.subscriber.name, password)


def _rows(operator: Operator, token: str, now: datetime) -> QuerySet[CredentialLink]:
    return CredentialLink.objects.filter(
        operator=operator,
        digest=_digest(token[:TOKEN_MAX]),
        used_at__isnull=True,
        expires_at__gt=now,
        subscriber__restricted_at__isnull=True,
    )


def _digest(token: str) -> bytes:
    """The token has 192 random bits, so a plain hash hides it."""
    return hashlib.sha256(token.encode()).digest()
