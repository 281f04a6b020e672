"""From entitlements to the limits of one session: what an Accept says.

Limits cover the entitlements of the first service profile in spending order that count the same way, and end at the
first border of validity or cycle: behind it another price or another amount holds. Nothing left is a refusal, never a
limit of 0 (on MikroTik 0 means unlimited, A10).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import takewhile
from math import ceil
from typing import NamedTuple

from hotgate.domain import places, spending
from hotgate.domain.catalogue import Direction, Measure, ServiceProfile
from hotgate.domain.subscriber import AccessState, Entitlement

# Octets that are lent come back at the latest with the Session-Timeout, so such a session always has one: a NAS that
# ignores volume limits and orders can't run away with them either.
LENT_SECONDS_MAX = 86_400


class Grant(NamedTuple):
    """An Accept in the product's own words; the makers' renderers turn it into attributes. None: not limited."""

    entitlement_id: int
    plan_id: int
    profile: ServiceProfile
    download_bps: int | None
    upload_bps: int | None
    session_seconds: int | None
    octets: int | None  # of the counted direction
    direction: Direction
    throttled: bool = False
    slice_amount: int | None = None  # seconds or octets lent to this device
    activates: bool = False  # the first use begins with this session
    needs_place: bool = False  # something has to be remembered: a place, a slice, a first use
    ends_at: datetime | None = None


def grant_for(state: AccessState, payers: Sequence[Entitlement], device: str, now: datetime) -> Grant:
    """The limits of a session that `payers` (in spending order, first use assumed) pay for."""
    first = payers[0]
    run = _run(payers)
    amount = _amount(state, run, device, now)
    ends_at = _border(state, run, now)
    seconds = session_seconds(first, amount, ends_at, now)
    throttled = spending.is_throttled(first, state.zone, now)
    download, upload = _rates(first, throttled)
    activates = _activates(state, first)
    profile = first.plan.profile
    return Grant(
        first.id,
        first.plan.id,
        profile,
        download,
        upload,
        seconds,
        amount if first.plan.counted_measure is Measure.TRAFFIC else None,
        first.plan.direction,
        throttled,
        amount,
        activates,
        activates or amount is not None or profile.devices_max is not None,
        ends_at,
    )


def _run(payers: Sequence[Entitlement]) -> list[Entitlement]:
    """The entitlements at the head that one session can use up in turn without new limits."""
    first = payers[0]
    if len(payers) == 1 or first.plan.profile.devices_max != 1:
        return [first]  # several devices share by slices of one entitlement at a time
    return list(takewhile(lambda e: _alike(e, first), payers))


def _alike(one: Entitlement, other: Entitlement) -> bool:
    a, b = one.plan, other.plan
    return (a.profile, a.counted_measure, a.direction) == (b.profile, b.counted_measure, b.direction)


def _amount(state: AccessState, run: Sequence[Entitlement], device: str, now: datetime) -> int | None:
    """Seconds or octets that this session may use; None as soon as one of the run is not limited."""
    total = 0
    for entitlement in run:
        here = _lesser(places.share(state, entitlement, device, now), spending.affordable(entitlement, state))
        if here is None:
            return None
        total += here
    return total


def _lesser(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)


def session_seconds(first: Entitlement, amount: int | None, border: datetime | None, now: datetime) -> int | None:
    """The Session-Timeout: time left, the next border, or the profile's own limit, whichever comes first."""
    seconds = first.plan.profile.session_timeout_seconds
    if amount is not None:
        seconds = _lesser(seconds, amount if first.plan.counted_measure is Measure.TIME else LENT_SECONDS_MAX)
    if border is not None:
        # A session must not be cut just before its border, to be refused behind the same entitlement: round up.
        seconds = _lesser(seconds, max(ceil((border - now).total_seconds()), 1))
    return seconds


def _border(state: AccessState, run: Sequence[Entitlement], now: datetime) -> datetime | None:
    borders = [b for e in run for b in borders_of(e, state, now)]
    return min(borders) if borders else None


def borders_of(entitlement: Entitlement, state: AccessState, now: datetime) -> list[datetime]:
    """The instants after `now` at which this entitlement stops paying or begins a new cycle."""
    borders = [at for at in (entitlement.valid_until, entitlement.ended_at) if at is not None]
    cycle = spending.counted_cycle(entitlement, state.zone, now)
    if cycle is not None and spending.limit_of(entitlement) is not None:
        borders.append(cycle.ends_at)
    return borders


def _rates(first: Entitlement, throttled: bool) -> tuple[int | None, int | None]:
    """Download and upload in bit/s."""
    profile, cap = first.plan.profile, first.plan.cap
    if throttled and cap is not None:
        return (
            _lesser(profile.download_bps, cap.throttle_download_bps),
            _lesser(profile.upload_bps, cap.throttle_upload_bps),
        )
    return profile.download_bps, profile.upload_bps


def _activates(state: AccessState, assumed: Entitlement) -> bool:
    """Did assuming a first use change when this entitlement ends? Then the Accept has to be remembered."""
    (before,) = [e for e in state.entitlements if e.id == assumed.id]
    return before.valid_until != assumed.valid_until or before.cycle_anchor != assumed.cycle_anchor
