"""Floor plans and access points: add, place, remove."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from hotgate.apps.network import pictures, places
from hotgate.apps.operators import queries as operators
from hotgate.domain.errors import DomainError
from hotgate.web.console.heat_map.forms import PlaceForm, PlanForm, PointForm
from hotgate.web.shared import asking, at_sites, seat
from hotgate.web.shared.asking import Ask
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest

PAGE = require_http_methods(["GET", "HEAD", "POST"])
REMOVE = Ask(
    Action.EDIT_NETWORK,
    gettext_lazy("Remove this access point?"),
    gettext_lazy("It goes from the map and from this list. The logs keep what was heard at it."),
    gettext_lazy("Remove"),
)


@PAGE
def add_plan(request: StaffRequest) -> HttpResponse:
    form = PlanForm(_sites(request), request.POST or None, request.FILES or None)

    def act() -> Any:
        given = form.cleaned_data
        file = given["picture"]
        image = file.read(pictures.OCTETS_MAX + 1) if file else None
        words = {"operator": request.seat.operator, "site": given["site"], "name": given["name"], "image": image}
        return places.add_plan(by=seat.by(request), now=timezone.now(), **words)

    return _saved(request, form, act, "console/heat_map/plan.html")


@PAGE
def add_point(request: StaffRequest) -> HttpResponse:
    form = PointForm(_sites(request), request.POST or None, initial={"mac": request.GET.get("mac", "")[:40]})

    def act() -> Any:
        places.add_point(by=seat.by(request), now=timezone.now(), operator=request.seat.operator, **form.cleaned_data)

    return _saved(request, form, act, "console/heat_map/point.html")


@require_POST
def add_gateway(request: StaffRequest, nas: UUID) -> HttpResponse:
    row = found(at_sites.nases(request.seat, Action.EDIT_NETWORK).filter(uuid=nas).first())
    places.point_of_nas(by=seat.by(request), now=timezone.now(), nas=row)
    return redirect("heat_map")


@require_POST
def place(request: StaffRequest, point: UUID) -> HttpResponse:
    row, form = _point(request, point), PlaceForm(request.POST)
    if not form.is_valid() or (form.cleaned_data["plan"] and None in (form.cleaned_data["x"], form.cleaned_data["y"])):
        messages.error(request, _("Give the place as two numbers."))
        return redirect("heat_map")
    given = form.cleaned_data
    plan = _plan(request, given["plan"]) if given["plan"] else None
    try:
        places.place(
            by=seat.by(request), now=timezone.now(), point=row, plan=plan, x=given["x"] or 0.0, y=given["y"] or 0.0
        )
        messages.success(request, _("%(name)s was placed.") % {"name": row.name})
    except DomainError as error:
        messages.error(request, _(error.text))
    return redirect("floor_plan", plan.uuid) if plan else redirect("heat_map")


@PAGE
def remove_point(request: StaffRequest, point: UUID) -> HttpResponse:
    """By GET it asks, as the dialog of the page does."""
    row = _point(request, point)
    if request.method != "POST":
        return asking.page(request, REMOVE, row.name, reverse("heat_map"))
    places.remove_point(by=seat.by(request), now=timezone.now(), point=row)
    messages.success(request, _("It was removed."))
    return redirect("heat_map")


@require_POST
def remove_plan(request: StaffRequest, plan: UUID) -> HttpResponse:
    places.remove_plan(by=seat.by(request), now=timezone.now(), plan=_plan(request, plan))
    messages.success(request, _("It was removed."))
    return redirect("heat_map")


def _saved(request: StaffRequest, form: Any, act: Callable[[], Any], template: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            made = act()
            messages.success(request, _("Saved."))
            return redirect("floor_plan", made.uuid) if made else redirect("heat_map")
        except DomainError as error:
            form.add_domain_error(error)
    return render(request, template, {"form": form}, status=422 if form.is_bound else 200)


def _sites(request: StaffRequest) -> Any:
    return request.seat.within(Action.EDIT_NETWORK, operators.sites(request.seat.operator), "id")


def _plan(request: StaffRequest, plan: UUID) -> Any:
    rows = request.seat.within(Action.EDIT_NETWORK, places.plans(request.seat.operator))
    return found(rows.filter(uuid=plan).first())


def _point(request: StaffRequest, point: UUID) -> Any:
    rows = request.seat.within(Action.EDIT_NETWORK, places.points(request.seat.operator))
    return found(rows.filter(uuid=point).first())
