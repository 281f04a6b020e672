"""One act on several rows: first how many and which, then once, then what became of each."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hotgate.domain.errors import DomainError
from hotgate.web.shared.listing import Bulk, Shape
from hotgate.web.shared.once import new_token, once
from hotgate.web.shared.paging import value_of
from hotgate.web.shared.seat import StaffRequest

ROWS_MAX = 500
NAMES_SHOWN = 20
REASONS_SHOWN = 5


class Report(NamedTuple):
    done: int
    idle: int  # where nothing was to be done
    refused: list[tuple[str, str]]  # name of the row, why


def answer(request: StaffRequest, rows: QuerySet[Any], shape: Shape) -> HttpResponse:
    act = next((each for each in shape.actions if each.key == request.POST.get("act", "")), None)
    if act is None:
        raise Http404
    if not request.seat.may(act.action):
        raise PermissionDenied
    chosen = _chosen(request, rows, shape)
    if not chosen:
        messages.error(request, _("Nothing was chosen: tick the rows first."))
        return redirect(request.get_full_path())
    if "confirmed" not in request.POST:
        return _asked(request, act, chosen, shape)
    return redirect(once(request, lambda: _do(request, act, chosen, shape)))


def _chosen(request: StaffRequest, rows: QuerySet[Any], shape: Shape) -> list[Any]:
    """Those of this operator's rows that were ticked; another's ids name nothing."""
    ids = request.POST.getlist("row")[:ROWS_MAX]
    try:
        return list(rows.filter(**{f"{shape.public}__in": ids}).order_by(shape.key))
    except (ValidationError, ValueError):
        return []


def _asked(request: StaffRequest, act: Bulk, chosen: list[Any], shape: Shape) -> HttpResponse:
    shown = {
        "act": act,
        "question": act.confirm(len(chosen)),
        "count": len(chosen),
        "ids": [value_of(row, shape.public) for row in chosen],
        "names": [name_of(row, shape) for row in chosen[:NAMES_SHOWN]],
        "more": max(len(chosen) - NAMES_SHOWN, 0),
        "once": new_token(),
        "back": request.get_full_path(),
    }
    return render(request, "lists/confirm.html", shown)


def _do(request: StaffRequest, act: Bulk, chosen: list[Any], shape: Shape) -> str:
    done, idle, refused = 0, 0, []
    for row in chosen:
        try:
            with transaction.atomic():
                changed = act.act(request, row) is not False
        except DomainError as error:
            refused.append((name_of(row, shape), _(error.text)))
            continue
        done, idle = (done + 1, idle) if changed else (done, idle + 1)
    _tell(request, act, Report(done, idle, refused))
    return request.get_full_path()


def _tell(request: StaffRequest, act: Bulk, report: Report) -> None:
    if report.done:
        text = ngettext("%(act)s: %(count)s done.", "%(act)s: %(count)s done.", report.done)
        messages.success(request, text % {"act": act.label, "count": report.done})
    if report.idle:
        text = ngettext("%(count)s needed nothing.", "%(count)s needed nothing.", report.idle)
        messages.info(request, text % {"count": report.idle})
    for name, why in report.refused[:REASONS_SHOWN]:
        messages.error(request, f"{name}: {why}")
    if len(report.refused) > REASONS_SHOWN:
        more = len(report.refused) - REASONS_SHOWN
        text = ngettext("%(count)s more was left as it is.", "%(count)s more were left as they are.", more)
        messages.error(request, text % {"count": more})


def name_of(row: Any, shape: Shape) -> str:
    named = shape.named
    return str(value_of(row, named) if isinstance(named, str) else named(row))
