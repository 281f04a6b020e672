"""Facts that others react to. Each becomes a row in the transaction that made it true, delivered by a job."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class EntitlementActivated(NamedTuple):
    subscriber_id: int
    entitlement_id: int
    at: datetime
    valid_until: datetime | None


class EntitlementUsedUp(NamedTuple):
    subscriber_id: int
    entitlement_id: int
    at: datetime


class CapReached(NamedTuple):
    subscriber_id: int
    entitlement_id: int
    at: datetime
    action: str
    until: datetime  # the end of the cycle, when access comes back by itself


Event = EntitlementActivated | EntitlementUsedUp | CapReached
