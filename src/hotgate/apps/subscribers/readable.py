"""Passwords that staff may print again: of cards, and in realms that say so (HN-A12)."""

from __future__ import annotations

import secrets
from datetime import datetime

from hotgate import vault
from hotgate.apps.core import keys
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.subscribers.models import ReadablePassword, Subscriber

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # 31 without look-alikes
LENGTH = 10  # 49 bits


def new_password() -> str:
    return "".join(secrets.choice(LETTERS) for _each in range(LENGTH))


def keep(subscriber: Subscriber, password: str, wanted: bool | None = None, *, is_new: bool = False) -> None:
    """Seal it for reprint where that is wanted; None: as the realm says, or as it was. Otherwise forget the old one.

    `is_new`: the subscriber had none.
    """
    if wanted is None:
        wanted = subscriber.realm.keep_readable or ReadablePassword.objects.filter(subscriber=subscriber).exists()
    if not is_new:
        ReadablePassword.objects.filter(subscriber=subscriber).delete()
    if wanted:
        row = ReadablePassword(subscriber=subscriber, operator_id=subscriber.operator_id)
        row.sealed = sealed(subscriber.id, password)
        row.save(force_insert=True)


def is_kept(subscriber: Subscriber) -> bool:
    return ReadablePassword.objects.filter(subscriber=subscriber).exists()


def show(*, by: Actor, now: datetime, subscriber: Subscriber) -> str | None:
    """The password for a card; that it was shown is written down. None: it can't be read."""
    row = ReadablePassword.objects.filter(subscriber=subscriber).first()
    if row is None:
        return None
    record_audit(
        by=by,
        now=now,
        operator_id=subscriber.operator_id,
        verb="print_card",
        object_kind="subscriber",
        object_id=subscriber.id,
    )
    return _opened(row)


def password_of(subscriber: Subscriber) -> str | None:
    """The same for a caller that writes it down itself."""
    row = ReadablePassword.objects.filter(subscriber=subscriber).first()
    return None if row is None else _opened(row)


def _opened(row: ReadablePassword) -> str:
    return vault.unseal(keys.current().reprint, bytes(row.sealed), _place(row.subscriber_id)).decode()


def sealed(subscriber_id: int, password: str) -> bytes:
    return vault.seal(keys.current().reprint, password.encode(), _place(subscriber_id))


def _place(subscriber_id: int) -> bytes:
    return b"password:%d" % subscriber_id
