"""What a voucher that nobody used yet would become at its first login."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import connection

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.operators.models import Operator
from hotgate.apps.vouchers import making
from hotgate.domain.reasons import Reason
from hotgate.domain.subscriber import AccessState, Credential, CredentialKind
from hotgate.store import vouchers
from hotgate.store.access import zone_of
from hotgate.store.db import ints, octets

NOBODY_YET = 0


class FirstUse(NamedTuple):
    refusal: Reason | None  # why this code is no login, whatever its plan would allow
    state: AccessState  # the subscriber that a login now would make, with the plan in full


def first_use(operator: Operator, typed: str, now: datetime) -> FirstUse | None:
    """Through the same rows and rules as the AAA server's claim; None: there is no such code."""
    index = making.index_of(typed)
    for row in vouchers.LOAD_VOUCHERS.fetch(connection, ints([operator.id]), octets([index])):
        return FirstUse(vouchers.refusal(row, now), _would_be(row, now))
    return None


def _would_be(row: vouchers.VoucherRow, now: datetime) -> AccessState:
    zone = zone_of(row.zone)
    plan = catalogue.terms_of([row.plan_id])[row.plan_id]
    entitlement = vouchers.entitlement_of(row, plan, NOBODY_YET, zone, now)
    credential = Credential(NOBODY_YET, CredentialKind.CODE, None, None)
    return AccessState(NOBODY_YET, row.operator_id, zone, credential, (entitlement,))
