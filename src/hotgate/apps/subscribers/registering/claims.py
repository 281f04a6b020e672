"""One free plan a day for one device, one address, one number."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import connection

from hotgate import vault
from hotgate.apps.core import keys
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers.registering.models import FreePlanClaim
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

FREE_AGAIN = timedelta(hours=24)
# the unique constraint makes one of many at once the first; the others wait for it, and find its time
CLAIM = """
INSERT INTO free_plan_claim (operator_id, digest, claimed_at) VALUES (%s, %s, %s)
ON CONFLICT (operator_id, digest) DO UPDATE SET claimed_at = EXCLUDED.claimed_at
 WHERE free_plan_claim.claimed_at <= %s
RETURNING id
"""


def claim(operator: Operator, whose: Mapping[str, str], now: datetime) -> None:
    """`whose`: kind (device, email, phone) → value; all are taken together. DomainError `free_plan_taken`."""
    digests = sorted(_digest(operator, kind, value) for kind, value in whose.items() if value)
    with connection.cursor() as cursor:
        for digest in digests:
            cursor.execute(CLAIM, [operator.id, digest, now, now - FREE_AGAIN])
            if cursor.fetchone() is None:
                raise DomainError("free_plan_taken", _("You had a free plan within the last 24 hours."))


def forget_what_is_over(now: datetime) -> int:
    return FreePlanClaim.objects.filter(claimed_at__lte=now - FREE_AGAIN).delete()[0]


def _digest(operator: Operator, kind: str, value: str) -> bytes:
    secret = vault.derive(keys.current().cookies, "free plan claims")
    return hmac.digest(secret, f"{operator.id} {kind} {value.casefold()}".encode(), "sha256")
