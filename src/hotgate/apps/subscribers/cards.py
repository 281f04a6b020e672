"""Cards: subscribers made in advance with a name and a password, to be printed and handed out (HN-7)."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import transaction

from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core.checking import Checking
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.subscribers import names, readable, recharge, services
from hotgate.apps.subscribers.models import Card, CardBatch, Credential, Realm, Subscriber
from hotgate.domain.wording import _

SIZE_MAX = 200
NAME_DIGITS = 7
PREFIX_MAX = 20


@transaction.atomic
def make_cards(
    *,
    by: Actor,
    now: datetime,
    operator: Operator,
    size: int,
    realm: Realm | None = None,
    plan: Plan | None = None,
    prefix: str = "",
    site: Site | None = None,
) -> CardBatch:
    """So many cards, all or none, each with the plan if one is given; its validity runs as the plan says.

    DomainError `cards_invalid`: size, prefix or plan; `way_closed`: the realm has no cards.
    """
    prefix = prefix.strip()
    checking = Checking("cards_invalid")
    checking.require(1 <= size <= SIZE_MAX, "size", _("1 to 200 cards at a time."))
    checking.require(plan is None or plan.retired_at is None, "plan", _("This plan is no longer given."))
    is_fit = len(prefix) <= PREFIX_MAX and (not prefix or names.obstacle(prefix) is None)
    checking.require(is_fit, "prefix", _("A beginning of up to 20 plain characters."))
    checking.finish()
    realm = realm or services.default_realm(operator)
    batch = CardBatch.objects.create(operator=operator, realm=realm, plan=plan, size=size, created_at=now)
    for number, name in enumerate(_free_names(operator, prefix, size), start=1):
        _make_one(by, now, batch, number, name, site)
    record_audit(
        by=by,
        now=now,
        operator_id=operator.id,
        verb="make_cards",
        object_kind="card_batch",
        object_id=batch.id,
        after={"size": size, "plan": plan.id if plan else None, "realm": realm.id},
    )
    return batch


@transaction.atomic
def hand_out(*, by: Actor, now: datetime, card: Card) -> None:
    """Somebody has it now. Handed out before: nothing changes."""
    if Card.objects.filter(subscriber_id=card.subscriber_id, handed_out_at__isnull=True).update(handed_out_at=now):
        card.handed_out_at = now
        record_audit(
            by=by,
            now=now,
            operator_id=card.operator_id,
            verb="hand_out_card",
            object_kind="subscriber",
            object_id=card.subscriber_id,
        )


def _make_one(by: Actor, now: datetime, batch: CardBatch, number: int, name: str, site: Site | None) -> Subscriber:
    made = services.register_subscriber(
        by=by,
        now=now,
        operator=batch.operator,
        realm=batch.realm,
        site=site,
        name=name,
        password=readable.new_password(),
        keep_readable=True,
        created_via="card",
    )
    Card(subscriber=made, operator=batch.operator, batch=batch, number=number).save(force_insert=True)
    if batch.plan is not None:
        recharge.give_entitlement(by=by, now=now, subscriber=made, plan=batch.plan)
    return made


def _free_names(operator: Operator, prefix: str, count: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        drawn = {f"{prefix}{secrets.randbelow(10**NAME_DIGITS):0{NAME_DIGITS}}" for _each in range(count - len(found))}
        keys = {names.name_key(name): name for name in drawn}
        known = set(Credential.objects.filter(operator=operator, name_key__in=keys).values_list("name_key", flat=True))
        found |= {name: None for key, name in keys.items() if key not in known}
    return list(found)
