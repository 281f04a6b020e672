"""What somebody agreed to: kept as the text itself, once for all who agreed to it."""

from __future__ import annotations

import hashlib
from datetime import datetime

from hotgate.apps.subscribers.models import Subscriber
from hotgate.apps.subscribers.registering.models import Consent, TermsVersion


def version_of(text: str) -> str:
    """Stands in the form, so that nobody agrees to a text that was changed meanwhile."""
    return hashlib.sha256(text.encode()).hexdigest()


def record_consent(subscriber: Subscriber, text: str, language: str, now: datetime) -> None:
    """In the caller's transaction. Without a text there is nothing to agree to."""
    if not text:
        return
    mine = {"operator_id": subscriber.operator_id, "digest": hashlib.sha256(text.encode()).digest()}
    TermsVersion.objects.bulk_create([TermsVersion(text=text, **mine)], ignore_conflicts=True)
    Consent.objects.create(
        operator_id=subscriber.operator_id,
        subscriber=subscriber,
        terms=TermsVersion.objects.get(**mine),
        language=language,
        at=now,
    )
