"""Plans: what is sold or given. A plan is made once and never changes; where it is offered is switched in the list."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from hotgate.apps.catalogue import queries, services
from hotgate.domain.errors import DomainError
from hotgate.web.console.plans.forms import PlanForm
from hotgate.web.console.plans.preview import preview_of
from hotgate.web.shared import plan_words, seat
from hotgate.web.shared.listing import Column, Shape
from hotgate.web.shared.listing import listing as listed
from hotgate.web.shared.lookup import found
from hotgate.web.shared.once import new_token, once
from hotgate.web.shared.seat import StaffRequest

SHAPE = Shape(
    columns=(
        Column("name", "Plan", "name"),
        Column("price", "Price", "price_minor", numeric=True),
        Column("offered", "Offered"),
        Column("since", "Since", "created_at"),
        Column("menu", ""),
    ),
    sort="name",
    search=lambda text: Q(name__icontains=text) | Q(code__icontains=text),
    chips={"quick": ("Quick ticket", Q(quick_ticket=True, active=True)), "retired": ("Retired", Q(active=False))},
)


def listing(request: StaffRequest) -> HttpResponse:
    rows = queries.plans(request.seat.operator)
    if request.GET.get("show") != "retired":
        rows = rows.filter(active=True)
    shown = listed(request, rows, SHAPE)
    terms = queries.terms_of(plan.id for plan in shown.rows)
    shown = shown._replace(rows=[(p, plan_words.gives(terms[p.id]), plan_words.price(terms[p.id])) for p in shown.rows])
    return render(request, "console/plans/list.html", {"listing": shown})


@require_http_methods(["GET", "HEAD", "POST"])
def create(request: StaffRequest) -> HttpResponse:
    currency = request.seat.operator.currency
    form = PlanForm(currency, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, lambda: _publish(request, form)))
        except DomainError as error:
            form.add_domain_error(error)
    shown = {"form": form, "once": new_token(), "preview": preview_of(currency, request.POST)}
    return render(request, "console/plans/create.html", shown, status=422 if form.is_bound else 200)


def _publish(request: StaffRequest, form: PlanForm) -> str:
    plan = services.publish_plan(
        by=seat.by(request), now=timezone.now(), operator=request.seat.operator, draft=form.draft()
    )
    messages.success(request, f"{plan.name} is ready to be sold.")
    return reverse("plans")


@require_POST
def preview(request: StaffRequest) -> HttpResponse:
    preview = preview_of(request.seat.operator.currency, request.POST)
    return render(request, "console/plans/preview.html", {"preview": preview})


@require_POST
def offer(request: StaffRequest, plan: UUID) -> HttpResponse:
    row = _plan(request, plan)
    wanted = {name: request.POST[name] == "on" for name in ("quick_ticket", "self_service") if name in request.POST}
    services.offer_plan(by=seat.by(request), now=timezone.now(), plan=row, **wanted)
    messages.success(request, f"{row.name}: saved where it is offered.")
    return redirect("plans")


@require_POST
def retire(request: StaffRequest, plan: UUID) -> HttpResponse:
    row = _plan(request, plan)
    services.retire_plan(by=seat.by(request), now=timezone.now(), plan=row)
    messages.success(request, f"{row.name} is no longer sold. What was sold stays valid.")
    return redirect("plans")


def _plan(request: StaffRequest, own: UUID) -> Any:
    return found(queries.active_plans(request.seat.operator).filter(uuid=own).first())
