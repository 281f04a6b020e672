"""One of each thing that has a page, in each state with a form of its own; and what stands for a place of a route."""

from __future__ import annotations

import io
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from hotgate.apps.core import scope
from hotgate.apps.core import work as works
from web.office import Office, now

MAC = "02-00-00-00-00-99"
PLACE = re.compile(r"<\w+:(\w+)>")
THINGS = {("cards", "batch"): "card batch", ("heat-map", "plan"): "floor plan"}  # where a name alone leaves it open
Values = dict[str, list[Any]]


def furnish(client: Any, office: Office, day: Any) -> Values:
    """By the owner's own clicks where there is a form for it: place of a route → what may stand there."""
    _make_users(client, office, day)
    _make_tickets(client, office)
    _make_network(client, office)
    _make_settings(client, office)
    with scope.of(office.operator.id):
        values = _values(office, day)
    with scope.of(scope.PLATFORM):
        return values | {"seller": _below(office)}


def addresses(path: str, values: Values) -> list[str]:
    """Every address of a route: each of the things, at each of its places."""
    found = ["/" + path]
    for name in PLACE.findall(path):
        thing = THINGS.get((path.partition("/")[0], name), name)
        place = re.compile(rf"<\w+:{name}>")
        found = [place.sub(str(value), each) for each in found for value in values.get(thing, ())]
    return found


def _make_users(client: Any, office: Office, day: Any) -> None:
    hour = office.plans["1 hour"].uuid
    client.post(f"/users/{day.maria.uuid}/devices/", {"mac": MAC})
    client.post(f"/users/{day.bruno.uuid}/recharge/", {"plan": hour, "due": "open"})
    client.post(f"/users/{day.bruno.uuid}/data/restrict/")
    for content in (b"User name\nanna\n", b"User name\nben\n", b"Zimmer,Gast\n101,Ida\n"):
        client.post("/users/import/", {"file": SimpleUploadedFile("guests.csv", content)})
    with scope.of(office.operator.id):
        _import_first(client, office)


def _import_first(client: Any, office: Office) -> None:
    from hotgate.apps.subscribers import jobs
    from hotgate.apps.subscribers.importing.models import UserImport

    first = UserImport.objects.filter(operator=office.operator).earliest("id")
    client.post(f"/users/import/{first.uuid}/confirm/")
    jobs.import_users(first.id, office.operator.id, None)


def _make_tickets(client: Any, office: Office) -> None:
    hour = office.plans["1 hour"].uuid
    batch = {"length": "10", "characters": "clear", "avoid_look_alikes": "on", "check": "on", "size": "2",
             "plan": hour, "mode": "login"}  # fmt: skip
    client.post("/vouchers/generator/", batch)
    client.post(client.post("/vouchers/generator/", batch)["Location"] + "confirm/")
    client.post("/quick-ticket/", {"plan": hour, "first_name": "Ida", "last_name": "Bell"})
    client.post("/cards/new/", {"size": "2", "plan": hour})
    client.post("/profiles/new/", {"name": "Gold"})


def _make_network(client: Any, office: Office) -> None:
    from hotgate.apps.subscribers import services

    site = office.site.uuid
    client.post("/network/blocked/new/", {"mac": MAC, "reason": "spam"})
    client.post("/heat-map/new/", {"name": "Ground floor", "site": site, "picture": picture()})
    client.post("/heat-map/points/new/", {"name": "Pool", "mac": MAC, "site": site})
    with scope.of(office.operator.id):
        realm = services.default_realm(office.operator).uuid
    router = {"protocol": "rest", "tls": "off", "username": "hotgate", "password": "a long one", "realm": realm}
    client.post(f"/network/{office.nas.uuid}/router/", router | {"printer_field": "comment"})


def _make_settings(client: Any, office: Office) -> None:
    client.post("/settings/tokens/new/", {"name": "Desk", "role": "account_editor", "scopes": ["users:write"]})
    client.post(f"/settings/staff/{office.staff['support'].uuid}/deactivate/")
    below = {"name": "Bar Sport", "parent": office.operator.uuid, "currency": "EUR", "time_zone": "Europe/Rome"}
    client.post("/settings/operators/new/", below | {"language": "it", "country": "IT"})
    client.post("/operator/", {"operator": office.operator.uuid})


def _values(office: Office, day: Any) -> Values:
    from allauth.usersessions.models import UserSession

    from hotgate.apps.catalogue.models import ServiceProfile
    from hotgate.apps.network.models import AccessPoint, BlockedDevice, FloorPlan
    from hotgate.apps.operators.models import ApiToken, StaffRole
    from hotgate.apps.subscribers.importing.models import UserImport
    from hotgate.apps.subscribers.models import CardBatch, Realm, Sale
    from hotgate.apps.vouchers.models import Voucher, VoucherBatch

    def of(model: Any, field: str = "uuid", **more: Any) -> list[Any]:
        rows = model.objects.filter(operator=office.operator, **more)
        return list(rows.order_by("id").values_list(field, flat=True))

    owner = office.staff["owner"]
    begun = works.begin(
        now=now(), operator_id=office.operator.id, staff_id=owner.id, kind="voucher_batch", title="Codes", total=2
    )
    return {
        "user": [day.maria.uuid, day.bruno.uuid, day.carla.uuid],
        "voucher": [day.ticket.uuid, *of(Voucher, subscriber__isnull=False)],
        "session": [day.session.uuid, *UserSession.objects.filter(user=owner).values_list("id", flat=True)],
        "nas": of(_nas(), enabled=True),
        "plan": [office.plans["1 hour"].uuid, office.plans["20 GB a month"].uuid],
        "floor plan": of(FloorPlan),
        "point": of(AccessPoint),
        "batch": of(VoucherBatch),
        "card batch": of(CardBatch),
        "number": [1],
        "profile": of(ServiceProfile, name="Gold"),
        "realm": of(Realm),
        "row": of(BlockedDevice, "id"),
        "mac": [MAC],
        "sale": of(Sale, subscriber=day.bruno),
        "site": [office.site.uuid],
        "staff": [office.staff["cashier"].uuid, office.staff["support"].uuid],
        "role": list(StaffRole.objects.filter(staff=office.staff["cashier"]).values_list("id", flat=True)),
        "token": of(ApiToken),
        "draft": of(UserImport),
        "work": [begun.uuid],
        "paper": ["a4"],
    }


def _below(office: Office) -> list[Any]:
    from hotgate.apps.operators.models import Operator

    return list(Operator.objects.filter(parent=office.operator).values_list("uuid", flat=True))


def _nas() -> Any:
    from hotgate.apps.network.models import Nas

    return Nas


def picture() -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(written, "PNG")
    return SimpleUploadedFile("plan.png", written.getvalue())
