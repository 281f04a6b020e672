"""What a list can do, said once; what was asked of it, worked out from the address. See docs/console.md.

Search, filters that combine, sort, reverse and pages by key are here. A page that calls `list_page.list_page` also
gets the choice of columns, the exports and the actions on several rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from hotgate.web.shared.authorization import Action
from hotgate.web.shared.paging import PAGE_ROWS, Place, in_order, page_at, value_of

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Label

__all__ = ["PAGE_ROWS", "Bulk", "Chip", "Column", "Filter", "Listing", "Shape", "asked_rows", "listing"]

SEARCH_MAX = 100

Value = Callable[[Any], Any] | str


class Column(NamedTuple):
    """`value` is what an export writes: a path such as `nas__name`, or a function of the row.

    Without it the sorted field is written; with neither the column is not exported and can't be hidden.
    """

    key: str
    label: Label
    field: str = ""  # what it is sorted by, never null; '': not sortable
    numeric: bool = False
    value: Value | None = None
    is_hidden: bool = False  # until somebody wants to see it

    @property
    def is_data(self) -> bool:
        return bool(self.value is not None or self.field)

    def exported(self, row: Any) -> Any:
        value = self.field if self.value is None else self.value
        return value_of(row, value) if isinstance(value, str) else value(row)


class Filter(NamedTuple):
    """Those of one group add up: any of them fits. Groups narrow each other."""

    label: Label
    condition: Q
    group: str = ""


class Bulk(NamedTuple):
    """What can be done to several rows at once.

    `act(request, row)` changes one row; DomainError says why this one was left, False that nothing was to be done.
    `confirm(count)` is what is asked before, with the number in it.
    """

    key: str
    label: Label
    action: Action
    act: Callable[[Any, Any], bool | None]
    confirm: Callable[[int], str]
    is_dangerous: bool = False


class Heading(NamedTuple):
    label: Label
    href: str  # '' where it can't be sorted by
    direction: str  # ascending, descending or ''
    numeric: bool


class Chip(NamedTuple):
    label: Label
    href: str
    on: bool


class Choice(NamedTuple):
    key: str
    label: Label
    on: bool


class Listing(NamedTuple):
    rows: list[Any]
    headings: list[Heading]
    chips: list[Chip]
    search: str
    href_next: str  # '' on the last page
    href_first: str  # '' on the first
    is_filtered: bool
    href_before: str = ""  # '' on the first
    kept: tuple[tuple[str, str], ...] = ()  # what a form of its own has to send along: filters and order
    orders: tuple[Choice, ...] = ()  # for the drop-down, where the list wants one
    is_reversed: bool = False
    name: str = ""
    columns: tuple[Choice, ...] = ()  # for the choice of columns
    hidden: str = ""  # classes that hide those not wanted
    actions: tuple[Bulk, ...] = ()
    href_csv: str = ""  # '' for those who may not export
    href_xlsx: str = ""


class Shape(NamedTuple):
    """What a list can do. `search` turns what was typed into a condition; `chips` are filters by key.

    `name` is the word in file names and for remembered columns; without it there is neither choice nor export.
    `prepare` turns rows of the database into what the template and the columns' values read, a chunk at a time.
    """

    columns: tuple[Column, ...]
    sort: str
    reverse: bool = False
    search: Callable[[str], Q] | None = None
    chips: Mapping[str, tuple[Label, Q] | Filter] = {}
    key: str = "id"
    name: str = ""
    actions: tuple[Bulk, ...] = ()
    prepare: Callable[[Any, list[Any]], Sequence[Any]] | None = None
    named: Value = "name"  # how a row is called where several are confirmed
    public: str = "uuid"  # the id in forms
    parts: tuple[Q, ...] = ()  # see `paging.page_at`
    order_box: bool = False  # a drop-down and "Reverse order" above the table


class Asked(NamedTuple):
    search: str
    chips: tuple[str, ...]
    column: Column  # sorted by
    reverse: bool

    def kept(self) -> list[tuple[str, str]]:
        order = ("-" if self.reverse else "") + self.column.key
        return [
            *([("q", self.search)] if self.search else []),
            *(("show", chip) for chip in self.chips),
            ("sort", order),
        ]


def listing(request: HttpRequest, rows: QuerySet[Any], shape: Shape) -> Listing:
    """The page that is asked for, without what `list_page` adds."""
    asked = read(request, shape)
    place = Place.read(request.GET)
    matching = _filtered(rows, asked, shape)
    page = page_at(matching, asked.column.field, shape.key, asked.reverse, place, shape.parts)
    return Listing(
        rows=page.rows,
        headings=[_heading(column, asked) for column in shape.columns],
        chips=[_chip(key, Filter(*each), asked) for key, each in shape.chips.items()],
        search=asked.search,
        href_next=_href(asked, after=page.after) if page.after else "",
        href_first=_href(asked) if place.after or place.before else "",
        is_filtered=bool(asked.search or asked.chips),
        href_before=_href(asked, before=page.before) if page.before else "",
        kept=tuple(asked.kept()),
        orders=_orders(asked, shape),
        is_reversed=asked.reverse,
    )


def asked_rows(request: HttpRequest, rows: QuerySet[Any], shape: Shape, chunk: int) -> Iterator[Any]:
    """All that match, in the order asked for: what an export writes. `chunk` of them are read at once."""
    asked = read(request, shape)
    matching = _filtered(rows, asked, shape)
    return in_order(matching, asked.column.field, shape.key, asked.reverse, shape.parts, chunk)


def read(request: HttpRequest, shape: Shape) -> Asked:
    """What the address asks for. Anything unknown in it counts as not asked."""
    search = request.GET.get("q", "").strip()[:SEARCH_MAX].replace("\0", "")
    chips = tuple(key for key in shape.chips if key in request.GET.getlist("show"))
    wanted = request.GET.get("sort", "")
    by_key = {column.key: column for column in shape.columns if column.field}
    column = by_key.get(wanted.removeprefix("-"))
    if column is None:
        return Asked(search, chips, by_key[shape.sort], shape.reverse)
    return Asked(search, chips, column, wanted.startswith("-") != (request.GET.get("reverse") == "1"))


def _filtered(rows: QuerySet[Any], asked: Asked, shape: Shape) -> QuerySet[Any]:
    if asked.search and shape.search:
        rows = rows.filter(shape.search(asked.search))
    groups: dict[str, Q] = {}
    for each in (Filter(*shape.chips[key]) for key in asked.chips):
        groups[each.group] = groups.get(each.group, Q()) | each.condition
    for condition in groups.values():
        rows = rows.filter(condition)
    return rows


def _heading(column: Column, asked: Asked) -> Heading:
    if not column.field:
        return Heading(column.label, "", "", column.numeric)
    is_sorted = column == asked.column
    direction = ("descending" if asked.reverse else "ascending") if is_sorted else ""
    turned = asked._replace(column=column, reverse=is_sorted and not asked.reverse)
    return Heading(column.label, _href(turned), direction, column.numeric)


def _chip(key: str, each: Filter, asked: Asked) -> Chip:
    on = key in asked.chips
    chips = tuple(chip for chip in asked.chips if chip != key) if on else (*asked.chips, key)
    return Chip(each.label, _href(asked._replace(chips=chips)), on)


def _orders(asked: Asked, shape: Shape) -> tuple[Choice, ...]:
    if not shape.order_box:
        return ()
    return tuple(Choice(c.key, c.label, c == asked.column) for c in shape.columns if c.field)


def _href(asked: Asked, **more: str) -> str:
    return "?" + urlencode([*asked.kept(), *more.items()])
