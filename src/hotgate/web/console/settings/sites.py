"""Sites: where service is offered."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hotgate.apps.operators import queries, services
from hotgate.domain.errors import DomainError
from hotgate.web.console.settings.forms import ZONES, SiteForm
from hotgate.web.shared import seat
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.listing import Column, Shape
from hotgate.web.shared.listing import listing as listed
from hotgate.web.shared.lookup import found
from hotgate.web.shared.rows import Site
from hotgate.web.shared.seat import StaffRequest

FIELDS = ("name", "time_zone", "language", "commercial_mode")
SHAPE = Shape(
    columns=(
        Column("name", gettext_lazy("Site"), "name"),
        Column("mode", gettext_lazy("Commercial mode")),
        Column("zone", gettext_lazy("Time zone")),
        Column("language", gettext_lazy("Language")),
    ),
    sort="name",
    search=lambda text: Q(name__icontains=text),
)


def listing(request: StaffRequest) -> HttpResponse:
    rows = request.seat.within(Action.SEE_SITES, queries.sites(request.seat.operator), "id")
    return render(request, "console/settings/sites.html", {"listing": listed(request, rows, SHAPE)})


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    return _saved(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: StaffRequest, site: UUID) -> HttpResponse:
    rows = request.seat.within(Action.EDIT_SITES, queries.sites(request.seat.operator), "id")
    return _saved(request, found(rows.filter(uuid=site).first()))


def _saved(request: StaffRequest, row: Site | None) -> HttpResponse:
    known = {name: getattr(row, name) for name in FIELDS} if row else {}
    form = SiteForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            _save(request, row, form)
            messages.success(request, _("Saved."))
            return redirect("sites")
        except DomainError as error:
            form.add_domain_error(error)
    shown = {"form": form, "site": row, "zones": ZONES}
    return render(request, "console/settings/site.html", shown, status=422 if form.is_bound else 200)


def _save(request: StaffRequest, row: Site | None, form: SiteForm) -> None:
    by, now = seat.by(request), timezone.now()
    if row is None:
        services.create_site(by=by, now=now, operator=request.seat.operator, **form.terms())
    else:
        services.update_site(by=by, now=now, site=row, **form.terms())
