"""Devices that log their user in by a MAC address."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Path, Router
from pydantic import Field

from hotgate.apps.subscribers import devices, listed
from hotgate.apps.usage import personal_data
from hotgate.domain import people
from hotgate.web.api.access import caller
from hotgate.web.api.operations import act, read, remove
from hotgate.web.api.shapes import Line, Moment, Shown, Told
from hotgate.web.api.v1 import rows
from hotgate.web.shared.authorization import Action

router = Router()
USERS = "users"


class NewDevice(Told):
    mac: Line = Field(description="12 hexadecimal digits, whatever separates them.", examples=["02-00-5E-10-00-01"])


class Device(Shown):
    mac: str
    created_at: Moment


class Devices(Shown):
    items: list[Device]


@read(router, "/users/{uuid:user}/devices", Devices, action=Action.SEE_USERS, resource=USERS)
def list_devices(request: HttpRequest, user: UUID) -> Any:
    return {"items": _devices(rows.person(caller(request), user))}


@act(router, "/users/{uuid:user}/devices", Devices, action=Action.EDIT_USERS, resource=USERS, status=201)
def bind_device(request: HttpRequest, user: UUID, told: NewDevice) -> Any:
    """From now on the device logs its user in by itself, where gateway and plan allow it."""
    who = caller(request)
    row = rows.person(who, user)
    devices.bind_device(by=who.by, now=timezone.now(), subscriber=row, mac=told.mac)
    return {"items": _devices(row)}


@remove(router, "/users/{uuid:user}/devices/{mac}", action=Action.EDIT_USERS, resource=USERS)
def part_device(request: HttpRequest, user: UUID, mac: Annotated[Line, Path()]) -> None:
    """Its sessions are ended. Of a user that is only a device nothing else is left, so the user goes with it."""
    who = caller(request)
    row, address = rows.person(who, user), people.mac_address(mac)
    if address is None or address not in {each["mac"] for each in _devices(row)}:
        raise Http404
    personal_data.disassociate(by=who.by, now=timezone.now(), subscriber=row, mac=address)


def _devices(row: Any) -> list[dict[str, Any]]:
    return [{"mac": mac, "created_at": at} for mac, at in listed.devices(row)]
