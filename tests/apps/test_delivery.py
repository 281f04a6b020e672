"""Events reach those who react to them, in the scope of their operator."""

from __future__ import annotations

from typing import Any

import pytest

from hotgate.apps.core import delivery, scope
from hotgate.apps.core.models import Event
from world import World

pytestmark = pytest.mark.django_db


def test_every_reaction_hears_the_event_in_its_operators_scope(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []

    def hear(event_id: int, operator_id: int, payload: Any) -> None:
        heard.append((event_id, payload, scope.current() == (operator_id,)))

    monkeypatch.setattr(delivery, "_reactions", {})
    delivery.connect({"CapReached": (hear, hear)})
    event = Event.objects.create(operator_id=world.operator.id, kind="CapReached", payload={"entitlement_id": 7})
    delivery.deliver(event.id)
    assert heard == [(event.id, {"entitlement_id": 7}, True)] * 2


def test_an_event_that_nobody_awaits_or_that_is_gone_is_no_fault(world: World) -> None:
    event = Event.objects.create(operator_id=world.operator.id, kind="Unheard", payload={})
    delivery.deliver(event.id)
    delivery.deliver(event.id + 1_000_000)
