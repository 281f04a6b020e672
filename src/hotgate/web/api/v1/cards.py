"""Cards: users made in advance with a name, a password and a plan (HN-7, HN-W14)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router
from pydantic import Field

from hotgate.apps.subscribers import cards, listed, readable
from hotgate.web.api import shapes
from hotgate.web.api.access import caller
from hotgate.web.api.operations import act, read
from hotgate.web.api.paging import Paged, page
from hotgate.web.api.shapes import Moment, Page, Shown, Told, Word
from hotgate.web.api.v1 import rows
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.lookup import found

router = Router()
CARDS = "cards"


class NewCards(Told):
    size: int = Field(ge=1, le=cards.SIZE_MAX)
    plan: UUID | None = None
    realm: UUID | None = Field(None, description="Left out: the first realm.")
    site: UUID | None = None
    prefix: Word = ""


class CardBatch(Shown):
    id: UUID
    size: int
    plan: UUID | None
    realm: UUID
    created_at: Moment


class Card(Shown):
    number: int
    user: UUID
    username: str
    password: str


class ListedCard(Shown):
    """Without its password, which was shown when it was made."""

    number: int
    user: UUID
    username: str
    handed_out_at: Moment | None


class CardBatchWithCards(CardBatch):
    cards: list[ListedCard]


class MadeCards(Shown):
    batch: CardBatch
    cards: list[Card]


class CardBatchPage(Page):
    items: list[CardBatch]


@read(router, "/card-batches", CardBatchPage, action=Action.SEE_USERS, resource=CARDS)
def list_card_batches(request: HttpRequest, wanted: Paged) -> Any:
    return page(listed.card_batches(caller(request).operator), wanted, lambda found: [_batch(row) for row in found])


@act(router, "/card-batches", MadeCards, action=Action.EDIT_USERS, resource=CARDS, status=201)
def make_cards(request: HttpRequest, told: NewCards) -> Any:
    """So many, all or none. That their passwords were shown is written down."""
    who, now = caller(request), timezone.now()
    batch = cards.make_cards(
        by=who.by,
        now=now,
        operator=who.operator,
        size=told.size,
        realm=rows.realm(who, told.realm),
        plan=rows.plan(who, told.plan),
        site=rows.site(who, told.site),
        prefix=told.prefix,
    )
    return {"batch": _batch(batch), "cards": [_card(card, who.by, now) for card in listed.cards_of(batch)]}


@read(router, "/card-batches/{uuid:batch}", CardBatchWithCards, action=Action.SEE_USERS, resource=CARDS)
def read_card_batch(request: HttpRequest, batch: UUID) -> Any:
    row = _one(request, batch)
    return _batch(row) | {"cards": [_listed(card) for card in listed.cards_of(row)]}


@act(
    router,
    "/card-batches/{uuid:batch}/cards/{uuid:user}/hand-out",
    ListedCard,
    action=Action.PRINT_CARDS,
    resource=CARDS,
)
def hand_out_card(request: HttpRequest, batch: UUID, user: UUID) -> Any:
    """Somebody has it now. Handed out before: nothing changes."""
    of_batch = listed.cards_of(_one(request, batch))
    card = found(next((card for card in of_batch if card.subscriber.uuid == user), None))
    cards.hand_out(by=caller(request).by, now=timezone.now(), card=card)
    return _listed(card)


def _one(request: HttpRequest, batch: UUID) -> Any:
    return rows.one(listed.card_batches(caller(request).operator), batch)


def _listed(card: Any) -> dict[str, Any]:
    return {
        "number": card.number,
        "user": card.subscriber.uuid,
        "username": card.subscriber.name,
        "handed_out_at": card.handed_out_at,
    }


def _batch(row: Any) -> dict[str, Any]:
    return {
        "id": row.uuid,
        "size": row.size,
        "plan": shapes.uuid_of(row.plan),
        "realm": row.realm.uuid,
        "created_at": row.created_at,
    }


def _card(row: Any, by: Any, now: Any) -> dict[str, Any]:
    who = row.subscriber
    password = readable.show(by=by, now=now, subscriber=who) or ""
    return {"number": row.number, "user": who.uuid, "username": who.name, "password": password}
