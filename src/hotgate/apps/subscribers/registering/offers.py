"""What a guest may register for: the realms that take guests in, and the plans of each."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import Q, QuerySet

from hotgate.apps.catalogue.models import Plan
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers import queries
from hotgate.apps.subscribers.models import Realm, RealmPlan
from hotgate.domain.catalogue import Payment
from hotgate.domain.people import Way


class Offer(NamedTuple):
    realm: Realm
    plans: tuple[Plan, ...]


def offers(operator: Operator) -> list[Offer]:
    """Realms without any plan to choose offer nothing, and are left out."""
    found = [Offer(realm, tuple(_plans(realm))) for realm in _realms(operator)]
    return [offer for offer in found if offer.plans]


def is_free(plan: Plan) -> bool:
    return plan.payment == Payment.FREE or not plan.price_minor


def _realms(operator: Operator) -> QuerySet[Realm]:
    return queries.realms(operator).filter(ways__contains=[str(Way.SELF)])


def _plans(realm: Realm) -> QuerySet[Plan]:
    """Those of the realm, or those that guests may buy anywhere. Nobody runs up debts by a form."""
    fit = Q(active=True, for_devices=False, retired_at=None) & ~Q(payment=Payment.POSTPAID)
    if RealmPlan.objects.filter(realm=realm).exists():
        mine = queries.plans_of_realm(realm).filter(fit)
    else:
        mine = Plan.objects.filter(fit, operator_id=realm.operator_id, self_service=True)
    # what has a price is paid with a code: where codes are not taken, it can't be had here
    free = Q(payment=Payment.FREE) | Q(price_minor=0)
    return (mine if realm.vouchers_allowed else mine.filter(free)).order_by("price_minor", "id")
