"""What users hold: recharge, look, take away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router

from hotgate.apps.subscribers import listed, recharge
from hotgate.web.api import shapes
from hotgate.web.api.access import caller
from hotgate.web.api.operations import act, read
from hotgate.web.api.paging import Paged, page
from hotgate.web.api.v1 import entitlement_shapes, rows
from hotgate.web.api.v1.entitlement_shapes import Balance, Entitlement, EntitlementPage, NewTopUp, Recharge
from hotgate.web.api.v1.user_shapes import Reason
from hotgate.web.shared.authorization import Action

router = Router()
USERS = "users"


@read(router, "/users/{uuid:user}/entitlements", EntitlementPage, action=Action.SEE_USERS, resource=USERS)
def list_entitlements(request: HttpRequest, user: UUID, wanted: Paged) -> Any:
    """All that the user ever held, oldest first."""
    who = caller(request)
    held = listed.held(who.operator).filter(subscriber=rows.person(who, user))
    return page(held, wanted, entitlement_shapes.entitlements)


@act(
    router,
    "/users/{uuid:user}/entitlements",
    Entitlement,
    action=Action.RECHARGE,
    resource=USERS,
    status=201,
)
def recharge_user(request: HttpRequest, user: UUID, told: Recharge) -> Any:
    """One more plan beside what is held. Running sessions get their new limits."""
    who, now = caller(request), timezone.now()
    given = recharge.recharge_subscriber(
        by=who.by,
        now=now,
        subscriber=rows.person(who, user),
        plan=rows.plan(who, told.plan),
        due=told.due,
        starts_at=told.starts_at,
        cycles=told.cycles,
    )
    return entitlement_shapes.new_entitlement(given, now)


@act(router, "/users/{uuid:user}/top-ups", Balance, action=Action.RECHARGE, resource=USERS, status=201)
def top_up_user(request: HttpRequest, user: UUID, told: NewTopUp) -> Any:
    """Money was taken, and becomes the user's balance, from which plans are paid (`due: wallet`)."""
    who, row = caller(request), rows.person(caller(request), user)
    recharge.top_up(by=who.by, now=timezone.now(), subscriber=row, amount_minor=told.minor, reference=told.reference)
    wallet = row.wallet
    wallet.refresh_from_db(fields=["balance_minor"])
    return {"balance": shapes.money(wallet.balance_minor, wallet.currency)}


@read(router, "/entitlements/{uuid:entitlement}", Entitlement, action=Action.SEE_USERS, resource=USERS)
def read_entitlement(request: HttpRequest, entitlement: UUID) -> Any:
    return entitlement_shapes.entitlement(rows.one(listed.held(caller(request).operator), entitlement))


@act(router, "/entitlements/{uuid:entitlement}/end", Entitlement, action=Action.EDIT_USERS, resource=USERS)
def end_entitlement(request: HttpRequest, entitlement: UUID, told: Reason) -> Any:
    """Takes away what is left; what was used stays on record."""
    who = caller(request)
    row = rows.one(listed.held(who.operator), entitlement)
    recharge.end_entitlement(by=who.by, now=timezone.now(), entitlement=row, reason=told.reason)
    return entitlement_shapes.entitlement(row)
