"""What a voucher that nobody used yet would become at its first login."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.vouchers.models import BatchMode, Voucher, VoucherState
from hotgate.domain import validity
from hotgate.domain.reasons import Reason
from hotgate.domain.subscriber import AccessState, Credential, CredentialKind

NOBODY_YET = 0


def obstacle(voucher: Voucher, now: datetime) -> Reason | None:
    """Why this code is no login now, whatever its plan would allow; None when it is one."""
    if voucher.state == VoucherState.VOID:
        return Reason.VOUCHER_VOID
    if voucher.sold_at is None:
        return Reason.VOUCHER_NOT_SOLD
    if voucher.expires_at is not None and voucher.expires_at <= now:
        return Reason.VOUCHER_EXPIRED
    if voucher.batch.mode == BatchMode.REDEEM:
        return Reason.VOUCHER_REDEEM_ONLY
    return None


def would_be_state(voucher: Voucher) -> AccessState:
    """The subscriber that a first login would make: with the voucher's plan, in full."""
    zone = zone_of(voucher)
    entitlement = validity.grant(
        catalogue.terms_of([voucher.plan_id])[voucher.plan_id],
        id=NOBODY_YET,
        created_at=voucher.created_at,
        starts_at=voucher.created_at,
        zone=zone,
    )
    credential = Credential(NOBODY_YET, CredentialKind.CODE, None, None)
    return AccessState(NOBODY_YET, voucher.operator_id, zone, credential, (entitlement,))


def zone_of(voucher: Voucher) -> ZoneInfo:
    of_site = voucher.batch.site.time_zone if voucher.batch.site else None
    return ZoneInfo(of_site or voucher.operator.time_zone)
