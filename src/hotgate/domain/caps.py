"""What happens at a cap, and what a subscriber agreed to pay beyond it."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from hotgate.domain.catalogue import Cap, CapAction


class CapVerdict(NamedTuple):
    reached: bool
    action: CapAction | None = None  # what to do now; None while use is within the cap


WITHIN = CapVerdict(False)


class OverageTerms(NamedTuple):
    """Consent to be billed for use above the cap, for good or for one cycle (AZ-15 … AZ-17)."""

    accepted_at: datetime
    ends_at: datetime | None = None  # None: until it is withdrawn


def verdict(cap: Cap, used: int) -> CapVerdict:
    """Whether use in this cycle, in seconds or octets, has reached the cap; the very amount reaches it."""
    return CapVerdict(True, cap.action) if used >= cap.amount else WITHIN


def left(cap: Cap, used: int) -> int:
    """How much may still be used in this cycle before the cap acts; never below 0."""
    return max(cap.amount - used, 0)


def above(cap: Cap, used: int) -> int:
    """How much of the use is overage: it counts from the cap on, not from the acceptance on (AZ-A9)."""
    return max(used - cap.amount, 0)


def accept(at: datetime, *, cycle_ends_at: datetime, one_cycle: bool) -> OverageTerms:
    """The terms as accepted at `at`.

    `one_cycle` is the operator's choice and means the rest of the cap's running cycle, not 30 days (AZ-A5).
    """
    return OverageTerms(at, cycle_ends_at if one_cycle else None)


def withdraw(terms: OverageTerms, *, cycle_ends_at: datetime) -> OverageTerms:
    """The terms after a withdrawal, which takes effect with the next cycle (AZ-A6)."""
    return terms._replace(ends_at=cycle_ends_at if terms.ends_at is None else min(terms.ends_at, cycle_ends_at))


def in_force(terms: OverageTerms | None, now: datetime) -> bool:
    """Is use above the cap billed, not cut? While terms are in force nobody is asked again (AZ-16, AZ-A6)."""
    return terms is not None and terms.accepted_at <= now and (terms.ends_at is None or now < terms.ends_at)
