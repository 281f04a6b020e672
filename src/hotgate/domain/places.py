"""Slots and slices: how many devices may be online at once, and how much of what is left each of them may use.

A slot belongs to (subscriber, device): the same device takes its own slot over. The slices that are out never sum to
more than what is left, so devices that are not reporting yet can't spend the same octets twice.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hotgate.domain import spending
from hotgate.domain.catalogue import ServiceProfile
from hotgate.domain.reasons import Reason
from hotgate.domain.spending import Obstacle
from hotgate.domain.subscriber import AccessState, Entitlement, Slot

SLOT_KEPT = timedelta(minutes=1)  # a place is kept so long for an Accept whose accounting has not begun (B18)


def is_taken(slot: Slot, now: datetime) -> bool:
    """Does the slot hold its place: by a session, or because its Accept is fresh?"""
    return slot.session_id is not None or slot.expires_at is None or slot.expires_at > now


def others(state: AccessState, device: str, now: datetime) -> list[Slot]:
    """The slots of the subscriber's other devices that hold their place.

    An Accept for a device without a name may well have been this one's: it holds no place until accounting begins.
    """
    return [s for s in state.slots if s.device != device and is_taken(s, now) and (s.device or s.session_id)]


def place_obstacle(state: AccessState, profile: ServiceProfile, device: str, now: datetime) -> Obstacle | None:
    """Too many devices, unless this one has a place already."""
    if profile.devices_max is None or not state.slots:
        return None
    return Obstacle(Reason.TOO_MANY_DEVICES) if len(others(state, device, now)) >= profile.devices_max else None


def lent(state: AccessState, entitlement: Entitlement, device: str, now: datetime) -> int:
    """Seconds or octets of the entitlement that other devices may still use without asking."""
    if not state.slots:
        return 0
    is_shared = entitlement.plan.profile.devices_max != 1
    slots = [s for s in state.slots if s.device != device and s.entitlement_id == entitlement.id]
    return sum(max((s.slice_amount or 0) - s.slice_used, 0) for s in slots if _is_lent(s, is_shared, now))


def _is_lent(slot: Slot, is_shared: bool, now: datetime) -> bool:
    # An Accept whose accounting never came may still be running on the NAS. Where several devices share, its slice
    # comes back only when the Session-Timeout that went with it has passed. A plan for one device lets its user change
    # devices after the slot's minute: should the first one turn up after all, it is told to go.
    if slot.session_id is not None:
        return True
    if not is_shared:
        return is_taken(slot, now) and slot.device != ""
    return slot.session_ends_at is None or slot.session_ends_at > now


def share(state: AccessState, entitlement: Entitlement, device: str, now: datetime) -> int | None:
    """Seconds or octets that this device may use now; None: not limited.

    What nobody has yet is divided by the places still open, this one among them: right without any CoA.
    """
    left = spending.left_at(entitlement, state.zone, now)
    if left is None:
        return None
    free = left - lent(state, entitlement, device, now)
    places_open = (entitlement.plan.profile.devices_max or 1) - len(others(state, device, now))
    return max(free, 0) if places_open <= 1 else max(-(-free // places_open), 0)


def share_obstacle(state: AccessState, entitlement: Entitlement, device: str, now: datetime) -> Obstacle | None:
    """All that is left is lent to other devices."""
    if not state.slots or share(state, entitlement, device, now) != 0:
        return None
    return Obstacle(Reason.IN_USE_ELSEWHERE)


def with_slot(slots: tuple[Slot, ...], slot: Slot) -> tuple[Slot, ...]:
    """The slots with this one in the place of its device's older one."""
    return (*(s for s in slots if s.device != slot.device), slot)


def bound(slot: Slot, session_id: int) -> Slot:
    """The slot once a session holds it: it neither lapses nor waits for a first use any more."""
    return slot._replace(session_id=session_id, expires_at=None, activates_at=None)


def still_matter(slots: tuple[Slot, ...], now: datetime) -> tuple[Slot, ...]:
    """The slots without those whose place has lapsed and whose slice has come back."""
    return tuple(s for s in slots if is_taken(s, now) or _is_lent(s, True, now))


def without_session(slots: tuple[Slot, ...], session_id: int) -> tuple[Slot, ...]:
    """The slots after that session ended: a newer login of the same device keeps its own."""
    return tuple(s for s in slots if s.session_id != session_id)
