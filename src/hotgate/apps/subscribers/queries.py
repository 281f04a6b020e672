"""Who is there, what they hold, and why they may or may not go online."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers import names
from hotgate.apps.subscribers.models import Credential, Entitlement, Hold, Subscriber
from hotgate.domain import access as rules
from hotgate.domain.subscriber import AccessState
from hotgate.store import access
from hotgate.store.db import ints, texts
from hotgate.store.terms import LOAD_PLANS, Terms

# Asked by staff and not by a box: nothing to prove, and no walled garden to offer.
NEUTRAL_NAS = rules.NasTraits()


def subscribers(operator: Operator) -> QuerySet[Subscriber]:
    """Everybody of the operator."""
    return Subscriber.objects.filter(operator=operator).select_related("site", "wallet")


def containing(text: str) -> Q:
    """Those with the text in name, person, phone or e-mail, however it is written."""
    return Q(id__in=RawSQL("SELECT * FROM found_subscribers(%s)", [text]))


def name_keys(subscriber: Subscriber) -> list[str]:
    """By which names, codes and MAC addresses somebody is found; those switched on, oldest first."""
    rows = Credential.objects.filter(operator_id=subscriber.operator_id, subscriber=subscriber, enabled=True)
    return list(rows.order_by("id").values_list("name_key", flat=True))


def open_holds(subscriber: Subscriber) -> QuerySet[Hold]:
    """What stops the service."""
    rows = Hold.objects.filter(operator_id=subscriber.operator_id, subscriber=subscriber, released_at__isnull=True)
    return rows.order_by("id")


def subscriber_with_key(operator: Operator, name_key: str) -> Subscriber | None:
    credential = Credential.objects.filter(operator=operator, name_key=name_key).select_related("subscriber").first()
    return credential.subscriber if credential else None


def subscriber_named(operator: Operator, name: str) -> Subscriber | None:
    return subscriber_with_key(operator, names.name_key(name))


def entitlements(subscriber: Subscriber) -> QuerySet[Entitlement]:
    """All it ever held, oldest first."""
    return Entitlement.objects.filter(subscriber=subscriber).select_related("plan").order_by("created_at", "id")


def latest_entitlements(subscriber: Subscriber, count: int) -> QuerySet[Entitlement]:
    """Newest first, with those that may still be used before those long over."""
    held = Entitlement.objects.filter(subscriber=subscriber).select_related("plan")
    return held.order_by("-live", "-created_at", "-id")[:count]


def access_state(operator: Operator, name_key: str) -> AccessState | None:
    """All that a decision reads, through the same rows as the AAA server but without secrets; None: unknown."""
    rows = access.LOAD_STATES_BY_NAME.fetch(connection, ints([operator.id]), texts([name_key]))
    plans = Terms()
    plans.add(LOAD_PLANS.fetch(connection, ints(plans.missing(rows))), rows)
    return access.states_of(rows, plans, lambda _: None).get(1)


def decision(state: AccessState | None, now: datetime) -> rules.Decision:
    """What a login would be told now, were its password right."""
    return rules.decide_access(state, _question(), now)


def explanation(state: AccessState | None, now: datetime) -> list[rules.Guard]:
    """The *Why* panel: the same guards, one by one."""
    return rules.explain_access(state, _question(), now)


def _question() -> rules.AccessRequest:
    return rules.AccessRequest(name="", proof=None, device="", nas=NEUTRAL_NAS)
