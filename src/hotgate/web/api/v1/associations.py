"""Which device was at which radio, as wireless controllers tell it (HN-30)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router
from pydantic import Field

from hotgate.apps.usage import controllers
from hotgate.domain import people
from hotgate.web.api import shapes
from hotgate.web.api.access import caller
from hotgate.web.api.operations import act, read
from hotgate.web.api.paging import Order, Wanted, page
from hotgate.web.api.shapes import Line, Moment, Page, Shown, Told, TypedMoment, Word
from hotgate.web.api.v1 import rows
from hotgate.web.shared.authorization import Action

router = Router()
AT_ONCE = 200
NEWEST = Order("began_at", newest_first=True)
Cause = Annotated[int, Field(ge=1, le=22)]
Dbm = Annotated[int, Field(ge=-200, le=100)]
MAC = "12 hexadecimal digits, whatever separates them."


class NewAssociation(Told):
    device: Line = Field(description=MAC, examples=["02-00-5E-10-00-01"])
    access_point: Line = Field(description=MAC, examples=["0A-11-22-33-44-55"])
    network: Word = Field("", description="SSID")
    began_at: TypedMoment
    ended_at: TypedMoment | None = Field(None, description="null: it is not over, or nobody told yet.")
    cause: Cause | None = Field(None, description="Why it ended: RFC 2866 §5.10.")
    signal_dbm: Dbm | None = None


class NewAssociations(Told):
    associations: Annotated[list[NewAssociation], Field(min_length=1, max_length=AT_ONCE)]


class Noted(Shown):
    kept: int = Field(description="Not kept: what was told twice here, and of gateways that keep no log.")


class Association(Shown):
    id: UUID
    device: str
    access_point: str
    network: str
    user: UUID | None = Field(description="Whose session the device had meanwhile, or whom it logs in by itself.")
    nas: UUID | None
    began_at: Moment
    ended_at: Moment | None
    cause: int | None
    signal_dbm: int | None


class WantedAssociations(Wanted):
    user: UUID | None = None


class AssociationPage(Page):
    items: list[Association]


@read(router, "/wifi-associations", AssociationPage, action=Action.SEE_ATTEMPTS, resource="network")
def list_associations(request: HttpRequest, wanted: Annotated[WantedAssociations, Query()]) -> Any:
    """Newest first."""
    who = caller(request)
    found = controllers.associations(who.operator)
    if wanted.user is not None:
        found = found.filter(subscriber=rows.named(rows.people(who), wanted.user, "user"))
    return page(found, wanted, lambda some: [_association(row) for row in some], NEWEST)


@act(router, "/wifi-associations", Noted, action=Action.EDIT_NETWORK, resource="network", status=201)
def note_associations(request: HttpRequest, told: NewAssociations) -> Any:
    """From a wireless controller, as they begin and again as they end: the same device, radio and `began_at` is one."""
    given = [controllers.Told(**each.model_dump()) for each in told.associations]
    kept = controllers.note_associations(now=timezone.now(), operator=caller(request).operator, told=given)
    return {"kept": kept}


def _association(row: Any) -> dict[str, Any]:
    plain = ("network", "began_at", "ended_at", "signal_dbm")
    return {name: getattr(row, name) for name in plain} | {
        "id": row.uuid,
        "device": people.mac_address(str(row.device)),
        "access_point": people.mac_address(str(row.access_point)),
        "user": shapes.uuid_of(row.subscriber),
        "nas": shapes.uuid_of(row.nas),
        "cause": row.terminate_cause,
    }
