"""From when until when an entitlement may be used.

What is known when it is given is written down then (`grant`); what only the first use tells is written
down once, then (`activate`). After that `valid_until` is the truth: staff may change it, and nothing here
computes it again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hotgate.domain import cycles
from hotgate.domain.catalogue import Measure, Plan, Validity, ValidityKind
from hotgate.domain.errors import DomainError
from hotgate.domain.subscriber import Entitlement
from hotgate.domain.wording import _


def expires_at(
    validity: Validity, *, created_at: datetime, first_used_at: datetime | None, zone: ZoneInfo
) -> datetime | None:
    """When a validity ends (UTC); None: never, or not before a first use (EN-23, EN-A17).

    A length of 0 limits nothing: a cyclic plan's validity says only when it starts (EN-A13).
    """
    if validity.kind is ValidityKind.END_OF_DAY:
        return cycles.end_of_day(created_at, zone)
    if validity.kind is ValidityKind.ALWAYS or validity.amount == 0:
        return None
    start = created_at if validity.kind is ValidityKind.FROM_CREATION else first_used_at
    return None if start is None else cycles.add(start, validity.amount, validity.unit, zone)


def grant(
    plan: Plan,
    *,
    id: int,
    created_at: datetime,
    starts_at: datetime,
    zone: ZoneInfo,
    validity: Validity | None = None,
    cycles: int | None = None,
) -> Entitlement:
    """A new entitlement of `plan` with all that is known before its first use.

    `validity` and `cycles` override the plan's (EN-24, EN-29). DomainError `cycles_invalid` below one cycle.
    """
    entitlement = Entitlement(
        id,
        plan,
        created_at,
        starts_at,
        validity or plan.validity,
        plan.amount,
        _cycles_given(plan, cycles),
    )
    if entitlement.validity.kind is not ValidityKind.FROM_FIRST_USE:
        entitlement = _anchored(entitlement, starts_at)
    return entitlement._replace(valid_until=_limit(entitlement, zone))


def activate(entitlement: Entitlement, at: datetime, zone: ZoneInfo) -> Entitlement:
    """The entitlement first used at `at`; the same one when it was used before (G6).

    Time that runs from the first use on, also while offline (`plan.elapsed`), ends with its amount.
    """
    if entitlement.first_used_at is not None:
        return entitlement
    active = _used_from(entitlement, at)
    if entitlement.valid_until is None:
        return _valid_until(active, _limit(active, zone))
    # Staff may have moved an end that was known before. The first use adds only what it alone tells.
    by_use = _limit(active, zone) if active.validity.kind is ValidityKind.FROM_FIRST_USE else None
    return _valid_until(active, _earliest(active.valid_until, by_use, _end_of_elapsed_time(active)))


def window(entitlement: Entitlement, zone: ZoneInfo) -> tuple[datetime, datetime | None]:
    """When it starts and ends, on the site's clock, as a page shows it; None: no end is known."""
    ends_at = _earliest(entitlement.valid_until, entitlement.ended_at)
    return entitlement.starts_at.astimezone(zone), None if ends_at is None else ends_at.astimezone(zone)


def is_over(entitlement: Entitlement, now: datetime) -> bool:
    """Has it ended, by itself or by staff? At the very instant of its end it has (SV-A2, EN-A19)."""
    ends_at = _earliest(entitlement.valid_until, entitlement.ended_at)
    return ends_at is not None and ends_at <= now


def _cycles_given(plan: Plan, cycles: int | None) -> int | None:
    if cycles is None:
        return plan.cycle.repeats if plan.cycle else 1
    if cycles < 1:
        raise DomainError("cycles_invalid", _("At least one cycle is needed."), {"cycles": _("at least 1")})
    return cycles


def _used_from(entitlement: Entitlement, at: datetime) -> Entitlement:
    # By position, for each first login comes through here: `_replace` takes three times as long.
    return _anchored(Entitlement._make((*entitlement[:_FIRST_USED_AT], at, *entitlement[_FIRST_USED_AT + 1 :])), at)


_FIRST_USED_AT = Entitlement._fields.index("first_used_at")


def _valid_until(entitlement: Entitlement, until: datetime | None) -> Entitlement:
    return entitlement if until == entitlement.valid_until else entitlement._replace(valid_until=until)


def _anchored(entitlement: Entitlement, at: datetime) -> Entitlement:
    """Cycles count from the start instant: assignment or first use, by the validity (EN-A11)."""
    if entitlement.plan.counted_cycle is None or entitlement.cycle_anchor is not None:
        return entitlement
    return entitlement._replace(cycle_anchor=at)


def _limit(entitlement: Entitlement, zone: ZoneInfo) -> datetime | None:
    """The end that follows from the terms, as far as it is known by now."""
    by_validity = expires_at(
        entitlement.validity, created_at=entitlement.created_at, first_used_at=entitlement.first_used_at, zone=zone
    )
    return _earliest(by_validity, _end_of_cycles(entitlement, zone), _end_of_elapsed_time(entitlement))


def _end_of_cycles(entitlement: Entitlement, zone: ZoneInfo) -> datetime | None:
    rule, anchor = entitlement.plan.cycle, entitlement.cycle_anchor
    if rule is None or anchor is None:
        return None
    return cycles.end_of_life(rule, entitlement.cycles, anchor, zone)


def _end_of_elapsed_time(entitlement: Entitlement) -> datetime | None:
    plan, first = entitlement.plan, entitlement.first_used_at
    if not plan.elapsed or plan.measure is not Measure.TIME or plan.cycle is not None:
        return None
    if first is None or entitlement.amount is None:
        return None
    return first.astimezone(UTC) + timedelta(seconds=entitlement.amount)


def _earliest(*instants: datetime | None) -> datetime | None:
    earliest = None
    for instant in instants:
        if instant is not None and (earliest is None or instant < earliest):
            earliest = instant
    return earliest
