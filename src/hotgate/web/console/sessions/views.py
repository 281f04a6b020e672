"""Who is online now, and ending a session."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from hotgate.apps.usage import queries, services
from hotgate.web.shared import seat
from hotgate.web.shared.listing import Column, Shape
from hotgate.web.shared.listing import listing as listed
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest


def _like(text: str) -> Q:
    wanted = Q()
    for field in ("user_name", "device", "nas__name", "acct_session_id"):
        wanted |= Q(**{f"{field}__icontains": text})
    return wanted


SHAPE = Shape(
    columns=(
        Column("user", "User", "user_name"),
        Column("began", "Online since", "started_at"),
        Column("device", "Device"),
        Column("nas", "Gateway", "nas__name"),
        Column("down", "Down", "octets_out", numeric=True),
        Column("up", "Up", "octets_in", numeric=True),
        Column("menu", ""),
    ),
    sort="began",
    reverse=True,
    search=_like,
)


def listing(request: StaffRequest) -> HttpResponse:
    rows = queries.open_sessions(request.seat.operator).select_related("nas", "subscriber", "entitlement__plan")
    template = "console/sessions/live.html" if request.htmx else "console/sessions/list.html"
    return render(request, template, {"listing": listed(request, rows, SHAPE), "here": request.get_full_path()})


@require_POST
def disconnect(request: StaffRequest, session: UUID) -> HttpResponse:
    rows = queries.open_sessions(request.seat.operator).select_related("subscriber", "nas")
    row = found(rows.filter(uuid=session).first())
    services.disconnect_session(by=seat.by(request), now=timezone.now(), session=row, reason="console")
    messages.success(request, f"{row.nas.name} is told to disconnect {row.user_name or row.device}.")
    return redirect("sessions")
