"""The Wi-Fi log as wireless controllers tell it: of all, of one user, at one gateway (HN-30)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import Q
from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hotgate.apps.network import places
from hotgate.apps.usage import controllers
from hotgate.domain import causes, people
from hotgate.web.console.connection_log import tabs
from hotgate.web.console.connection_log.rows import hms
from hotgate.web.console.users.finding import user_of
from hotgate.web.shared import at_sites
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.list_page import list_page
from hotgate.web.shared.listing import Column, Filter, Shape
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest


class Row(NamedTuple):
    row: Any
    mac: str
    point: str  # as staff call it, or its address
    cause: str  # translated

    @property
    def id(self) -> Any:
        return self.row.id

    @property
    def began_at(self) -> Any:
        return self.row.began_at

    @property
    def length(self) -> str:
        return hms(int((self.row.ended_at - self.row.began_at).total_seconds())) if self.row.ended_at else ""

    @property
    def user(self) -> str:
        return str(self.row.subscriber.name) if self.row.subscriber else ""


def rows_of(request: StaffRequest, associations: Iterable[Any]) -> list[Row]:
    points = {people.mac_address(str(each.mac)): each.name for each in places.points(request.seat.operator) if each.mac}
    return [_row(each, points) for each in associations]


def _row(row: Any, points: dict[str | None, str]) -> Row:
    radio = people.mac_address(str(row.access_point)) or ""
    cause = causes.cause_of(
        is_over=row.ended_at is not None, terminate_cause=row.terminate_cause, close_reason="", ordered=None
    )
    return Row(row, people.mac_address(str(row.device)) or "", points.get(radio, radio), _(cause) if cause else "")


SHAPE = Shape(
    name="associations",
    columns=(
        Column("start", gettext_lazy("Start"), "began_at"),
        Column("end", gettext_lazy("End"), value="row__ended_at"),
        Column("duration", gettext_lazy("Duration"), value="length"),
        Column("user", gettext_lazy("User"), value="user"),
        Column("mac", gettext_lazy("Device"), value="mac"),
        Column("point", gettext_lazy("Access point"), value="point"),
        Column("network", gettext_lazy("Wi-Fi network"), value="row__network"),
        Column("signal", gettext_lazy("Signal"), numeric=True, value="row__signal_dbm"),
        Column("cause", gettext_lazy("Why it ended"), value="cause"),
        Column("menu", ""),
    ),
    sort="start",
    reverse=True,
    chips={
        "running": Filter(gettext_lazy("Running"), Q(ended_at=None), "state"),
        "ended": Filter(gettext_lazy("Ended"), Q(ended_at__isnull=False), "state"),
    },
    prepare=rows_of,
)


def everything(request: StaffRequest) -> HttpResponseBase:
    return _page(request, _all(request), {})


def of_user(request: StaffRequest, user: UUID) -> HttpResponseBase:
    row = user_of(request, user)
    return _page(request, _all(request).filter(subscriber=row), {"user_row": row})


def of_nas(request: StaffRequest, nas: UUID) -> HttpResponseBase:
    row = found(at_sites.nases(request.seat, Action.SEE_ATTEMPTS).filter(uuid=nas).first())
    return _page(request, _all(request).filter(nas=row), {"nas": row})


def _all(request: StaffRequest) -> Any:
    return at_sites.sessions(request.seat, Action.SEE_ATTEMPTS, controllers.associations(request.seat.operator))


def _page(request: StaffRequest, rows: Any, shown: dict[str, Any]) -> HttpResponseBase:
    operator = request.seat.operator
    shape = SHAPE._replace(search=partial(controllers.named, operator))
    context = tabs.shown(operator, "controllers", **shown)
    return list_page(request, rows, shape, "console/connection_log/controllers.html", shown=context)
