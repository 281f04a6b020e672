"""Gateways (NAS): add one, change it, see when it was heard last."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from hotgate.apps.messaging import silence
from hotgate.apps.network import logins
from hotgate.apps.usage import set_aside
from hotgate.domain.errors import DomainError
from hotgate.web.console.network.forms import AddForm, EditForm
from hotgate.web.shared import at_sites, seat
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.gateways import portal_secret
from hotgate.web.shared.list_page import list_page
from hotgate.web.shared.listing import Column, Filter, Shape
from hotgate.web.shared.lookup import found
from hotgate.web.shared.once import new_token, once
from hotgate.web.shared.seat import StaffRequest
from hotgate.web.shared.words import address

SHAPE = Shape(
    name="network",
    columns=(
        Column("name", _("Gateway"), "name"),
        Column("address", _("Address"), value=lambda row: address(row.address)),
        Column("maker", _("Maker"), "maker"),
        Column("kind", _("Kind"), "kind"),
        Column("site", _("Site"), "site__name"),
        Column("seen", _("Last heard"), value="last_seen_at"),
        Column("menu", ""),
    ),
    sort="name",
    search=lambda text: Q(name__icontains=text) | Q(identifier__icontains=text) | Q(address__startswith=text),
    chips={
        "off": Filter(_("Out of service"), Q(enabled=False), "state"),
        "quiet": Filter(_("Fell silent"), silence.IS_QUIET, "heard"),
        "silent": Filter(_("Never heard"), Q(last_seen_at=None), "heard"),
    },
)


def listing(request: StaffRequest) -> HttpResponseBase:
    rows = at_sites.nases(request.seat, Action.SEE_NETWORK).select_related("site").annotate(is_quiet=silence.IS_QUIET)
    return list_page(request, rows, SHAPE, "console/network/list.html")


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    known = {"address": request.GET.get("address", "")[:64], "coa_port": 3799}
    form = AddForm(request.seat.operator, request.POST or None, initial=known)
    return _saved(request, form, {"title": _("Add a NAS")})


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: StaffRequest, nas: UUID) -> HttpResponse:
    row = found(at_sites.nases(request.seat, Action.EDIT_NETWORK).select_related("site").filter(uuid=nas).first())
    form = EditForm(row, request.seat.operator, request.POST or None)
    arrive = reverse("arrive", args=[request.seat.operator.slug, row.uuid])
    shown = {
        "nas": row,
        "portal": f"{settings.ENVIRONMENT.public_url}{arrive}",
        "uamsecret": portal_secret(row),
        "logins": logins.login_addresses(row),
        "set_aside": set_aside.count_of(row),
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
    text = gettext("%(name)s is saved. A new secret counts within a second.")
    messages.success(request, text % {"name": saved.nas.name})
    if saved.warning:
        messages.warning(request, saved.warning[:1].upper() + saved.warning[1:] + ".")
    if form.cleaned_data.get("new_portal_secret"):  # it is read there
        return reverse("edit_nas", args=[saved.nas.uuid])
    return reverse("network")
