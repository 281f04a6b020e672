"""A change of a shared service profile, felt by those who are online (HN-W12)."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from hotgate.apps.catalogue import profiles
from hotgate.apps.catalogue.drafts import Limits
from hotgate.apps.catalogue.models import ServiceProfile
from hotgate.apps.operators.actor import Actor
from hotgate.apps.subscribers import orders
from hotgate.apps.subscribers.orders import OpenSession
from hotgate.domain.accounting import OrderKind
from hotgate.store.db import Statement

SESSIONS_WITH_PROFILE = Statement(
    "SESSIONS_WITH_PROFILE",
    "open sessions of subscribers who hold a plan with this profile",
    """
    SELECT s.id, s.operator_id, s.nas_id FROM nas n
      JOIN open_session o ON o.nas_id = n.id
      JOIN access_session s ON s.id = o.session_id
     WHERE n.operator_id = $1::bigint
       AND EXISTS (SELECT FROM entitlement e JOIN plan p ON p.id = e.plan_id
                    WHERE e.subscriber_id = s.subscriber_id AND e.live AND p.profile_id = $2::bigint)
     ORDER BY s.id
    """,
    OpenSession,
)


@transaction.atomic
def change_profile(*, by: Actor, now: datetime, profile: ServiceProfile, name: str, limits: Limits) -> int:
    """How many running sessions get their new limits now. DomainError as of `catalogue.profiles.change_profile`."""
    if not profiles.change_profile(by=by, now=now, profile=profile, name=name, limits=limits):
        return 0
    sessions = SESSIONS_WITH_PROFILE.fetch(connection, profile.operator_id, profile.id)
    orders.put_orders(sessions, OrderKind.REAUTHORIZE, "", now)
    return len(sessions)
