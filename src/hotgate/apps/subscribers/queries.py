"""Who is there, what they hold, and why they may or may not go online."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from hotgate.apps.catalogue.models import Plan
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.subscribers import names
from hotgate.apps.subscribers.models import (
    Card,
    CardBatch,
    Credential,
    Entitlement,
    Hold,
    MacAddress,
    Realm,
    RealmPlan,
    RealmSite,
    Sale,
    SiteDevices,
    Subscriber,
)
from hotgate.domain import access as rules
from hotgate.domain import people
from hotgate.domain.subscriber import AccessState
from hotgate.store import access
from hotgate.store.db import ints, texts
from hotgate.store.terms import LOAD_PLANS, Terms

# A code is sold before anybody has used it, so its sale names the code; vouchers stand above this capability.
# Their names go in as an array: row security lets no index be used to compare with what is put together row by row.
# It logs in by one of them, or redeemed it for an entitlement.
SALES_OF = """
SELECT id FROM sale WHERE subscriber_id = %(subscriber)s
UNION ALL
SELECT id FROM sale WHERE operator_id = %(operator)s AND reference = ANY (ARRAY(
  SELECT 'voucher:' || v.id FROM voucher v WHERE v.subscriber_id = %(subscriber)s AND v.entitlement_id IS NULL
  UNION ALL
  SELECT 'voucher:' || v.id FROM entitlement e JOIN voucher v ON v.entitlement_id = e.id
   WHERE e.subscriber_id = %(subscriber)s))
"""

# Columns of realm and site that a user's page does not say.
NOT_SHOWN = [
    f"{name}__{each.name}"
    for name, model in (("realm", Realm), ("site", Site))
    for each in model._meta.concrete_fields
    if each.name not in ("id", "name")
]

# Asked by staff and not by a box: nothing to prove, no walled garden to offer, and a device is let in by its address,
# as at a gateway that does so.
NEUTRAL_NAS = rules.NasTraits(mac_login=True)


def subscribers(operator: Operator) -> QuerySet[Subscriber]:
    """Everybody of the operator; who was erased is nobody any more."""
    rows = Subscriber.objects.filter(operator=operator, erased_at__isnull=True)
    return rows.select_related("site", "wallet", "realm", "operator")


def shown_subscriber(operator: Operator, own: UUID) -> Subscriber | None:
    """One, with as much of its realm and site as its page says, and the operator that asks."""
    rows = Subscriber.objects.filter(operator=operator, erased_at__isnull=True, uuid=own)
    row = rows.select_related("site", "wallet", "realm").defer(*NOT_SHOWN).first()
    if row is not None:
        row.operator = operator
    return row


def realms(operator: Operator) -> QuerySet[Realm]:
    return Realm.objects.filter(operator=operator).select_related("operator", "device_plan").order_by("id")


def plans_of_realm(realm: Realm) -> QuerySet[Plan]:
    """Those that whoever registers in it may choose."""
    chosen = RealmPlan.objects.filter(realm=realm).values("plan_id")
    return Plan.objects.filter(operator_id=realm.operator_id, id__in=chosen, active=True).order_by("id")


def sites_of_realm(realm: Realm) -> QuerySet[Site]:
    """Where its credentials work; none: at every site of the operator (HN-W3)."""
    return Site.objects.filter(id__in=RealmSite.objects.filter(realm=realm).values("site_id")).order_by("id")


def realm_at(operator: Operator, site: Site | None = None) -> Realm | None:
    """Whose portal a guest meets before anybody knows whose user this is: at a site the oldest realm that names it,
    or that works everywhere; without a site the oldest that works everywhere, or at all. None: no realm works there.
    """
    rows = RealmSite.objects.filter(realm=OuterRef("id"))
    found = Realm.objects.filter(operator=operator).annotate(is_bound=Exists(rows))
    if site is None:
        return found.order_by("is_bound", "id").first()
    found = found.annotate(is_here=Exists(rows.filter(site=site))).filter(Q(is_here=True) | Q(is_bound=False))
    return found.order_by("-is_here", "id").first()


def device_sites(realm: Realm) -> QuerySet[Site]:
    """Where devices come into the realm at first sight."""
    return Site.objects.filter(id__in=SiteDevices.objects.filter(realm=realm).values("site_id")).order_by("id")


def card_batches(operator: Operator) -> QuerySet[CardBatch]:
    """Newest first."""
    return CardBatch.objects.filter(operator=operator).select_related("realm", "plan", "operator").order_by("-id")


def cards(batch: CardBatch) -> QuerySet[Card]:
    rows = Card.objects.filter(operator_id=batch.operator_id, batch=batch)
    return rows.select_related("subscriber__realm", "subscriber__operator", "batch").order_by("number")


def card_of(subscriber: Subscriber) -> Card | None:
    return Card.objects.filter(subscriber=subscriber).select_related("batch").first()


def bound_macs(subscriber: Subscriber) -> list[str]:
    """Addresses by which its devices log in, as they are shown."""
    rows = MacAddress.objects.filter(subscriber=subscriber).order_by("credential_id")
    return [people.mac_address(str(mac)) or "" for mac in rows.values_list("mac", flat=True)]


def macs_bound_to(subscriber_ids: Iterable[int]) -> set[tuple[int, str]]:
    """(subscriber's id, address) of devices that log these subscribers in by themselves."""
    rows = MacAddress.objects.filter(subscriber_id__in=list(subscriber_ids)).values_list("subscriber_id", "mac")
    return {(subscriber_id, people.mac_address(str(mac)) or "") for subscriber_id, mac in rows}


def sales(subscriber: Subscriber) -> QuerySet[Sale]:
    """What was sold to it, or as the code that it logs in by; newest first."""
    own, operator_id = subscriber.id, subscriber.operator_id
    mine = RawSQL(SALES_OF % {"subscriber": "%s", "operator": "%s"}, [own, operator_id, own, own])
    return Sale.objects.filter(id__in=mine).select_related("plan", "nas", "operator").order_by("-at", "-id")


def sales_referring(operator: Operator, reference: str) -> QuerySet[Sale]:
    return Sale.objects.filter(operator=operator, reference=reference).select_related("plan", "nas", "operator")


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
    """Newest first, with those that may still be used before those long over: which they are, and their times."""
    held = Entitlement.objects.filter(subscriber=subscriber).only("plan_id", "created_at", "valid_until", "ended_at")
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
