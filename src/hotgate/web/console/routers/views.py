"""Users that a printer or a program made on a router (HN-10, HN-11): how it is read, and what was found."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hotgate.apps.subscribers.routers import queries, services
from hotgate.domain.errors import DomainError
from hotgate.web.console.routers.forms import RouterForm
from hotgate.web.shared import at_sites, seat
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest

SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: StaffRequest, nas: UUID) -> HttpResponse:
    row = _nas(request, nas)
    source = queries.source_of(row)
    form = RouterForm(request.seat.operator, source, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            form.save(seat.by(request), timezone.now(), row)
            services.read_soon(row)
            messages.success(request, _("Saved. The router is asked now; look again in a moment."))
            return redirect("router", nas)
        except DomainError as error:
            form.add_domain_error(error)
    shown = {"nas": row, "source": source, "form": form, "met": queries.users_of(row)[:SHOWN]}
    return render(request, "console/routers/page.html", shown, status=422 if form.is_bound else 200)


@require_POST
def read(request: StaffRequest, nas: UUID) -> HttpResponse:
    row = _nas(request, nas)
    found(queries.source_of(row))
    services.read_soon(row)
    messages.success(request, _("The router is asked now; look again in a moment."))
    return redirect("router", nas)


@require_POST
def remove(request: StaffRequest, nas: UUID) -> HttpResponse:
    row = _nas(request, nas)
    services.remove_source(by=seat.by(request), now=timezone.now(), nas=row)
    messages.success(request, _("The router is read no more. Its users stay."))
    return redirect("edit_nas", nas)


def _nas(request: StaffRequest, own: UUID) -> Any:
    return found(at_sites.nases(request.seat, Action.EDIT_NETWORK).filter(uuid=own).first())
