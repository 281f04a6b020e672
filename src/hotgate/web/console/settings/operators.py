"""The operator one works for, and those below it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from hotgate.apps.core import scope
from hotgate.apps.operators import queries, services
from hotgate.domain.errors import DomainError
from hotgate.web.console.settings.forms import ZONES, NewOperatorForm, PlaceForm
from hotgate.web.shared import seat
from hotgate.web.shared.authorization import Action, may
from hotgate.web.shared.seat import CHOSEN, StaffRequest

PLACE = ("name", "time_zone", "language", "country")


@require_GET
def settings(request: StaffRequest) -> HttpResponse:
    return redirect("edit_operator" if request.seat.may(Action.EDIT_OPERATOR) else "own_sessions")


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: StaffRequest) -> HttpResponse:
    operator = request.seat.operator
    form = PlaceForm(request.POST or None, initial={name: getattr(operator, name) for name in PLACE})
    if request.method == "POST" and form.is_valid():
        try:
            services.update_operator(by=seat.by(request), now=timezone.now(), operator=operator, **form.cleaned_data)
            messages.success(request, _("Saved."))
            return redirect("edit_operator")
        except DomainError as error:
            form.add_domain_error(error)
    shown = {"form": form, "zones": ZONES, "operator": operator}
    return render(request, "console/settings/operator.html", shown, status=422 if form.is_bound else 200)


@require_GET
def listing(request: StaffRequest) -> HttpResponse:
    return render(request, "console/settings/operators.html", {"tree": _tree(request), "terms": _with_terms(request)})


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    mine = [each.id for each in request.seat.choices if _may_make_below(request, each.id)]
    here = request.seat.operator
    known = {"time_zone": here.time_zone, "language": here.language, "country": here.country}
    with scope.widened(scope.PLATFORM):
        choices = queries.operators().filter(id__in=mine)
        form = NewOperatorForm(choices, request.POST or None, initial=known | {"currency": here.currency})
        is_valid = form.is_valid() if request.method == "POST" else False
    if is_valid:
        try:
            made = services.create_operator(by=seat.by(request), now=timezone.now(), **form.cleaned_data)
            request.session[CHOSEN] = str(made.uuid)
            messages.success(request, _("%(name)s is there. You work for it now.") % {"name": made.name})
            return redirect("sites")
        except DomainError as error:
            form.add_domain_error(error)
    with scope.widened(scope.PLATFORM):  # the page looks the choices up as it is written
        shown = {"form": form, "zones": ZONES}
        return render(request, "console/settings/operator_new.html", shown, status=422 if form.is_bound else 200)


def _may_make_below(request: StaffRequest, operator_id: int) -> bool:
    held = request.seat.standing.get(operator_id, frozenset())
    return may([each.role for each in held], Action.MAKE_OPERATORS)


def _with_terms(request: StaffRequest) -> set[int]:
    """Those that buy from an operator where this person may make others."""
    return {each.id for each in request.seat.choices if each.parent_id and _may_make_below(request, each.parent_id)}


def _tree(request: StaffRequest) -> list[tuple[int, object]]:
    """(depth, operator), each below its parent, by name."""
    known = {each.id for each in request.seat.choices}
    children: dict[int | None, list[object]] = {}
    for each in sorted(request.seat.choices, key=lambda operator: operator.name.casefold()):
        children.setdefault(each.parent_id if each.parent_id in known else None, []).append(each)

    def walk(parent: int | None, depth: int) -> list[tuple[int, object]]:
        found: list[tuple[int, object]] = []
        for each in children.get(parent, []):
            found += [(depth, each), *walk(each.id, depth + 1)]  # type: ignore[attr-defined]
        return found

    return walk(None, 0)
