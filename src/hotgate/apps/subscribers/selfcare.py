"""What somebody does with their own account: prove who they are, and ask to be forgotten (HN-W20, HN-W21)."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from hotgate import vault
from hotgate.apps.core import keys
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers import names
from hotgate.apps.subscribers.models import Credential, Subscriber
from hotgate.domain.subscriber import CredentialKind
from hotgate.store import seals

BY = Actor("subscriber")


def subscriber_with_password(operator: Operator, name: str, password: str) -> Subscriber | None:
    """Count tries before this. The web reads no secret: the database tells whether a digest is the right one."""
    credential = _passwords(operator).filter(name_key=names.name_key(name)).first()
    if credential is None or not _is_right(credential, digest_of(credential.subscriber, password)):
        return None
    found: Subscriber = credential.subscriber
    return found


def subscriber_with_digest(operator: Operator, id: int, digest: bytes) -> Subscriber | None:
    """Whoever proved it before: None once the password is another, or the account is erased or off."""
    credential = _passwords(operator).filter(subscriber_id=id).first()
    return credential.subscriber if credential is not None and _is_right(credential, digest) else None


def digest_of(subscriber: Subscriber, password: str) -> bytes:
    ref = seals.subscriber_ref(subscriber.id)
    return vault.wire_digest(keys.current().wire, ref, password.encode("utf-8", "replace"))


def _passwords(operator: Operator) -> QuerySet[Credential]:
    rows = Credential.objects.filter(operator=operator, kind=CredentialKind.PASSWORD, enabled=True)
    rows = rows.filter(subscriber__erased_at__isnull=True)
    return rows.select_related("subscriber__realm", "subscriber__operator", "subscriber__site")


def _is_right(credential: Credential, digest: bytes) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT wire_password_is(%s, %s)", [credential.id, digest])
        [is_right] = cursor.fetchone()
    return bool(is_right)


@transaction.atomic
def ask_for_deletion(*, now: datetime, subscriber: Subscriber) -> None:
    """Staff find it in the log of the user's data, and erase: what is open has to be settled first."""
    record_audit(
        by=BY,
        now=now,
        operator_id=subscriber.operator_id,
        verb="ask_for_deletion",
        object_kind="subscriber",
        object_id=subscriber.id,
    )
