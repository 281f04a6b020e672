"""Plans and service profiles."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from hotgate.apps.catalogue import listed, profiles, queries, services
from hotgate.apps.catalogue.drafts import Limits
from hotgate.apps.subscribers.profiles import change_profile as change_with_sessions
from hotgate.web.api import shapes
from hotgate.web.api.access import caller
from hotgate.web.api.operations import act, change, read
from hotgate.web.api.paging import Paged, Wanted, page
from hotgate.web.api.shapes import Moment, Money, Page, Shown, Told, Word
from hotgate.web.api.v1 import rows
from hotgate.web.shared.authorization import Action

router = Router()
PLANS = "plans"
Bps = Annotated[int, Field(ge=1, le=profiles.BPS_MAX, description="bit/s, as the client sees it")]
Seconds = Annotated[int, Field(ge=1, le=profiles.SECONDS_MAX)]


class Validity(Shown):
    kind: str
    amount: int
    unit: str


class Cycle(Shown):
    period: str
    count: int | None
    calendar: bool


class Plan(Shown):
    id: UUID
    name: str
    code: str
    payment: str = Field(description="`free`, `prepaid`, `postpaid`")
    measure: str = Field(description="What `amount` counts: `time` in seconds, `traffic` in octets, or `none`.")
    amount: int | None
    price: Money | None
    list_price: Money | None = Field(description="What it costs those who sell it, before their discount.")
    validity: Validity
    cycle: Cycle | None
    profile: UUID
    for_devices: bool
    quick_ticket: bool
    self_service: bool
    active: bool
    created_at: Moment


class WantedPlans(Wanted):
    active: bool | None = Field(None, description="true: only those still given.")


class PlanPage(Page):
    items: list[Plan]


class Profile(Shown):
    id: UUID
    name: str | None = Field(description="null: it belongs to one plan, and is frozen with it.")
    download_bps: int | None
    upload_bps: int | None
    idle_timeout_seconds: int | None
    session_timeout_seconds: int | None
    interim_seconds: int
    devices_max: int | None = Field(description="null: not counted")
    address_pool: str
    filter_id: str


class ProfilePage(Page):
    items: list[Profile]


class NewProfile(Told):
    name: Word
    download_bps: Bps | None = None
    upload_bps: Bps | None = None
    idle_timeout_seconds: Seconds | None = None
    session_timeout_seconds: Seconds | None = None
    interim_seconds: int = Field(300, ge=60, le=86_400)
    devices_max: int | None = Field(1, ge=1, le=10_000)
    address_pool: Word = ""
    filter_id: Word = ""


class ChangedProfile(NewProfile):
    """All of its settings at once."""


@read(router, "/plans", PlanPage, action=Action.SEE_PLANS, resource=PLANS)
def list_plans(request: HttpRequest, wanted: Annotated[WantedPlans, Query()]) -> Any:
    found = listed.plans(caller(request).operator)
    if wanted.active is not None:
        found = found.filter(active=wanted.active)
    return page(found, wanted, _plans)


@read(router, "/plans/{uuid:plan}", Plan, action=Action.SEE_PLANS, resource=PLANS)
def read_plan(request: HttpRequest, plan: UUID) -> Any:
    return _plans([rows.one(listed.plans(caller(request).operator), plan)])[0]


@act(router, "/plans/{uuid:plan}/retire", Plan, action=Action.EDIT_PLANS, resource=PLANS)
def retire_plan(request: HttpRequest, plan: UUID) -> Any:
    """No longer given or sold; who holds it keeps it."""
    who = caller(request)
    row = rows.one(queries.plans(who.operator), plan)
    services.retire_plan(by=who.by, now=timezone.now(), plan=row)
    return _plans([row])[0]


@read(router, "/profiles", ProfilePage, action=Action.SEE_PLANS, resource=PLANS)
def list_profiles(request: HttpRequest, wanted: Paged) -> Any:
    """Those that plans share."""
    return page(listed.profiles(caller(request).operator), wanted, lambda found: [_profile(row) for row in found])


@read(router, "/profiles/{uuid:profile}", Profile, action=Action.SEE_PLANS, resource=PLANS)
def read_profile(request: HttpRequest, profile: UUID) -> Any:
    return _profile(rows.one(listed.all_profiles(caller(request).operator), profile))


@act(router, "/profiles", Profile, action=Action.EDIT_PLANS, resource=PLANS, status=201)
def create_profile(request: HttpRequest, told: NewProfile) -> Any:
    who, (name, limits) = caller(request), _told(told)
    made = profiles.create_profile(by=who.by, now=timezone.now(), operator=who.operator, name=name, limits=limits)
    return _profile(made)


@change(router, "/profiles/{uuid:profile}", Profile, action=Action.EDIT_PLANS, resource=PLANS)
def change_profile(request: HttpRequest, profile: UUID, told: ChangedProfile) -> Any:
    """Of all its plans at once; running sessions get their new limits."""
    who, (name, limits) = caller(request), _told(told)
    row = rows.one(listed.all_profiles(who.operator), profile)
    change_with_sessions(by=who.by, now=timezone.now(), profile=row, name=name, limits=limits)
    return _profile(rows.one(listed.all_profiles(who.operator), profile))


def _told(told: NewProfile) -> tuple[str, Limits]:
    given = told.model_dump()
    return given.pop("name"), Limits(**given)


def _profile(row: Any) -> dict[str, Any]:
    plain = ("name", "download_bps", "upload_bps", "idle_timeout_seconds", "session_timeout_seconds")
    more = ("interim_seconds", "devices_max", "address_pool", "filter_id")
    return {"id": row.uuid} | {name: getattr(row, name) for name in (*plain, *more)}


def _plans(found: list[Any]) -> list[dict[str, Any]]:
    listed_at = listed.list_prices(found)
    return [_plan(row, listed_at.get(row.pk)) for row in found]


def _plan(row: Any, list_minor: int | None) -> dict[str, Any]:
    plain = ("name", "code", "payment", "measure", "amount", "for_devices", "quick_ticket", "self_service", "active")
    cycle = {"period": row.cycle_period, "count": row.cycle_count, "calendar": row.cycle_calendar}
    return {name: getattr(row, name) for name in plain} | {
        "id": row.uuid,
        "price": shapes.money(row.price_minor, row.currency),
        "list_price": shapes.money(list_minor, row.currency),
        "validity": {"kind": row.validity_kind, "amount": row.validity_amount, "unit": row.validity_unit},
        "cycle": cycle if row.cycle_period else None,
        "profile": row.profile.uuid,
        "created_at": row.created_at,
    }
