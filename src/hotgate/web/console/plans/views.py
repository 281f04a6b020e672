"""Plans: what is sold or given. A plan is made once and never changes; where it is offered is switched in the list."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hotgate.apps.catalogue import queries, services
from hotgate.domain.errors import DomainError
from hotgate.web.console.plans import initial
from hotgate.web.console.plans.forms import PlanForm
from hotgate.web.console.plans.preview import other_box, preview_of, with_one_price
from hotgate.web.console.plans.table import SHAPE
from hotgate.web.shared import seat
from hotgate.web.shared.list_page import list_page
from hotgate.web.shared.lookup import found
from hotgate.web.shared.once import new_token, once
from hotgate.web.shared.seat import StaffRequest


def listing(request: StaffRequest) -> HttpResponseBase:
    rows = queries.plans(request.seat.operator)
    if "retired" not in request.GET.getlist("show"):
        rows = rows.filter(active=True)
    return list_page(request, rows, SHAPE, "console/plans/list.html")


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: StaffRequest) -> HttpResponse:
    form = PlanForm(request.seat.operator.currency, request.POST or None)
    return _edited(request, form, {}, lambda: _publish(request, form))


@require_http_methods(["GET", "HEAD", "POST"])
def replace(request: StaffRequest, plan: UUID) -> HttpResponse:
    """Other terms under the same name: the old plan is renamed and no longer sold, in the same step (EN-39)."""
    row = found(queries.plans(request.seat.operator).filter(uuid=plan).first())
    typed = initial.typed_of(row, queries.terms_of([row.id])[row.id], queries.examples_of(row))
    form = PlanForm(request.seat.operator.currency, request.POST or None, initial=typed)
    return _edited(request, form, {"replaced": row}, lambda: _replace(request, row, form))


def _edited(request: StaffRequest, form: PlanForm, more: dict[str, Any], save: Any) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, save))
        except DomainError as error:
            form.add_domain_error(error)
    operator = request.seat.operator
    typed: Any = request.POST or (form.initial and {k: v for k, v in form.initial.items() if v not in (False, None)})
    preview = preview_of(operator.currency, typed or {}, ZoneInfo(operator.time_zone), timezone.now())
    shown = {"form": form, "once": new_token(), "preview": preview, **more}
    return render(request, "console/plans/create.html", shown, status=422 if form.is_bound else 200)


def _publish(request: StaffRequest, form: PlanForm) -> str:
    plan = services.publish_plan(
        by=seat.by(request), now=timezone.now(), operator=request.seat.operator, draft=form.draft()
    )
    messages.success(request, _("%(plan)s is ready to be sold.") % {"plan": plan.name})
    return reverse("plans")


def _replace(request: StaffRequest, row: Any, form: PlanForm) -> str:
    plan = services.replace_plan(by=seat.by(request), now=timezone.now(), plan=row, draft=form.draft())
    row.refresh_from_db()
    told = {"plan": plan.name, "old": row.name}
    messages.success(request, _("%(plan)s is sold on the new terms. What was sold before stays %(old)s.") % told)
    return reverse("plans")


@require_POST
def preview(request: StaffRequest) -> HttpResponse:
    operator, data = request.seat.operator, with_one_price(request.POST)
    shown = preview_of(operator.currency, data, ZoneInfo(operator.time_zone), timezone.now())
    html = render_to_string("console/plans/preview.html", {"preview": shown}, request)
    if not request.POST.get("price") and not request.POST.get("unit_price"):
        return HttpResponse(html)  # a box swapped in now could wipe out the price that is being typed
    box, side = other_box(operator.currency, data)
    return HttpResponse(f"{html}{box}{side}")


@require_POST
def offer(request: StaffRequest, plan: UUID) -> HttpResponse:
    row = _plan(request, plan)
    wanted = {name: request.POST[name] == "on" for name in ("quick_ticket", "self_service") if name in request.POST}
    try:
        services.offer_plan(by=seat.by(request), now=timezone.now(), plan=row, **wanted)
        messages.success(request, _("%(plan)s: saved where it is offered.") % {"plan": row.name})
    except DomainError as error:
        messages.error(request, f"{row.name}: {_(error.text)}")
    return redirect("plans")


@require_POST
def retire(request: StaffRequest, plan: UUID) -> HttpResponse:
    row = _plan(request, plan)
    services.retire_plan(by=seat.by(request), now=timezone.now(), plan=row)
    messages.success(request, _("%(plan)s is no longer sold. What was sold stays valid.") % {"plan": row.name})
    return redirect("plans")


def _plan(request: StaffRequest, own: UUID) -> Any:
    return found(queries.active_plans(request.seat.operator).filter(uuid=own).first())
