"""Gateways (NAS): add one, change it, see when it was heard last."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from hotgate.apps.network import logins, queries
from hotgate.domain.errors import DomainError
from hotgate.web.console.network.forms import AddForm, EditForm
from hotgate.web.shared import seat
from hotgate.web.shared.gateways import portal_secret
from hotgate.web.shared.listing import Column, Shape
from hotgate.web.shared.listing import listing as listed
from hotgate.web.shared.lookup import found
from hotgate.web.shared.once import new_token, once
from hotgate.web.shared.seat import StaffRequest

SHAPE = Shape(
    columns=(
        Column("name", "Gateway", "name"),
        Column("address", "Address"),
        Column("maker", "Maker", "maker"),
        Column("site", "Site", "site__name"),
        Column("seen", "Last heard"),
    ),
    sort="name",
    search=lambda text: Q(name__icontains=text) | Q(identifier__icontains=text) | Q(address__startswith=text),
)


def listing(request: StaffRequest) -> HttpResponse:
    rows = queries.nases(request.seat.operator).select_related("site")
    return render(request, "console/network/list.html", {"listing": listed(request, rows, SHAPE)})


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    known = {"address": request.GET.get("address", "")[:64], "coa_port": 3799}
    form = AddForm(request.seat.operator, request.POST or None, initial=known)
    return _saved(request, form, {"title": "Add a NAS"})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: StaffRequest, nas: UUID) -> HttpResponse:
    row = found(queries.nases(request.seat.operator).select_related("site").filter(uuid=nas).first())
    form = EditForm(row, request.seat.operator, request.POST or None)
    address = reverse("arrive", args=[request.seat.operator.slug, row.uuid])
    shown = {
        "nas": row,
        "portal": f"{settings.ENVIRONMENT.public_url}{address}",
        "uamsecret": portal_secret(row),
        "logins": logins.login_addresses(row),
    }
    return _saved(request, form, {"title": row.name, **shown})


def _saved(request: StaffRequest, form: AddForm | EditForm, shown: dict[str, object]) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, lambda: _save(request, form)))
        except DomainError as error:
            form.add_domain_error(error)
    status = 422 if form.is_bound else 200
    return render(request, "console/network/edit.html", {"form": form, "once": new_token(), **shown}, status=status)


def _save(request: StaffRequest, form: AddForm | EditForm) -> str:
    saved = form.save(seat.by(request), timezone.now())
    messages.success(request, f"{saved.nas.name} is saved. A new secret counts within a second.")
    if saved.warning:
        messages.warning(request, saved.warning[:1].upper() + saved.warning[1:] + ".")
    if form.cleaned_data.get("new_portal_secret"):  # it is read there
        return reverse("edit_nas", args=[saved.nas.uuid])
    return reverse("network")
