"""What a batch changed, gathered by table, as the few commands that save it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from hotgate.domain.subscriber import AccessState, Entitlement, Slot
from hotgate.store.access import DELETE_SLOTS, SAVE_ENTITLEMENTS, SAVE_SLOTS, flat_earlier
from hotgate.store.db import Command, Parameter, ints, literals, texts, times


class Changes:
    """Slots and entitlements of all subscribers of a batch."""

    def __init__(self) -> None:
        self.slots: list[tuple[AccessState, Slot]] = []
        self.gone: list[tuple[int, str]] = []
        self.entitlements: list[Entitlement] = []

    def add_state(self, before: AccessState, after: AccessState) -> None:
        """What differs between what was loaded and what is to be."""
        if after.slots is not before.slots:
            self._add_slots(before, after)
        if after.entitlements is not before.entitlements:
            known = set(map(id, before.entitlements))
            self.entitlements += [e for e in after.entitlements if id(e) not in known]

    def commands(self, now: datetime) -> Iterator[tuple[Command, list[Parameter]]]:
        """Each command with its parameters."""
        if self.gone:
            yield DELETE_SLOTS, [ints(i for i, _ in self.gone), texts(device for _, device in self.gone)]
        if self.slots:
            yield SAVE_SLOTS, self._slot_columns(now)
        if self.entitlements:
            yield SAVE_ENTITLEMENTS, self._entitlement_columns()

    def _add_slots(self, before: AccessState, after: AccessState) -> None:
        known = {slot.device: slot for slot in before.slots}
        self.slots += [(after, slot) for slot in after.slots if known.get(slot.device) != slot]
        left = {slot.device for slot in after.slots}
        self.gone += [(before.subscriber_id, device) for device in known if device not in left]

    def _slot_columns(self, now: datetime) -> list[Parameter]:
        slots = [slot for _, slot in self.slots]
        return [
            ints(state.subscriber_id for state, _ in self.slots),
            texts(slot.device for slot in slots),
            ints(state.operator_id for state, _ in self.slots),
            times(now for _ in slots),
            times(slot.expires_at for slot in slots),
            ints(slot.session_id for slot in slots),
            ints(slot.entitlement_id for slot in slots),
            ints(slot.slice_amount for slot in slots),
            ints(slot.slice_used for slot in slots),
            times(slot.activates_at for slot in slots),
            times(slot.session_ends_at for slot in slots),
            ints(slot.nas_id for slot in slots),
        ]

    def _entitlement_columns(self) -> list[Parameter]:
        changed = self.entitlements
        return [
            ints(e.id for e in changed),
            times(e.first_used_at for e in changed),
            times(e.valid_until for e in changed),
            times(e.cycle_anchor for e in changed),
            times(e.cycle_started_at for e in changed),
            ints(e.used for e in changed),
            texts(literals(map(str, flat_earlier(e.earlier))) for e in changed),
        ]
