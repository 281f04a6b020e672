"""The ordinary login, granted at once: a flat plan that runs, no hold, no place to keep, and the right password.

Most of what a network asks is that, and to see that it is takes a third of what it takes to ask all guards. It decides
nothing of its own: whatever `grant_at_once` grants is what `access.decide_access` grants.
"""

from __future__ import annotations

from datetime import datetime

from hotgate.domain import limits
from hotgate.domain.authentication import Digest, Proof, Verdict, check_credential
from hotgate.domain.catalogue import Measure, Plan, ValidityKind
from hotgate.domain.limits import Grant
from hotgate.domain.subscriber import AccessState, CredentialKind, Entitlement


def grant_at_once(state: AccessState, proof: Proof | None, digest: Digest, now: datetime) -> Grant | None:
    """The limits of a session that changes nothing in the state by beginning; None: the guards are asked.

    At a NAS that takes any number of users; `digest` as in `check_credential`.
    """
    if len(state.entitlements) != 1 or state.holds or state.sites:
        return None
    (payer,) = state.entitlements
    credential = state.credential
    if (
        credential is None
        or credential.kind is CredentialKind.MAC
        or not _is_boundless(payer.plan)
        or payer.amount is not None
        or not _runs(payer, now)
        or check_credential(credential, proof, digest) is not Verdict.OK
    ):
        return None
    plan, ends_at = payer.plan, payer.valid_until
    profile = plan.profile
    seconds = limits.session_seconds(payer, None, ends_at, now)
    rates = profile.download_bps, profile.upload_bps
    return Grant(payer.id, plan.id, profile, *rates, seconds, None, plan.direction, ends_at=ends_at)


def _is_boundless(plan: Plan) -> bool:
    """Nothing is counted, neither use nor devices."""
    uncounted = plan.measure is Measure.NONE and plan.cap is None and plan.tariff is None
    return uncounted and plan.profile.devices_max is None


def _runs(payer: Entitlement, now: datetime) -> bool:
    """It has begun, goes on, and its first use, where this is it, tells nothing of its end."""
    until = payer.valid_until
    if payer.starts_at > now or payer.ended_at is not None or (until is not None and until <= now):
        return False
    if payer.first_used_at is not None:
        return True
    kind = payer.validity.kind
    is_known = kind is ValidityKind.ALWAYS or (until is not None and kind is not ValidityKind.FROM_FIRST_USE)
    return is_known and payer.plan.cycle is None
