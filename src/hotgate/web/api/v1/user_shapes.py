"""Users as they are told and shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hotgate.apps.subscribers import listed
from hotgate.apps.subscribers.recharge import Due
from hotgate.domain.people import PersonField
from hotgate.web.api import shapes
from hotgate.web.api.paging import Wanted
from hotgate.web.api.shapes import Line, Moment, Money, Name, Page, Shown, Text, Told, TypedMoment
from hotgate.web.api.v1.entitlement_shapes import CYCLES, Cycles, Entitlement

Language = Annotated[str, Field(pattern="^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$", max_length=20)]
Password = Annotated[str, Field(max_length=128, json_schema_extra={"pattern": shapes.NO_ZERO})]
HoldName = Literal["staff", "unpaid"]


class Person(Told):
    """What is known about a person, beside name, phone and e-mail; a realm may require some of it."""

    company: Line | None = None
    street: Line | None = None
    postcode: Line | None = None
    city: Line | None = None
    country: Line | None = None
    birth_date: Line | None = None
    document: Line | None = None
    tax_number: Line | None = None
    room: Line | None = None


class NewUser(Told):
    name: Name | None = Field(None, description="What the guest types to log in. Left out: one is made.")
    password: Password | None = Field(None, description="8 characters or more. Left out: one is made.")
    display_name: Line = ""
    phone: Line = ""
    email: Line = ""
    language: Language = ""
    person: Person = Person()
    realm: UUID | None = Field(None, description="Left out: the first realm.")
    site: UUID | None = None
    plan: UUID | None = Field(None, description="A plan to give at once.")
    due: Due = Field(Due.OPEN, description="What becomes of the plan's price.")
    starts_at: TypedMoment | None = None
    cycles: Cycles | None = CYCLES


class ChangedUser(Told):
    """What is left out stays as it is."""

    name: Name | None = None
    display_name: Line | None = None
    phone: Line | None = None
    email: Line | None = None
    language: Language | None = None
    person: Person | None = None
    site: UUID | None = None


class NewPassword(Told):
    password: Password | None = Field(None, description="Left out: one is made.")


class NewHold(Told):
    kind: HoldName = "staff"
    reason: Text = ""
    until: TypedMoment | None = None


class Reason(Told):
    reason: Text = ""


class Credentials(Shown):
    username: str
    password: str = Field(description="Shown in this answer, and in its repetition by the same key only.")


class Hold(Shown):
    id: UUID
    kind: str
    reason: str
    until: Moment | None
    created_at: Moment


class User(Shown):
    id: UUID
    name: str
    kind: str
    created_via: str = Field(description="`api`, `console`, `card`, `import`, `voucher` …")
    display_name: str
    phone: str
    email: str
    language: str
    person: dict[str, str]
    realm: UUID
    site: UUID | None
    balance: Money | None
    holds: list[Hold] = Field(description="What stops the service; none: nothing does.")
    restricted: bool
    created_at: Moment


class Welcomed(Shown):
    user: User
    credentials: Credentials
    entitlement: Entitlement | None


class WantedUsers(Wanted):
    name: Line | None = Field(None, description="Exactly this name, whatever its case.")
    search: Annotated[Line, Field(min_length=3)] | None = Field(
        None, description="Those with this text in their name, person, phone or e-mail."
    )


class UserPage(Page):
    items: list[User]


class Disconnected(Shown):
    sessions: int = Field(description="How many running sessions are being ended.")


def person_of(told: Person) -> dict[str, str]:
    return {field: value for field, value in told.model_dump().items() if value}


def user(row: Any) -> dict[str, Any]:
    return users([row])[0]


def new_user(row: Any) -> dict[str, Any]:
    """Made just now, so nothing holds it."""
    return _user(row, {})


def users(rows: list[Any]) -> list[dict[str, Any]]:
    """With one query for the holds of all of them."""
    holds = listed.holds_of(rows)
    return [_user(row, holds) for row in rows]


def _user(row: Any, holds: Mapping[int, list[Any]]) -> dict[str, Any]:
    plain = ("name", "kind", "created_via", "display_name", "phone", "email", "language", "created_at")
    wallet = row.wallet
    return {name: getattr(row, name) for name in plain} | {
        "id": row.uuid,
        "person": {str(key): str(value) for key, value in row.person.items() if key in list(PersonField)},
        "realm": row.realm.uuid,
        "site": shapes.uuid_of(row.site),
        "balance": None if wallet is None else shapes.money(wallet.balance_minor or 0, wallet.currency),
        "holds": [_hold(each) for each in holds.get(row.pk, [])],
        "restricted": row.restricted_at is not None,
    }


def _hold(row: Any) -> dict[str, Any]:
    return {
        "id": row.uuid,
        "kind": row.kind,
        "reason": row.reason,
        "until": row.until,
        "created_at": row.created_at,
    }
