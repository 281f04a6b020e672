"""Which entitlement pays first, and what is left of it.

Order (EN-A16): the allowance of a running cycle, for it would be lost; then what expires soonest; then the oldest;
what is paid afterwards comes last.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hotgate.domain import cycles, rating
from hotgate.domain.catalogue import CapAction, CycleRule, Measure, Payment
from hotgate.domain.cycles import Cycle
from hotgate.domain.reasons import Reason
from hotgate.domain.subscriber import AccessState, Entitlement, HoldKind

FOREVER = datetime.max.replace(tzinfo=UTC)


class Obstacle(NamedTuple):
    """Why an entitlement can't pay at this moment, and when that changes by itself (None: never)."""

    reason: Reason
    until: datetime | None = None


# Of several obstacles the guest is told the one that says most about the way out.
_TELLING = (
    Reason.CAP_REACHED,
    Reason.CYCLE_USED_UP,
    Reason.NO_MONEY,
    Reason.NOT_STARTED,
    Reason.USED_UP,
    Reason.EXPIRED,
    Reason.ENDED,
)


def counted_cycle(entitlement: Entitlement, zone: ZoneInfo, now: datetime) -> Cycle | None:
    """The cycle by which use counts at `now`; None where it counts over the whole life."""
    rule = entitlement.plan.counted_cycle
    if rule is None:
        return None
    return cycle_of(entitlement, rule, zone, now)


def cycle_of(entitlement: Entitlement, rule: CycleRule, zone: ZoneInfo, now: datetime) -> Cycle:
    """The cycle of `rule` that contains `now`, counted from the entitlement's anchor."""
    anchor = entitlement.cycle_anchor or entitlement.starts_at
    return cycles.cycle_containing(rule, anchor, zone, max(now, anchor))


def used_in(entitlement: Entitlement, cycle: Cycle | None) -> int:
    """Seconds or octets used in that cycle; use of a cycle that was never written is 0."""
    if cycle is None or entitlement.cycle_started_at == cycle.starts_at:
        return entitlement.used
    return dict(entitlement.earlier).get(cycle.starts_at, 0)


def used_at(entitlement: Entitlement, zone: ZoneInfo, now: datetime) -> int:
    """Seconds or octets used so far in the cycle that contains `now`."""
    return used_in(entitlement, counted_cycle(entitlement, zone, now))


def limit_of(entitlement: Entitlement) -> int | None:
    """Seconds or octets at which use stops: the amount, or a cap that cuts. A cap that throttles stops nothing."""
    if entitlement.amount is not None:
        return None if entitlement.plan.elapsed else entitlement.amount
    cap = entitlement.plan.cap
    return cap.amount if cap and cap.action is not CapAction.THROTTLE else None


def left_at(entitlement: Entitlement, zone: ZoneInfo, now: datetime) -> int | None:
    """Seconds or octets left in this cycle, never under 0; None: not limited.

    A cap that was reached stops by its hold, so once staff released the hold nothing limits it until the next cycle.
    """
    limit = limit_of(entitlement)
    if limit is None:
        return None
    left = limit - used_at(entitlement, zone, now)
    if left <= 0 and entitlement.amount is None:
        return None
    return max(left, 0)


def is_throttled(entitlement: Entitlement, zone: ZoneInfo, now: datetime) -> bool:
    """Has a cap that throttles been reached in this cycle?"""
    cap = entitlement.plan.cap
    return cap is not None and cap.action is CapAction.THROTTLE and used_at(entitlement, zone, now) >= cap.amount


def obstacle(entitlement: Entitlement, state: AccessState, now: datetime) -> Obstacle | None:
    """Why this entitlement can't pay at `now`; None when it can."""
    if entitlement.ended_at is not None and entitlement.ended_at <= now:
        return Obstacle(Reason.ENDED, entitlement.ended_at)
    if entitlement.valid_until is not None and entitlement.valid_until <= now:
        return Obstacle(Reason.EXPIRED, entitlement.valid_until)
    if entitlement.starts_at > now:
        return Obstacle(Reason.NOT_STARTED, entitlement.starts_at)
    return _cap_hold(entitlement, state, now) or _spent(entitlement, state, now) or _unaffordable(entitlement, state)


def _cap_hold(entitlement: Entitlement, state: AccessState, now: datetime) -> Obstacle | None:
    for hold in state.holds:
        here = hold.kind is HoldKind.CAP and hold.entitlement_id == entitlement.id
        if here and (hold.until is None or hold.until > now):
            return Obstacle(Reason.CAP_REACHED, hold.until)
    return None


