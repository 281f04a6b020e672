"""One plan: its frozen terms, what may still change, and its examples."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from hotgate.apps.catalogue import queries, services
from hotgate.domain.errors import DomainError
from hotgate.domain.examples import measure_of
from hotgate.domain.overshoot import overshoot
from hotgate.web.console.plans import example_rows
from hotgate.web.console.plans import list_price as prices
from hotgate.web.console.plans.example_rows import ExampleRows
from hotgate.web.console.plans.preview import dates_of, totals_of
from hotgate.web.shared import plan_words, seat
from hotgate.web.shared.forms import ConsoleForm
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest
from hotgate.web.shared.words import octets


class EditForm(ConsoleForm):
    """All that may change about a plan (EN-38)."""

    name = forms.CharField(max_length=100, label=gettext_lazy("Name"))
    code = forms.CharField(max_length=100, label=gettext_lazy("Code"))
    description = forms.CharField(
        max_length=500,
        required=False,
        label=gettext_lazy("Description"),
        help_text=gettext_lazy("Buyers read it on the portal."),
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
    )
    quick_ticket = forms.BooleanField(required=False, label=gettext_lazy("Quick ticket"))
    self_service = forms.BooleanField(required=False, label=gettext_lazy("Guests may buy it on the portal"))
    seen = forms.CharField(max_length=40, widget=forms.HiddenInput)


def page(request: StaffRequest, plan: UUID) -> HttpResponse:
    return _shown(request, _plan(request, plan))


@require_POST
def edit(request: StaffRequest, plan: UUID) -> HttpResponse:
    row = _plan(request, plan)
    form = EditForm(request.POST)
    if form.is_valid():
        try:
            services.edit_plan(by=seat.by(request), now=timezone.now(), plan=row, **form.cleaned_data)
        except DomainError as error:
            form.add_domain_error(error)
        else:
            messages.success(request, _("%(plan)s is saved.") % {"plan": form.cleaned_data["name"]})
            return redirect("plan", plan)
    return _shown(request, _plan(request, plan), form=form)


@require_POST
def change_examples(request: StaffRequest, plan: UUID) -> HttpResponse:
    row = _plan(request, plan)
    rows = ExampleRows(request.POST)
    rows.read(measure_of(_terms(row)))
    problem = rows.mistake
    if not problem:
        try:
            services.change_examples(by=seat.by(request), now=timezone.now(), plan=row, examples=rows.examples)
        except DomainError as error:
            problem = _(error.text)
        else:
            messages.success(request, _("The examples are saved."))
            return redirect("plan", plan)
    return _shown(request, row, rows=rows, problem=problem)


def _shown(
    request: StaffRequest, row: Any, *, form: EditForm | None = None, rows: ExampleRows | None = None, problem: str = ""
) -> HttpResponse:
    plan, results = _terms(row), queries.results_of(row)
    counted, zone = measure_of(plan), ZoneInfo(request.seat.operator.time_zone)
    shown = {
        "plan": row,
        "sentence": plan_words.sentence(plan),
        "terms": plan,
        "totals": totals_of(plan),
        "dates": dates_of(plan, zone, timezone.now()),
        "overshoot": _overshoot_words(plan),
        "form": form or EditForm(initial=_editable(row)),
        "rows": rows or ExampleRows(None, example_rows.rows_of((each.example for each in results), counted)),
        "results": [example_rows.told(each, counted) for each in results],
        "problem": problem,
        "wholesale": prices.wholesale(request, row),
    }
    return render(request, "console/plans/one.html", shown, status=422 if problem or form else 200)


def _overshoot_words(plan: Any) -> str:
    """What a guest can use beyond the amount at most (G18); '' where no amount of traffic ends anything."""
    bound = overshoot(plan)
    if bound is None:
        return ""
    if bound.told is None:
        text = _(
            "Beyond the amount a guest can use at most %(enforced)s where the gateway enforces volume; where it does"
            " not, nobody can say, for speed or devices are not limited."
        )
        return text % {"enforced": octets(bound.enforced)}
    text = _(
        "Beyond the amount a guest can use at most %(enforced)s where the gateway enforces volume, and %(told)s where"
        " it does not."
    )
    return text % {"enforced": octets(bound.enforced), "told": octets(bound.told)}


def _editable(row: Any) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in ("name", "code", "description", "quick_ticket", "self_service")}
    return values | {"seen": queries.stamp_of(row)}


def _terms(row: Any) -> Any:
    return queries.terms_of([row.id])[row.id]


def _plan(request: StaffRequest, own: UUID) -> Any:
    return found(queries.plans(request.seat.operator).filter(uuid=own).first())
