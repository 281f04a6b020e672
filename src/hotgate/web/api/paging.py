"""Pages by key: the cursor names the last row that was given, so that nothing is missed or told twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import Field

from hotgate.domain.errors import DomainError
from hotgate.web.api.shapes import Told

LIMIT = 50
LIMIT_MAX = 200


class Wanted(Told):
    cursor: UUID | None = Field(None, description="`next` of the page before.")
    limit: int = Field(LIMIT, ge=1, le=LIMIT_MAX)


Paged = Annotated[Wanted, Query()]


class Order(NamedTuple):
    column: str = "id"  # with the id, for rows of the same moment
    newest_first: bool = False


OLDEST_FIRST = Order()


def page(
    rows: QuerySet[Any], wanted: Wanted, shape: Callable[[list[Any]], list[Any]], order: Order = OLDEST_FIRST
) -> dict[str, Any]:
    """`shape` turns the rows of one page into what is shown. DomainError `cursor_invalid`."""
    if wanted.cursor is not None:
        rows = rows.filter(_after(rows, wanted.cursor, order))
    sign = "-" if order.newest_first else ""
    found = list(rows.order_by(f"{sign}{order.column}", f"{sign}id")[: wanted.limit + 1])
    shown = found[: wanted.limit]
    return {"items": shape(shown), "next": shown[-1].uuid.hex if len(found) > wanted.limit else None}


def _after(rows: QuerySet[Any], cursor: UUID, order: Order) -> Q:
    last = type(rows.model.objects.none())(rows.model).filter(uuid=cursor).values_list(order.column, "id").first()
    if last is None:
        text = _("This is no cursor of this list.")
        raise DomainError("cursor_invalid", text, {"cursor": text})
    beyond = "lt" if order.newest_first else "gt"
    value, row_id = last
    same = Q(**{order.column: value, f"id__{beyond}": row_id})
    return same | Q(**{f"{order.column}__{beyond}": value})