def _spent(entitlement: Entitlement, state: AccessState, now: datetime) -> Obstacle | None:
    if left_at(entitlement, state.zone, now) != 0:
        return None
    cycle = counted_cycle(entitlement, state.zone, now)
    if cycle is None or _is_last(entitlement, cycle):
        return Obstacle(Reason.USED_UP)
    return Obstacle(Reason.CYCLE_USED_UP, cycle.ends_at)


def _is_last(entitlement: Entitlement, cycle: Cycle) -> bool:
    return entitlement.valid_until is not None and entitlement.valid_until <= cycle.ends_at


def _unaffordable(entitlement: Entitlement, state: AccessState) -> Obstacle | None:
    return Obstacle(Reason.NO_MONEY) if affordable(entitlement, state) == 0 else None


def affordable(entitlement: Entitlement, state: AccessState) -> int | None:
    """Seconds or octets that the wallet can still pay for; None: no tariff, or no limit of credit."""
    tariff, wallet = entitlement.plan.tariff, state.wallet
    if tariff is None:
        return None
    if wallet is None:
        return 0
    if wallet.postpaid and wallet.credit_limit_minor is None:
        return None
    money = wallet.balance_minor + (wallet.credit_limit_minor or 0 if wallet.postpaid else 0)
    units = rating.affordable_units(tariff, max(money, 0), 0, 0, entitlement.plan.currency)
    return None if units >= rating.UNBOUNDED else units


_HOLDS = {HoldKind.STAFF: Reason.HELD_BY_STAFF, HoldKind.UNPAID: Reason.UNPAID}


def subscriber_hold(state: AccessState, now: datetime, kinds: Iterable[HoldKind] = tuple(_HOLDS)) -> Obstacle | None:
    """The hold that stops the whole subscriber, whatever could pay."""
    for hold in state.holds:
        if hold.kind in kinds and (hold.until is None or hold.until > now):
            return Obstacle(_HOLDS[hold.kind], hold.until)
    return None


def in_spending_order(state: AccessState, now: datetime) -> list[Entitlement]:
    """The entitlements that can pay at `now`, the first to pay first."""
    usable = [e for e in state.entitlements if obstacle(e, state, now) is None]
    return sorted(usable, key=_spending_key) if len(usable) > 1 else usable


def _spending_key(entitlement: Entitlement) -> tuple[int, datetime, datetime, int]:
    rank = 2 if entitlement.plan.payment is Payment.POSTPAID else int(entitlement.plan.cycle is None)
    return rank, entitlement.valid_until or FOREVER, entitlement.created_at, entitlement.id


def last_resort(state: AccessState, at: datetime) -> Entitlement | None:
    """Who takes use that nothing can pay for: of those valid at that time the one that pays last; None: nobody.

    It depends on the terms alone, not on what is left, so that it is the same in whichever order use becomes known.
    """
    return max(state.entitlements, key=lambda e: (is_valid(e, at), _spending_key(e)), default=None)


def is_valid(entitlement: Entitlement, at: datetime) -> bool:
    """Has it begun, and neither run out nor been ended?"""
    ends = [e for e in (entitlement.valid_until, entitlement.ended_at) if e is not None]
    return entitlement.starts_at <= at and all(at < e for e in ends)


def why_none(state: AccessState, now: datetime) -> Obstacle:
    """The obstacle to tell when nothing can pay."""
    return most_telling(obstacle(e, state, now) for e in state.entitlements) or Obstacle(Reason.NO_ENTITLEMENT)


def most_telling(obstacles: Iterable[Obstacle | None]) -> Obstacle | None:
    """Of several obstacles the one whose way out is nearest; of equals the one that ends first, or ended last."""
    found = [o for o in obstacles if o is not None]
    if not found:
        return None
    best = min(_TELLING.index(o.reason) for o in found)
    alike = [o for o in found if _TELLING.index(o.reason) == best]
    latest = alike[0].reason in (Reason.EXPIRED, Reason.ENDED)
    by_until = sorted(alike, key=lambda o: o.until or FOREVER)
    return by_until[-1] if latest else by_until[0]


def counts(entitlement: Entitlement) -> bool:
    """Is use of this entitlement counted at all? Flat plans without a cap and elapsed time are not."""
    plan = entitlement.plan
    if plan.elapsed and plan.cap is None:
        return False
    return plan.counted_measure is not Measure.NONE
