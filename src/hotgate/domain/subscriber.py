"""All that one decision reads: a subscriber with what it holds. Rows come in, these values go through the rules.

These are named tuples, not dataclasses: the AAA server builds thousands a second, and a tuple costs a third. Times
are aware and in UTC. Money is minor units of the operator's currency.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hotgate.domain.catalogue import Plan, Validity


class CredentialKind(StrEnum):
    PASSWORD = "password"
    CODE = "code"  # a voucher's code is the name; its password is the code itself, or its own
    MAC = "mac"  # a device subscriber (A20)


class Credential(NamedTuple):
    id: int
    kind: CredentialKind
    pap_digest: bytes | None  # keyed HMAC-SHA256 of the wire password; None: PAP impossible
    secret: (
        bytes | None
    )  # clear text for CHAP and MS-CHAP, unsealed by the AAA server; None: only a one-way hash is kept


class HoldKind(StrEnum):
    CAP = "cap"  # on one entitlement, until the end of its cycle
    UNPAID = "unpaid"  # on the subscriber
    STAFF = "staff"  # on the subscriber


class Hold(NamedTuple):
    kind: HoldKind
    entitlement_id: int | None = None  # set for CAP only
    until: datetime | None = None  # None: until somebody releases it


class Entitlement(NamedTuple):
    """One plan held by one subscriber. `used` belongs to the cycle that starts at `cycle_started_at`, and to no other:
    read it through `spending.used_at`, which is why access is right at midnight without a job."""

    id: int
    plan: Plan
    created_at: datetime
    starts_at: datetime  # not usable before
    validity: Validity  # the plan's, unless overridden when it was given (EN-24)
    amount: int | None  # the plan's, copied when it was given
    cycles: int | None = 1  # how many cycles it lives
    first_used_at: datetime | None = None
    valid_until: datetime | None = None  # known from creation or first use on; None: not (yet) limited
    cycle_anchor: datetime | None = None  # from which day, week and year cycles are counted
    cycle_started_at: datetime | None = None
    used: int = 0  # seconds or octets, by `plan.counted_measure`
    earlier: tuple[tuple[datetime, int], ...] = ()  # (cycle start, used) of cycles before, for late records
    ended_at: datetime | None = None  # ended by staff (EN-A19)


class Wallet(NamedTuple):
    balance_minor: int
    postpaid: bool = False  # may be negative
    credit_limit_minor: int | None = None  # of a postpaid wallet; None: no limit


class Slot(NamedTuple):
    """A device's place among those online at once, with the part of what is left that it may use (its slice)."""

    device: str
    expires_at: datetime | None  # without accounting it lapses then; None once a session holds it
    session_id: int | None = None
    entitlement_id: int | None = None
    slice_amount: int | None = None  # of what the entitlement counts; None: nothing was sliced
    slice_used: int = 0  # of that slice, as last reported
    activates_at: datetime | None = (
        None  # the first use that the Accept assumed; made final by the first accounting record
    )
    session_ends_at: datetime | None = None  # when the Accept's own Session-Timeout has passed for certain
    nas_id: int | None = None  # where the Accept was given, if that NAS takes only so many users


class AccessState(NamedTuple):
    subscriber_id: int
    operator_id: int
    zone: ZoneInfo  # of the subscriber's site: calendar days are counted there
    credential: Credential | None
    entitlements: tuple[Entitlement, ...] = ()
    wallet: Wallet | None = None
    holds: tuple[Hold, ...] = ()
    slots: tuple[Slot, ...] = ()
    sites: tuple[int, ...] = ()  # where the realm's credentials work; none: everywhere


def with_entitlement(state: AccessState, changed: Entitlement) -> AccessState:
    """The state with that entitlement in the place of the one with the same id."""
    return state._replace(entitlements=tuple(changed if e.id == changed.id else e for e in state.entitlements))
