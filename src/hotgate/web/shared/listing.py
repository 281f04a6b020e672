"""One way to list: search, filter, sort, reverse, and pages by key, which stay right while rows come and go."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest

PAGE_ROWS = 50
SEARCH_MAX = 100


class Column(NamedTuple):
    key: str
    label: str
    field: str = ""  # what it is sorted by, never null; '': not sortable
    numeric: bool = False


class Heading(NamedTuple):
    label: str
    href: str  # '' where it can't be sorted by
    direction: str  # ascending, descending or ''
    numeric: bool


class Chip(NamedTuple):
    label: str
    href: str
    on: bool


class Listing(NamedTuple):
    rows: list[Any]
    headings: list[Heading]
    chips: list[Chip]
    search: str
    href_next: str  # '' on the last page
    href_first: str  # '' on the first
    is_filtered: bool


class Shape(NamedTuple):
    """What a list can do. `search` turns what was typed into a condition; `chips` are conditions by key."""

    columns: tuple[Column, ...]
    sort: str
    reverse: bool = False
    search: Callable[[str], Q] | None = None
    chips: Mapping[str, tuple[str, Q]] = {}
    key: str = "id"


def listing(request: HttpRequest, rows: QuerySet[Any], shape: Shape) -> Listing:
    asked = request.GET
    search = asked.get("q", "").strip()[:SEARCH_MAX].replace("\0", "")
    chip = asked.get("show", "")
    sort, reverse = _order(asked.get("sort", ""), shape)
    if search and shape.search:
        rows = rows.filter(shape.search(search))
    if chip in shape.chips:
        rows = rows.filter(shape.chips[chip][1])
    column = next(c for c in shape.columns if c.key == sort)
    found, after = _page(rows, column.field, shape.key, reverse, asked.get("after", ""))
    kept = {"q": search, "show": chip if chip in shape.chips else "", "sort": ("-" if reverse else "") + sort}
    return Listing(
        rows=found,
        headings=[_heading(c, sort, reverse, kept) for c in shape.columns],
        chips=[
            Chip(label, _href(kept, show="" if key == chip else key), key == chip)
            for key, (label, _) in shape.chips.items()
        ],
        search=search,
        href_next=_href(kept, after=after) if after else "",
        href_first=_href(kept) if asked.get("after") else "",
        is_filtered=bool(search or kept["show"]),
    )


def _order(asked: str, shape: Shape) -> tuple[str, bool]:
    name = asked.removeprefix("-")
    if any(c.key == name and c.field for c in shape.columns):
        return name, asked.startswith("-")
    return shape.sort, shape.reverse


def _page(rows: QuerySet[Any], field: str, key: str, reverse: bool, after: str) -> tuple[list[Any], str]:
    """The rows behind `after`, and the mark of the last one where more follow."""
    sign, compare = ("-", "lt") if reverse else ("", "gt")
    place = _read_mark(after)
    if place is not None:
        value, id_ = place
        with suppress(ValueError, TypeError, ValidationError):  # somebody else's mark: begin at the beginning
            behind = Q(**{f"{field}__{compare}": value}) | Q(**{f"{key}__{compare}": id_})
            rows = rows.filter(behind, **{f"{field}__{compare}e": value})  # this part is what an index begins at
    found = list(rows.order_by(f"{sign}{field}", f"{sign}{key}")[: PAGE_ROWS + 1])
    if len(found) <= PAGE_ROWS:
        return found, ""
    last = found[PAGE_ROWS - 1]
    return found[:PAGE_ROWS], _mark(_value(last, field), _value(last, key))


def _value(row: Any, field: str) -> Any:
    for part in field.split("__"):
        row = getattr(row, part)
    return row


def _mark(value: Any, key: Any) -> str:
    kind = "t" if isinstance(value, datetime) else "v"
    plain = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([kind, plain, key]).encode()).decode().rstrip("=")


def _read_mark(text: str) -> tuple[Any, Any] | None:
    """None for anything that is not a mark of ours: then the list begins at its beginning."""
    try:
        kind, value, key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(key, int | str) or not isinstance(value, int | str | float):
            return None
        return (datetime.fromisoformat(str(value)) if kind == "t" else value), key
    except (ValueError, TypeError):
        return None


def _heading(column: Column, sort: str, reverse: bool, kept: Mapping[str, str]) -> Heading:
    if not column.field:
        return Heading(column.label, "", "", column.numeric)
    is_sorted = column.key == sort
    backwards = is_sorted and not reverse
    direction = ("descending" if reverse else "ascending") if is_sorted else ""
    return Heading(column.label, _href(kept, sort=("-" if backwards else "") + column.key), direction, column.numeric)


def _href(kept: Mapping[str, str], **changed: str) -> str:
    wanted = {name: value for name, value in {**kept, **changed}.items() if value}
    return "?" + urlencode(wanted)
