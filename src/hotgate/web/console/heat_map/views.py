"""Where a user was last, and how many connect where: access points and gateways on floor plans (HN-17)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET

from hotgate.apps.network import places
from hotgate.apps.subscribers import queries as subscribers
from hotgate.apps.usage import associations
from hotgate.domain import people
from hotgate.web.console.heat_map.editing import REMOVE
from hotgate.web.shared import asking, at_sites
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest

PERIODS = {"1": 1, "7": 7, "30": 30}  # days


class Shown(NamedTuple):
    point: Any
    mac: str
    connections: int
    online: int
    is_last: bool


@require_GET
def page(request: StaffRequest, plan: UUID | None = None) -> HttpResponse:
    plans = list(request.seat.within(Action.SEE_SESSIONS, places.plans(request.seat.operator)))
    seen = _seen(request)
    chosen = _chosen(plans, plan, seen)
    days = PERIODS.get(request.GET.get("days", ""), 1)
    points = _points(request, seen, days)
    here = [each for each in points if chosen is not None and each.point.plan_id == chosen.id]
    shown = {
        "plans": plans,
        "plan": chosen,
        "seen": seen,
        "points": points,
        "days": days,
        "periods": list(PERIODS.values()),
        "asked": _asked(request),
        "map": _map(chosen, here, request.seat.may(Action.EDIT_NETWORK)) if chosen else None,
        "asks": asking.offered(request, {"remove-point": REMOVE}),
        "gateways": _unplaced_gateways(request, points),
    }
    return render(request, "console/heat_map/page.html", shown)


@require_GET
@cache_control(private=True, max_age=3600)
def picture(request: StaffRequest, plan: UUID) -> HttpResponse:
    rows = request.seat.within(Action.SEE_SESSIONS, places.plans(request.seat.operator))
    png = found(places.picture(found(rows.filter(uuid=plan).first())))
    answer = HttpResponse(png, content_type="image/png")
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _seen(request: StaffRequest) -> associations.Seen | None:
    """Of the user, or of the session, that the address names; another operator's is 404."""
    operator = request.seat.operator
    if user := _uuid(request.GET.get("user", "")):
        return associations.last_of(found(subscribers.subscribers(operator).filter(uuid=user).first()))
    if session := _uuid(request.GET.get("session", "")):
        rows = at_sites.sessions(request.seat, Action.SEE_SESSIONS, associations.connections(operator))
        return associations.seen_in(found(rows.filter(uuid=session).first()))
    return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _chosen(plans: list[Any], plan: UUID | None, seen: associations.Seen | None) -> Any:
    """The plan of the address; else where the user was; else the first there is."""
    if plan is not None:
        return found(next((each for each in plans if each.uuid == plan), None))
    last = seen.point.plan_id if seen and seen.point else None
    return next((each for each in plans if each.id == last), plans[0] if plans else None)


def _points(request: StaffRequest, seen: associations.Seen | None, days: int) -> list[Shown]:
    rows = list(request.seat.within(Action.SEE_SESSIONS, places.points(request.seat.operator)))
    told = associations.density(request.seat.operator, rows, timezone.now() - timedelta(days=days))
    last = seen.point.id if seen and seen.point else None
    return [
        Shown(
            row,
            people.mac_address(str(row.mac)) or "" if row.mac else "",
            told.connections[row.id],
            told.online[row.id],
            row.id == last,
        )
        for row in rows
    ]


def _map(plan: Any, points: list[Shown], may_move: bool) -> dict[str, Any]:
    """What the script reads from the element of the map."""
    told = [
        {
            "name": each.point.name,
            "x": each.point.x,
            "y": each.point.y,
            "weight": each.connections,
            "last": each.is_last,
            "form": f"place-{each.point.uuid}",
        }
        for each in points
    ]
    href = reverse("floor_plan_picture", args=[plan.uuid]) if plan.width else ""
    return {"picture": href, "points": json.dumps(told), "may_move": may_move}


def _unplaced_gateways(request: StaffRequest, points: list[Shown]) -> list[Any]:
    known = {each.point.nas_id for each in points}
    return [each for each in at_sites.nases(request.seat, Action.SEE_SESSIONS) if each.id not in known]


def _asked(request: StaffRequest) -> str:
    """What the links keep."""
    kept = [(name, request.GET[name]) for name in ("user", "session") if _uuid(request.GET.get(name, ""))]
    return "".join(f"&{name}={value}" for name, value in kept)
