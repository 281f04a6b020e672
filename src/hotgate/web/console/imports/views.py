"""Users from a spreadsheet (HN-9): take the file in, say what its columns hold, read the report, confirm."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from hotgate.apps.subscribers import services as subscribers
from hotgate.apps.subscribers.importing import queries, services
from hotgate.domain.errors import DomainError
from hotgate.web.console.imports import template
from hotgate.web.console.imports.forms import ColumnsForm, FileForm
from hotgate.web.shared import seat
from hotgate.web.shared.lookup import found
from hotgate.web.shared.once import new_token, once
from hotgate.web.shared.seat import StaffRequest

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
def take_in(request: StaffRequest) -> HttpResponse:
    form = FileForm(request.seat.operator, request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, lambda: _taken_in(request, form)))
        except DomainError as error:
            form.add_domain_error(error)
    earlier = queries.imports(request.seat.operator)[:SHOWN]
    shown = {"form": form, "once": new_token(), "earlier": earlier}
    return render(request, "console/imports/take_in.html", shown, status=422 if form.is_bound else 200)


def _taken_in(request: StaffRequest, form: FileForm) -> str:
    file = form.cleaned_data["file"]
    realm = form.cleaned_data.get("realm") or subscribers.default_realm(request.seat.operator)
    draft = services.take_in(
        by=seat.by(request), now=timezone.now(), realm=realm, file_name=file.name or "", content=file.read()
    )
    return reverse("import", args=[draft.uuid])


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: StaffRequest, draft: UUID) -> HttpResponse:
    """The report; sent, which column holds what."""
    row = _draft(request, draft)
    form = None
    if queries.is_open(row):
        glance = queries.glance(row)
        form = ColumnsForm(glance.heading, row.mapping, request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                services.map_columns(by=seat.by(request), now=timezone.now(), draft=row, mapping=form.mapping)
                return redirect("import", draft)
            except DomainError as error:
                form.add_domain_error(error)
    shown = {"run": row, "form": form, "glance": glance if form else None, "once": new_token()}
    page = "console/imports/state.html" if request.htmx else "console/imports/one.html"
    return render(request, page, shown, status=422 if form is not None and form.errors else 200)


@require_POST
def confirm(request: StaffRequest, draft: UUID) -> HttpResponse:
    row = _draft(request, draft)
    return _told(request, row, lambda: services.confirm(by=seat.by(request), now=timezone.now(), draft=row))


@require_POST
def cancel(request: StaffRequest, draft: UUID) -> HttpResponse:
    row = _draft(request, draft)

    def act() -> None:
        services.cancel(by=seat.by(request), now=timezone.now(), draft=row)
        messages.success(request, _("The file is forgotten; nobody was imported."))

    return _told(request, row, act)


@require_POST
def passwords(request: StaffRequest, draft: UUID) -> HttpResponse:
    """Those that were made. A POST, since looking at them is put on record."""
    row = _draft(request, draft)
    text = services.passwords_of(by=seat.by(request), now=timezone.now(), run=row)
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="passwords.csv"'
    response["Cache-Control"] = "no-store"
    return response


@require_safe
def empty(request: StaffRequest) -> HttpResponse:
    response = HttpResponse(template.workbook(), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="users.xlsx"'
    return response


def _told(request: StaffRequest, row: Any, act: Any) -> HttpResponse:
    try:
        act()
    except DomainError as error:
        messages.error(request, _(error.text))
    return redirect("import", row.uuid)


def _draft(request: StaffRequest, own: UUID) -> Any:
    return found(queries.imports(request.seat.operator).defer("passwords_sealed").filter(uuid=own).first())
