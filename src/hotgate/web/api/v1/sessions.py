"""Sessions and their use."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from hotgate.apps.usage import figures, listed, services
from hotgate.web.api import shapes
from hotgate.web.api.access import caller
from hotgate.web.api.operations import act, read
from hotgate.web.api.paging import Order, Paged, Wanted, page
from hotgate.web.api.shapes import Moment, Page, Shown, Told
from hotgate.web.api.v1 import rows
from hotgate.web.api.v1.user_shapes import Reason
from hotgate.web.shared.authorization import Action

router = Router()
SESSIONS = "sessions"
NEWEST = Order("started_at", newest_first=True)


class Session(Shown):
    id: UUID
    user: UUID | None
    name: str = Field(description="As the gateway sent it; of a code all but the last four characters is masked.")
    nas: UUID
    entitlement: UUID | None = Field(description="Charged last.")
    device: str
    address: str | None
    started_at: Moment
    last_heard_at: Moment
    stopped_at: Moment | None = Field(description="null: it is running.")
    seconds: int
    octets_in: int = Field(description="From the client.")
    octets_out: int = Field(description="To the client.")
    terminate_cause: int | None = Field(description="RFC 2866 §5.10")
    estimated: bool


class WantedSessions(Wanted):
    running: bool | None = Field(None, description="true: only those that run; false: only those that ended.")


class SessionPage(Page):
    items: list[Session]


class Used(Shown):
    """What all sessions of a user come to."""

    sessions: int
    open_sessions: int
    seconds: int
    octets_in: int
    octets_out: int
    last_heard_at: Moment | None


class UsedOnDay(Shown):
    day: date = Field(description="Of the operator's calendar.")
    seconds: int
    octets_in: int
    octets_out: int


class UsedByDay(Shown):
    items: list[UsedOnDay]


class WantedDays(Told):
    days: int = Field(30, ge=1, le=366, description="So many, the last of them today.")


@read(router, "/sessions", SessionPage, action=Action.SEE_SESSIONS, resource=SESSIONS)
def list_sessions(request: HttpRequest, wanted: Annotated[WantedSessions, Query()]) -> Any:
    """Newest first."""
    found = listed.sessions(caller(request).operator)
    if wanted.running is not None:
        found = found.filter(open__isnull=not wanted.running)
    return page(found, wanted, sessions, NEWEST)


@read(router, "/sessions/{uuid:session}", Session, action=Action.SEE_SESSIONS, resource=SESSIONS)
def read_session(request: HttpRequest, session: UUID) -> Any:
    return _session(rows.one(listed.sessions(caller(request).operator), session))


@act(router, "/sessions/{uuid:session}/disconnect", Session, action=Action.DISCONNECT, resource=SESSIONS)
def disconnect_session(request: HttpRequest, session: UUID, told: Reason) -> Any:
    """The gateway is told within half a second; when it has answered, `stopped_at` says so."""
    who = caller(request)
    row = rows.one(listed.sessions(who.operator), session)
    services.disconnect_session(by=who.by, now=timezone.now(), session=row, reason=told.reason)
    return _session(row)


@read(router, "/users/{uuid:user}/sessions", SessionPage, action=Action.SEE_SESSIONS, resource=SESSIONS)
def list_sessions_of_user(request: HttpRequest, user: UUID, wanted: Paged) -> Any:
    who = caller(request)
    found = listed.sessions(who.operator).filter(subscriber=rows.person(who, user))
    return page(found, wanted, sessions, NEWEST)


@read(router, "/users/{uuid:user}/usage", Used, action=Action.SEE_SESSIONS, resource=SESSIONS)
def read_usage(request: HttpRequest, user: UUID) -> Any:
    return listed.used_by(rows.person(caller(request), user))


@read(router, "/users/{uuid:user}/usage/days", UsedByDay, action=Action.SEE_SESSIONS, resource=SESSIONS)
def read_usage_by_day(request: HttpRequest, user: UUID, wanted: Annotated[WantedDays, Query()]) -> Any:
    """Oldest first, days without use too."""
    person = rows.person(caller(request), user)
    return {"items": [day._asdict() for day in figures.figures(person, wanted.days, timezone.now()).days]}


def sessions(found: list[Any]) -> list[dict[str, Any]]:
    return [_session(row) for row in found]


def _session(row: Any) -> dict[str, Any]:
    plain = (
        *("device", "started_at", "last_heard_at", "stopped_at", "seconds", "octets_in", "octets_out"),
        *("terminate_cause", "estimated"),
    )
    return {name: getattr(row, name) for name in plain} | {
        "id": row.uuid,
        "user": shapes.uuid_of(row.subscriber),
        "name": row.user_name,
        "nas": row.nas.uuid,
        "entitlement": shapes.uuid_of(row.entitlement),
        "address": row.framed_ip,
    }
