"""Acting on sessions: by orders, and only while they run."""

from __future__ import annotations

import pytest

import everything
from hotgate.apps.operators.models import AuditEntry
from hotgate.apps.subscribers import queries as subscribers
from hotgate.apps.usage import queries, services
from hotgate.apps.usage.models import AccessSession, SessionOrder
from hotgate.domain.accounting import OrderKind
from world import NOON, World

pytestmark = pytest.mark.django_db


@pytest.fixture
def session(world: World) -> AccessSession:
    everything.fill(world)
    SessionOrder.objects.all().delete()
    return AccessSession.objects.get(operator=world.operator)


def orders(session: AccessSession) -> list[str]:
    return list(SessionOrder.objects.filter(session=session).values_list("kind", flat=True))


def test_a_running_session_is_ordered_to_end(world: World, session: AccessSession) -> None:
    services.disconnect_session(by=world.by, now=NOON, session=session, reason="asked to")
    assert orders(session) == ["disconnect"]
    assert AuditEntry.objects.get(operator=world.operator, verb="disconnect_session").reason == "asked to"


def test_an_ended_session_is_left_alone(world: World, session: AccessSession) -> None:
    AccessSession.objects.filter(id=session.id).update(stopped_at=NOON)
    services.disconnect_session(by=world.by, now=NOON, session=session)
    assert orders(session) == []


def test_a_subscribers_sessions_are_told_together(world: World, session: AccessSession) -> None:
    guest = subscribers.subscriber_named(world.operator, "guest")
    assert guest is not None
    count = services.put_orders(by=world.by, now=NOON, subscriber=guest, kind=OrderKind.REAUTHORIZE)
    assert (count, orders(session)) == (1, ["reauthorize"])


def test_sessions_and_logins_are_read_by_operator(world: World, session: AccessSession) -> None:
    guest = subscribers.subscriber_named(world.operator, "guest")
    assert guest is not None
    assert list(queries.sessions_of(guest)) == list(queries.open_sessions(world.operator)) == [session]
    owners = {attempt.operator_id for attempt in queries.latest_attempts(world.operator)}
    assert owners <= {world.operator.id, None}
