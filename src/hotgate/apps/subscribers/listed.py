"""What a program reads page by page: everything of the operator, in an order that an index has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers import queries
from hotgate.apps.subscribers.models import Card, CardBatch, Credential, Entitlement, Hold, Realm, Sale, Subscriber
from hotgate.apps.subscribers.names import MAC_PREFIX
from hotgate.domain import spending
from hotgate.domain import subscriber as values
from hotgate.domain.reasons import Reason
from hotgate.domain.subscriber import AccessState, CredentialKind


def people(operator: Operator) -> QuerySet[Subscriber]:
    """Without those who were erased."""
    return Subscriber.objects.filter(operator=operator, erased_at__isnull=True).select_related(
        "site", "wallet", "realm", "operator"
    )


def holds_of(subscribers: Iterable[Subscriber]) -> dict[int, list[Hold]]:
    """Subscriber id → what stops its service."""
    found: dict[int, list[Hold]] = {}
    wanted = [subscriber.pk for subscriber in subscribers]
    for hold in Hold.objects.filter(subscriber__in=wanted, released_at__isnull=True).order_by("id"):
        found.setdefault(hold.subscriber_id, []).append(hold)
    return found


def held(operator: Operator) -> QuerySet[Entitlement]:
    return Entitlement.objects.filter(operator=operator).select_related("plan", "subscriber__operator")


class Left(NamedTuple):
    """Of one entitlement now, by the rules of a login."""

    amount: int | None  # seconds or octets, of a cycle what is left of it; None: not limited
    is_usable: bool


OVER = Left(0, False)


def left_of(subscriber: Subscriber, now: datetime) -> dict[int, Left]:
    """By entitlement id. One that is not here is over."""
    for key in queries.name_keys(subscriber):
        state = queries.access_state(subscriber.operator, key)
        return {} if state is None else {each.id: _left(each, state, now) for each in state.entitlements}
    return {}


def _left(entitlement: values.Entitlement, state: AccessState, now: datetime) -> Left:
    obstacle = spending.obstacle(entitlement, state, now)
    if obstacle is not None and obstacle.reason in (Reason.ENDED, Reason.EXPIRED):
        return OVER
    return Left(spending.left_at(entitlement, state.zone, now), obstacle is None)


def realm(operator: Operator, own: UUID) -> Realm | None:
    return Realm.objects.filter(operator=operator, uuid=own).first()


def sales(operator: Operator) -> QuerySet[Sale]:
    return Sale.objects.filter(operator=operator).select_related("plan", "subscriber")


def card_batches(operator: Operator) -> QuerySet[CardBatch]:
    return CardBatch.objects.filter(operator=operator).select_related("plan", "realm")


def devices(subscriber: Subscriber) -> list[tuple[str, datetime]]:
    """The addresses that log it in, as `AA-BB-CC-DD-EE-FF`, and since when."""
    rows = Credential.objects.filter(
        operator_id=subscriber.operator_id, subscriber=subscriber, kind=CredentialKind.MAC
    ).order_by("id")
    return [(name.removeprefix(MAC_PREFIX), at) for name, at in rows.values_list("name_key", "created_at")]


def cards(operator: Operator) -> QuerySet[Card]:
    return Card.objects.filter(operator=operator).select_related("subscriber", "batch__plan", "batch__realm")


def cards_of(batch: CardBatch) -> list[Card]:
    return list(cards(batch.operator).filter(batch=batch).select_related("subscriber__realm").order_by("number"))
