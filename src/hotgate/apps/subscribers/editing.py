"""Correct what is known about a subscriber (HN-12, HN-23)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import IntegrityError, transaction

from hotgate.apps.core.checking import Checking
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Site
from hotgate.apps.subscribers import names, realms
from hotgate.apps.subscribers.models import Credential, Subscriber
from hotgate.apps.subscribers.services import lock, named
from hotgate.domain.errors import DomainError
from hotgate.domain.people import OWN_COLUMNS
from hotgate.domain.subscriber import CredentialKind
from hotgate.domain.wording import _

PLAIN = ("display_name", "phone", "email", "language", "site_id", "person", "name")


@transaction.atomic
def correct_subscriber(
    *,
    by: Actor,
    now: datetime,
    subscriber: Subscriber,
    name: str,
    display_name: str = "",
    phone: str = "",
    email: str = "",
    language: str = "",
    site: Site | None = None,
    person: Mapping[str, str] | None = None,
) -> None:
    """All at once; who logs in by a name logs in by the new one from now on.

    The audit says which fields changed, and not to what, for it is never erased.
    DomainError `subscriber_invalid` with its fields; `name_taken`.
    """
    more = {key: value for key, value in (person or {}).items() if value and key not in OWN_COLUMNS}
    checking = Checking("subscriber_invalid")
    realms.check_person(checking, subscriber.realm, "", more | named(display_name, phone, email))
    has_name = Credential.objects.filter(subscriber=subscriber, kind=CredentialKind.PASSWORD).exists()
    wrong = names.obstacle(name) if has_name else None
    checking.require(wrong is None, "name", wrong or "")
    checking.finish()
    lock(subscriber)
    before = [getattr(subscriber, column) for column in PLAIN]
    subscriber.display_name, subscriber.phone, subscriber.email = display_name, phone, email
    subscriber.language, subscriber.site, subscriber.person = language, site, more
    if has_name:
        _rename(subscriber, name.strip())
    subscriber.save(update_fields=["display_name", "phone", "email", "language", "site", "person", "name"])
    changed = [c for c, old in zip(PLAIN, before, strict=True) if getattr(subscriber, c) != old]
    record_audit(
        by=by,
        now=now,
        operator_id=subscriber.operator_id,
        verb="correct_subscriber",
        object_kind="subscriber",
        object_id=subscriber.id,
        after={"fields": changed},
    )


def _rename(subscriber: Subscriber, name: str) -> None:
    """The password's digest hangs on the subscriber and not on its name, so it stays."""
    subscriber.name = name
    try:
        with transaction.atomic():
            Credential.objects.filter(subscriber=subscriber, kind=CredentialKind.PASSWORD).update(
                name_key=names.name_key(name)
            )
    except IntegrityError as error:
        if "credential_name_unique" not in str(error):
            raise
        raise DomainError("name_taken", _("Somebody has this name."), {"name": _("already there")}) from None
