"""Pages by key: they stay right while rows come and go, and a page far behind begins where it begins."""

from __future__ import annotations

import base64
import heapq
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

PAGE_ROWS = 50


class Place(NamedTuple):
    """Where a page begins: behind the row with this mark, or ends: before it."""

    after: str = ""
    before: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> Place:
        after, before = asked.get("after", ""), asked.get("before", "")
        return cls(after if _read_mark(after) else "", before if not after and _read_mark(before) else "")


class Page(NamedTuple):
    rows: list[Any]
    after: str  # the mark at which the next page begins; '' on the last
    before: str  # the mark at which the page before ends; '' on the first


def page_at(rows: QuerySet[Any], field: str, key: str, reverse: bool, place: Place, parts: Sequence[Q] = ()) -> Page:
    """A mark of somebody else's making is no place: then the list begins at its beginning.

    `parts` are conditions of which each row fits one: where no index holds all rows in order, but one each part.
    """
    backwards = bool(place.before)
    down = reverse != backwards
    with suppress(ValueError, TypeError, ValidationError):
        rows = _behind(rows, field, key, down, place.before or place.after)
    found = list(_first(rows, _order(field, key, down), parts))
    has_more, found = len(found) > PAGE_ROWS, found[:PAGE_ROWS]
    if backwards:
        found.reverse()
    if not found:
        return Page([], "", "")
    has_next, has_before = (True, has_more) if backwards else (has_more, bool(place.after))
    first, last = (mark(value_of(row, field), value_of(row, key)) for row in (found[0], found[-1]))
    return Page(found, last if has_next else "", first if has_before else "")


def in_order(rows: QuerySet[Any], field: str, key: str, reverse: bool, parts: Sequence[Q], chunk: int) -> Iterator[Any]:
    """All rows, so many read at once; `parts` as `page_at` takes them."""
    order = _order(field, key, reverse)
    streams = [rows.filter(part).order_by(*order).iterator(chunk_size=chunk) for part in parts or (Q(),)]
    return heapq.merge(*streams, key=lambda row: (value_of(row, field), value_of(row, key)), reverse=reverse)


def value_of(row: Any, path: str) -> Any:
    """`nas__name` of a session; None where something on the way is None."""
    for part in path.split("__"):
        row = getattr(row, part, None)
    return row


def mark(value: Any, key: Any) -> str:
    kind = "t" if isinstance(value, datetime) else "d" if isinstance(value, date) else "v"
    plain = value if kind == "v" else value.isoformat()
    return base64.urlsafe_b64encode(json.dumps([kind, plain, key], default=str).encode()).decode().rstrip("=")


def _order(field: str, key: str, down: bool) -> tuple[str, str]:
    sign = "-" if down else ""
    return f"{sign}{field}", f"{sign}{key}"


def _first(rows: QuerySet[Any], order: tuple[str, str], parts: Sequence[Q]) -> QuerySet[Any]:
    """Of each part the first, and of those the first: one more than a page shows."""
    count = PAGE_ROWS + 1
    if parts:
        each, *others = (rows.filter(part).order_by(*order).values("pk")[:count] for part in parts)
        rows = rows.filter(pk__in=each.union(*others, all=True))
    return rows.order_by(*order)[:count]


def _behind(rows: QuerySet[Any], field: str, key: str, down: bool, text: str) -> QuerySet[Any]:
    place = _read_mark(text)
    if place is None:
        return rows
    value, id_ = place
    compare = "lt" if down else "gt"
    behind = Q(**{f"{field}__{compare}": value}) | Q(**{f"{key}__{compare}": id_})
    return rows.filter(behind, **{f"{field}__{compare}e": value})  # this part is what an index begins at


def _read_mark(text: str) -> tuple[Any, Any] | None:
    try:
        kind, value, key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(key, int | str) or not isinstance(value, int | str | float):
            return None
        read = {"t": datetime.fromisoformat, "d": date.fromisoformat}.get(kind)
        return (read(str(value)) if read else value), key
    except (ValueError, TypeError):
        return None
