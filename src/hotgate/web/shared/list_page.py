"""The whole page of a list in one call: the table, its columns, its exports, and what is done to several rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify

from hotgate.apps.core.streams import scoped_stream
from hotgate.apps.operators.audit import record_audit
from hotgate.web.shared import bulk, exporting, seat
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.listing import Choice, Column, Listing, Shape, asked_rows, listing
from hotgate.web.shared.seat import StaffRequest

CHUNK = 500  # rows prepared at once
HIDDEN = "hidden_columns"  # key in the session: name of the list → keys of its columns
KINDS = {
    "csv": ("text/csv; charset=utf-8", exporting.csv_of),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", exporting.xlsx_of),
}


def list_page(
    request: StaffRequest,
    rows: QuerySet[Any],
    shape: Shape,
    template: str,
    *,
    live: str = "",
    shown: dict[str, Any] | None = None,
) -> HttpResponseBase:
    """Answers all that a list is asked: a page of it, a file of it, other columns, an act on several rows.

    `live` is the template of the part that refreshes by itself. Both get `listing`, `here` and what is in `shown`.
    """
    if request.method == "POST":
        return _posted(request, rows, shape)
    if request.GET.get("export") in KINDS and shape.name:
        return _exported(request, rows, shape, request.GET["export"])
    context = {"listing": table(request, rows, shape), "here": request.get_full_path(), **(shown or {})}
    return render(request, live if live and request.htmx else template, context)


def table(request: StaffRequest, rows: QuerySet[Any], shape: Shape) -> Listing:
    """A page of the list, with what this person may do with it."""
    found = listing(request, rows, shape)
    actions = tuple(each for each in shape.actions if request.seat.may(each.action))
    hidden = _hidden(request, shape)
    may_export = _may_export(request, shape)
    return found._replace(
        rows=list(_prepared(request, shape, found.rows)),
        name=shape.name,
        columns=_choices(shape, hidden),
        hidden=_classes(shape, hidden, 1 if actions else 0),
        actions=actions if found.rows else (),
        href_csv=_href_export(request, "csv") if may_export else "",
        href_xlsx=_href_export(request, "xlsx") if may_export else "",
    )


def _posted(request: StaffRequest, rows: QuerySet[Any], shape: Shape) -> HttpResponseBase:
    if "columns" in request.POST:
        return _columns_chosen(request, shape)
    return bulk.answer(request, rows, shape)


def _columns_chosen(request: StaffRequest, shape: Shape) -> HttpResponse:
    wanted = set(request.POST.getlist("column"))
    keys = [column.key for column in shape.columns if column.is_data]
    hidden = [key for key in keys if key not in wanted]
    if len(hidden) < len(keys):  # a table without columns helps nobody
        request.session[HIDDEN] = request.session.get(HIDDEN, {}) | {shape.name: hidden}
    return redirect(request.get_full_path())


def _hidden(request: HttpRequest, shape: Shape) -> frozenset[str]:
    chosen = request.session.get(HIDDEN, {}).get(shape.name)
    if chosen is None or not shape.name:
        return frozenset(column.key for column in shape.columns if column.is_hidden)
    return frozenset(chosen)


def _choices(shape: Shape, hidden: frozenset[str]) -> tuple[Choice, ...]:
    if not shape.name:
        return ()
    return tuple(Choice(c.key, c.label, c.key not in hidden) for c in shape.columns if c.is_data)


def _classes(shape: Shape, hidden: frozenset[str], before: int) -> str:
    """`hide-3 hide-5`: the third and the fifth cell of each row, so that no template has to ask."""
    places = enumerate(shape.columns, start=1 + before)
    return " ".join(f"hide-{place}" for place, column in places if column.key in hidden and column.is_data)


def _prepared(request: HttpRequest, shape: Shape, rows: Iterable[Any]) -> Iterator[Any]:
    if shape.prepare is None:
        yield from rows
        return
    rest = iter(rows)
    while chunk := list(islice(rest, CHUNK)):
        yield from shape.prepare(request, chunk)


def _may_export(request: StaffRequest, shape: Shape) -> bool:
    return bool(shape.name) and request.seat.may(Action.EXPORT)


def _href_export(request: HttpRequest, kind: str) -> str:
    asked = request.GET.copy()
    for place in ("after", "before"):
        asked.pop(place, None)
    asked["export"] = kind
    return f"?{asked.urlencode()}"


def _exported(request: StaffRequest, rows: QuerySet[Any], shape: Shape, kind: str) -> HttpResponseBase:
    """Every matching row of this operator with the columns that are shown; who took it away is written down."""
    if not _may_export(request, shape):
        raise PermissionDenied
    hidden = _hidden(request, shape)
    columns = [column for column in shape.columns if column.is_data and column.key not in hidden]
    matching = asked_rows(request, rows, shape, CHUNK)
    _audit(request, shape, kind, columns)

    def values() -> Iterator[list[Any]]:
        for row in _prepared(request, shape, matching):
            yield [column.exported(row) for column in columns]

    content_type, write = KINDS[kind]
    header = [str(column.label) for column in columns]
    answer = StreamingHttpResponse(scoped_stream(lambda: write(header, values())), content_type=content_type)
    day = timezone.localdate().isoformat()
    name = f"{slugify(shape.name)}-{request.seat.operator.slug}-{day}.{kind}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


def _audit(request: StaffRequest, shape: Shape, kind: str, columns: list[Column]) -> None:
    filters = {name: request.GET.getlist(name)[:10] for name in ("show", "sort") if request.GET.get(name)}
    # what was searched for may be somebody's name, which the log never holds
    after: dict[str, Any] = {"list": shape.name, "kind": kind, "columns": [c.key for c in columns], **filters}
    after["searched"] = bool(request.GET.get("q"))
    record_audit(
        by=seat.by(request),
        now=timezone.now(),
        operator_id=request.seat.operator.id,
        verb="export_list",
        object_kind="list",
        after=after,
    )
