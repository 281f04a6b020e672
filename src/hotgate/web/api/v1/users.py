"""Users: create with credentials, read, change, hold and release, disconnect, erase."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from hotgate.apps.messaging import erasing as messaging
from hotgate.apps.subscribers import editing, listed, queries, services, welcome
from hotgate.apps.usage import services as usage
from hotgate.domain.accounting import OrderKind
from hotgate.domain.subscriber import HoldKind
from hotgate.web.api.access import caller
from hotgate.web.api.operations import act, change, read, remove
from hotgate.web.api.paging import page
from hotgate.web.api.v1 import rows, user_shapes
from hotgate.web.api.v1.entitlement_shapes import new_entitlement
from hotgate.web.api.v1.user_shapes import (
    ChangedUser,
    Credentials,
    Disconnected,
    NewHold,
    NewPassword,
    NewUser,
    Reason,
    User,
    UserPage,
    WantedUsers,
    Welcomed,
)
from hotgate.web.shared.authorization import Action

router = Router()
USERS = "users"


@read(router, "/users", UserPage, action=Action.SEE_USERS, resource=USERS)
def list_users(request: HttpRequest, wanted: Annotated[WantedUsers, Query()]) -> Any:
    people = listed.people(caller(request).operator)
    if wanted.name is not None:
        one = queries.subscriber_named(caller(request).operator, wanted.name)
        people = people.filter(id=one.pk) if one else people.none()
    if wanted.search is not None:
        people = people.filter(queries.containing(wanted.search))
    return page(people, wanted, user_shapes.users)


@act(router, "/users", Welcomed, action=Action.EDIT_USERS, resource=USERS, status=201)
def create_user(request: HttpRequest, told: NewUser) -> Any:
    """A guest in one call: with name and password made where none are sent, and with a plan where one is named."""
    who, now = caller(request), timezone.now()
    made = welcome.welcome_subscriber(
        by=who.by,
        now=now,
        operator=who.operator,
        name=told.name or "",
        password=told.password or "",
        plan=rows.plan(who, told.plan),
        due=told.due,
        starts_at=told.starts_at,
        cycles=told.cycles,
        realm=rows.realm(who, told.realm),
        site=rows.site(who, told.site),
        display_name=told.display_name,
        phone=told.phone,
        email=told.email,
        language=told.language,
        person=user_shapes.person_of(told.person),
        created_via="api",
    )
    return {
        "user": user_shapes.new_user(made.subscriber),
        "credentials": {"username": made.subscriber.name, "password": made.password},
        "entitlement": new_entitlement(made.entitlement, now) if made.entitlement else None,
    }


@read(router, "/users/{uuid:user}", User, action=Action.SEE_USERS, resource=USERS)
def read_user(request: HttpRequest, user: UUID) -> Any:
    return user_shapes.user(rows.person(caller(request), user))


@change(router, "/users/{uuid:user}", User, action=Action.EDIT_USERS, resource=USERS)
def change_user(request: HttpRequest, user: UUID, told: ChangedUser) -> Any:
    """What is left out stays; of `person` a field that is null goes away."""
    who = caller(request)
    row = rows.person(who, user)
    sent = told.model_fields_set
    kept = {key: str(value) for key, value in row.person.items()}
    person = kept | told.person.model_dump(exclude_unset=True) if told.person else kept
    plain = {
        name: getattr(told, name) if getattr(told, name) is not None else getattr(row, name)
        for name in ("name", "display_name", "phone", "email", "language")
    }
    editing.correct_subscriber(
        by=who.by,
        now=timezone.now(),
        subscriber=row,
        site=rows.site(who, told.site) if "site" in sent else row.site,
        person={key: value for key, value in person.items() if value},
        **plain,
    )
    return user_shapes.user(row)


@act(router, "/users/{uuid:user}/password", Credentials, action=Action.EDIT_USERS, resource=USERS)
def renew_password(request: HttpRequest, user: UUID, told: NewPassword) -> Any:
    who = caller(request)
    row = rows.person(who, user)
    password = welcome.renew_password(by=who.by, now=timezone.now(), subscriber=row, password=told.password or "")
    return {"username": row.name, "password": password}


@act(router, "/users/{uuid:user}/hold", User, action=Action.EDIT_USERS, resource=USERS)
def hold_user(request: HttpRequest, user: UUID, told: NewHold) -> Any:
    """Stops the service, and running sessions, until it is released or `until` has come."""
    who = caller(request)
    row = rows.person(who, user)
    services.place_hold(
        by=who.by,
        now=timezone.now(),
        subscriber=row,
        kind=HoldKind(told.kind),
        reason=told.reason,
        until=told.until,
    )
    return user_shapes.user(row)


@act(router, "/users/{uuid:user}/release", User, action=Action.EDIT_USERS, resource=USERS)
def release_user(request: HttpRequest, user: UUID, told: Reason) -> Any:
    """Every hold by staff or for money; a cap holds until its cycle ends."""
    who = caller(request)
    row = rows.person(who, user)
    for hold in queries.open_holds(row).exclude(kind=HoldKind.CAP):
        services.release_hold(by=who.by, now=timezone.now(), hold=hold, reason=told.reason)
    return user_shapes.user(row)


@act(router, "/users/{uuid:user}/disconnect", Disconnected, action=Action.DISCONNECT, resource=USERS)
def disconnect_user(request: HttpRequest, user: UUID, told: Reason) -> Any:
    """Ends every running session; who still holds something may log in again."""
    who = caller(request)
    count = usage.put_orders(
        by=who.by,
        now=timezone.now(),
        subscriber=rows.person(who, user),
        kind=OrderKind.DISCONNECT,
        reason=told.reason,
    )
    return {"sessions": count}


@remove(router, "/users/{uuid:user}", action=Action.MANAGE_DATA, resource=USERS)
def erase_user(request: HttpRequest, user: UUID) -> None:
    """Takes the person out of everything that is kept, for good; sums in the books stay and name nobody.

    A user who is online is not erased: disconnect first.
    """
    who = caller(request)
    messaging.erase_subscriber(by=who.by, now=timezone.now(), subscriber=rows.person(who, user))
