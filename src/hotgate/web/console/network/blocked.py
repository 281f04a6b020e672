"""Devices that nobody can log in with."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from hotgate.apps.network import blocking
from hotgate.apps.usage import services
from hotgate.domain import people
from hotgate.domain.errors import DomainError
from hotgate.web.shared import seat
from hotgate.web.shared.forms import ConsoleForm
from hotgate.web.shared.list_page import list_page
from hotgate.web.shared.listing import Column, Shape
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest

SHAPE = Shape(
    name="blocked",
    columns=(
        Column("mac", gettext_lazy("Device"), value=lambda row: people.mac_address(str(row.mac))),
        Column("since", gettext_lazy("Blocked since"), "created_at"),
        Column("reason", gettext_lazy("Reason"), value="reason"),
        Column("menu", ""),
    ),
    sort="since",
    reverse=True,
)


class BlockForm(ConsoleForm):
    mac = forms.CharField(max_length=40, label=gettext_lazy("MAC address"))
    reason = forms.CharField(max_length=blocking.REASON_MAX, required=False, label=gettext_lazy("Reason"))


def listing(request: StaffRequest) -> HttpResponseBase:
    return list_page(request, blocking.blocked(request.seat.operator), SHAPE, "console/network/blocked.html")


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    form = BlockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.block_device(
                by=seat.by(request), now=timezone.now(), operator=request.seat.operator, **form.cleaned_data
            )
            messages.success(request, _("The device is blocked."))
            return redirect("blocked_devices")
        except DomainError as error:
            form.add_domain_error(error)
    return render(request, "console/network/block.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
def unblock(request: StaffRequest, row: int) -> HttpResponse:
    wanted = found(blocking.blocked(request.seat.operator).filter(id=row).first())
    blocking.unblock(by=seat.by(request), now=timezone.now(), row=wanted)
    messages.success(request, _("The device may log in again."))
    return redirect("blocked_devices")
