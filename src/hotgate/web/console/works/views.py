"""Long work: what is under way, how far it is, and what came of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from hotgate.apps.core import work as works
from hotgate.web.shared.list_page import list_page
from hotgate.web.shared.listing import Column, Filter, Shape
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest

ALL = frozenset({"owner", "manager", "auditor"})  # others see what they began themselves

KINDS = {
    "voucher_batch": _("Vouchers"),
    "user_import": _("Import of users"),
    "invoice_run": _("Invoices"),
}

SHAPE = Shape(
    columns=(
        Column("what", _("What")),
        Column("state", _("State")),
        Column("done", _("Done")),
        Column("began", _("Began"), "began_at"),
    ),
    sort="began",
    reverse=True,
    search=lambda text: Q(title__icontains=text),
    chips={
        "running": Filter(_("At work"), Q(state="running")),
        "done": Filter(_("Done"), Q(state="done")),
        "failed": Filter(_("Failed"), Q(state="failed")),
    },
    prepare=lambda _request, rows: [(KINDS.get(row.kind, row.kind.replace("_", " ")), row) for row in rows],
)


def listing(request: StaffRequest) -> HttpResponseBase:
    return list_page(request, _mine(request), SHAPE, "console/works/list.html", live="console/works/live.html")


def one(request: StaffRequest, work: UUID) -> HttpResponse:
    row = _work(request, work)
    kind = KINDS.get(row.kind, row.kind.replace("_", " "))
    return render(request, "console/works/one.html", {"work": row, "kind": kind})


def progress(request: StaffRequest, work: UUID) -> HttpResponse:
    return render(request, "console/works/progress.html", {"work": _work(request, work)})


def _mine(request: StaffRequest) -> QuerySet[Any]:
    sees_all = not ALL.isdisjoint(request.seat.roles)
    return works.works(request.seat.operator.id, None if sees_all else request.user.pk)


def _work(request: StaffRequest, own: UUID) -> Any:
    return found(_mine(request).filter(uuid=own).first())
