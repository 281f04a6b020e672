"""One user: the figures of a period, what is held and what is left, and why a login would be accepted or not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hotgate.apps.messaging import queries as messaging
from hotgate.apps.subscribers import queries, readable
from hotgate.apps.usage import queries as usage
from hotgate.apps.usage import services
from hotgate.domain import people
from hotgate.domain.accounting import OrderKind
from hotgate.web.console.users.finding import user_of
from hotgate.web.console.users.forms import HoldForm
from hotgate.web.console.users.menu import menu_of
from hotgate.web.console.users.panels import panels_of
from hotgate.web.console.users.people_fields import FIELD_LABELS
from hotgate.web.console.users.tiles import days_of, tiles_of
from hotgate.web.shared import seat
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.lookup import found
from hotgate.web.shared.once import new_token
from hotgate.web.shared.seat import StaffRequest

TOLD_FOR = timedelta(minutes=10)  # so long a page says what became of a Disconnect
SALES_SHOWN = 5
SALE_COLUMNS = ("uuid", "at", "state", "price_minor", "currency", "plan__name", "nas__name", "operator__name")
MESSAGES_SHOWN = 5


class Device(NamedTuple):
    mac: str
    is_bound: bool  # logs in by itself
    is_random: bool


class Ending(NamedTuple):
    gateway: str
    state: str  # asked, ended, unreachable, refused


@require_GET
def one(request: StaffRequest, user: UUID) -> HttpResponse:
    row, now = found(queries.shown_subscriber(request.seat.operator, user)), timezone.now()
    reach = usage.reach(row)
    shown = panels_of(row, now) | tiles_of(row, days_of(request.GET.get("days", "")), now)
    context = {
        "user_row": row,
        "menu": menu_of(request.seat, row, reach),
        "origin": _(people.ORIGIN_LABELS.get(row.created_via, row.created_via)),
        "person": [(_label(field), row.person[field]) for field in people.PersonField if row.person.get(field)],
        "devices": devices_of(row, shown["sessions"]),
        "card": queries.card_of(row),
        "is_readable": readable.is_kept(row),
        "sales": _sales(request, row),
        "told": messaging.messages_to(row)[:MESSAGES_SHOWN],
        "reach": reach,
        "endings": endings_of(row),
        "hold": HoldForm(),
        "once": new_token(),
    }
    return render(request, "console/users/one.html", shown | context)


@require_GET
def ending(request: StaffRequest, user: UUID) -> HttpResponse:
    """The part of the page that says what became of a Disconnect, until that is known."""
    row = user_of(request, user)
    endings = endings_of(row)
    response = render(request, "console/users/ending.html", {"user_row": row, "endings": endings})
    if request.htmx and all(each.state != "asked" for each in endings):
        response["HX-Refresh"] = "true"  # the sessions below have changed as well
    return response


@require_POST
def disconnect(request: StaffRequest, user: UUID) -> HttpResponse:
    """An order for each session; the answer of the gateway, or its silence, is told on the page (HN-14, HN-15)."""
    row = user_of(request, user)
    if usage.reach(row).sessions:
        services.put_orders(by=seat.by(request), now=timezone.now(), subscriber=row, kind=OrderKind.DISCONNECT)
    else:
        messages.warning(request, _("Nobody to disconnect: the user is not online, or the gateway takes no orders."))
    return redirect("user", user)


def devices_of(subscriber: Any, sessions: Any) -> list[Device]:
    """Those that log in by themselves, then those that were seen."""
    bound = queries.bound_macs(subscriber)
    seen = [mac for mac in (people.mac_address(each.device) for each in sessions) if mac]
    return [Device(mac, mac in bound, people.is_random_mac(mac)) for mac in dict.fromkeys([*bound, *seen])]


def endings_of(subscriber: Any) -> list[Ending]:
    rows = usage.endings(subscriber, timezone.now() - TOLD_FOR)
    return [Ending(row.session.nas.name, _became(row)) for row in rows]


def _became(order: Any) -> str:
    session = order.session
    if session.stopped_at is not None:
        return "unreachable" if session.closed_locally else "ended"
    return "asked" if order.settled_at is None else "refused"


def _sales(request: StaffRequest, subscriber: Any) -> Any:
    """The newest; for those who only take the money, what is still to be paid."""
    rows = queries.sales(subscriber).only(*SALE_COLUMNS)
    if request.seat.may(Action.SEE_SALES):
        return rows[:SALES_SHOWN]
    return rows.filter(state="open")[:SALES_SHOWN] if request.seat.may(Action.RECHARGE) else []


def _label(field: people.PersonField) -> str:
    return str(FIELD_LABELS[field])
