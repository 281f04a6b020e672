"""Who is online now, and ending a session."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from hotgate.apps.usage import queries, services
from hotgate.web.console.sessions import asks, flags
from hotgate.web.shared import asking, at_sites, seat
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.list_page import list_page
from hotgate.web.shared.listing import Bulk, Column, Shape
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest

ADDRESSES_MAX = 50  # earlier ones of a session


def _like(text: str) -> Q:
    wanted = Q()
    for field in ("user_name", "device", "nas__name", "acct_session_id"):
        wanted |= Q(**{f"{field}__icontains": text})
    return wanted


def _end_one(request: StaffRequest, row: Any) -> None:
    services.disconnect_session(by=seat.by(request), now=timezone.now(), session=row, reason="console")


def _ask_end(count: int) -> str:
    text = ngettext("End %(count)s session now?", "End %(count)s sessions now?", count)
    return text % {"count": count}


SHAPE = Shape(
    name="sessions",
    columns=(
        Column("user", _("User"), "user_name"),
        Column("plan", _("Plan"), value="entitlement__plan__name", is_hidden=True),
        Column("began", _("Online since"), "started_at"),
        Column("seconds", _("Seconds"), value="seconds", numeric=True, is_hidden=True),
        Column("device", _("Device"), value="device"),
        Column("ip", _("IP address"), value="framed_ip", is_hidden=True),
        Column("nas", _("Gateway"), "nas__name"),
        Column("down", _("Down"), "octets_out", numeric=True),
        Column("up", _("Up"), "octets_in", numeric=True),
        Column("menu", ""),
    ),
    sort="began",
    reverse=True,
    search=_like,
    named=lambda row: row.user_name or row.device or row.acct_session_id,
    actions=(Bulk("end", _("Disconnect"), Action.DISCONNECT, _end_one, _ask_end, is_dangerous=True),),
)


def listing(request: StaffRequest) -> HttpResponseBase:
    rows = at_sites.sessions(request.seat, Action.SEE_SESSIONS, queries.open_sessions(request.seat.operator))
    rows = rows.select_related("nas", "subscriber", "entitlement__plan")
    shown = {"asks": asking.offered(request, asks.OF_SESSIONS)}
    return list_page(request, rows, SHAPE, "console/sessions/list.html", live="console/sessions/live.html", shown=shown)


def one(request: StaffRequest, session: UUID) -> HttpResponse:
    rows = at_sites.sessions(request.seat, Action.SEE_SESSIONS, queries.sessions(request.seat.operator))
    rows = rows.select_related("subscriber", "nas", "entitlement__plan")
    row = found(rows.filter(uuid=session).first())
    shown = {
        "session": row,
        "end": asks.END,
        "odd": flags.words_of(row.flags),
        "addresses": row.addresses.order_by("-until")[:ADDRESSES_MAX],
    }
    return render(request, "console/sessions/one.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: StaffRequest, session: UUID) -> HttpResponse:
    """By GET it asks, as the list's dialog does."""
    rows = at_sites.sessions(request.seat, Action.DISCONNECT, queries.open_sessions(request.seat.operator))
    rows = rows.select_related("subscriber", "nas")
    row = found(rows.filter(uuid=session).first())
    if request.method != "POST":
        return asking.page(request, asks.END, row.user_name or row.device, reverse("sessions"))
    services.disconnect_session(by=seat.by(request), now=timezone.now(), session=row, reason="console")
    text = gettext("%(gateway)s is told to disconnect %(name)s.")
    messages.success(request, text % {"gateway": row.nas.name, "name": row.user_name or row.device})
    return redirect("sessions")
