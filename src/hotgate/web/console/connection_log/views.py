"""The log of connections, of all, of one user, one gateway or one device; and that of the radios."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpResponseBase
from django.utils.translation import gettext_lazy as _

from hotgate.apps.usage import associations, finding
from hotgate.domain import people
from hotgate.web.console.connection_log import tabs
from hotgate.web.console.connection_log.rows import rows_of
from hotgate.web.console.sessions import asks
from hotgate.web.console.users.finding import user_of
from hotgate.web.shared import asking, at_sites
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.list_page import list_page
from hotgate.web.shared.listing import Column, Filter, Shape
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest

CHIPS = {
    "running": Filter(_("Running"), associations.is_running, "state"),
    "ended": Filter(_("Ended"), Q(stopped_at__isnull=False), "state"),
    "device": Filter(_("With a device"), ~Q(device=""), "device"),
    "logout": Filter(_("Logged out"), Q(terminate_cause=1), "cause"),
    "timeout": Filter(_("Time was over"), Q(terminate_cause__in=(4, 5)), "cause"),
    "lost": Filter(_("Lost"), associations.was_lost, "cause"),
    "staff": Filter(_("Ended by staff"), associations.was_ended_by_staff, "cause"),
}
SHAPE = Shape(
    name="connections",
    columns=(
        Column("id", _("Connection"), value=lambda row: row.session.acct_session_id),
        Column("user", _("User"), value="user"),
        Column("start", _("Start"), "started_at"),
        Column("end", _("End"), value="session__stopped_at"),
        Column("duration", _("Duration"), value="length"),
        Column("up", _("Up"), numeric=True, value="session__octets_in"),
        Column("down", _("Down"), numeric=True, value="session__octets_out"),
        Column("ip", _("IP address"), value="addresses"),
        Column("mac", _("Device"), value="mac"),
        Column("nas", _("Gateway"), value="session__nas__name"),
        Column("nas_id", _("NAS ID"), value="session__nas__identifier"),
        Column("gateway_mac", _("Gateway MAC"), value="gateway_mac"),
        Column("cause", _("Why it ended"), value="cause"),
        Column("menu", ""),
    ),
    sort="start",
    reverse=True,
    chips=CHIPS,
    prepare=rows_of,
)
WIFI = SHAPE._replace(
    name="wifi",
    columns=(
        Column("start", _("Start"), "started_at"),
        Column("end", _("End"), value="session__stopped_at"),
        Column("duration", _("Duration"), value="length"),
        Column("user", _("User"), value="user"),
        Column("mac", _("Device"), value="mac"),
        Column("point", _("Access point"), value=lambda row: row.station.mac),
        Column("network", _("Wi-Fi network"), value=lambda row: row.station.network),
        Column("nas", _("Gateway"), value="session__nas__name"),
        Column("cause", _("Why it ended"), value="cause"),
        Column("menu", ""),
    ),
)


def everything(request: StaffRequest) -> HttpResponseBase:
    return _page(request, _all(request), SHAPE, {})


def of_user(request: StaffRequest, user: UUID) -> HttpResponseBase:
    row = user_of(request, user)
    return _page(request, _all(request).filter(subscriber=row), SHAPE, {"user_row": row})


def of_nas(request: StaffRequest, nas: UUID) -> HttpResponseBase:
    row = _nas(request, nas)
    return _page(request, _all(request).filter(nas=row), SHAPE, {"nas": row})


def of_device(request: StaffRequest, mac: str) -> HttpResponseBase:
    address = people.mac_address(mac)
    if address is None:
        raise Http404
    return _page(request, _all(request).filter(Q(mac=address)), SHAPE, {"mac": address})


def wifi(request: StaffRequest) -> HttpResponseBase:
    return _page(request, finding.on_the_air(request.seat.operator, _all(request)), WIFI, {})


def wifi_of_user(request: StaffRequest, user: UUID) -> HttpResponseBase:
    row = user_of(request, user)
    rows = associations.on_the_air(_all(request).filter(subscriber=row))
    return _page(request, rows, WIFI, {"user_row": row})


def wifi_of_nas(request: StaffRequest, nas: UUID) -> HttpResponseBase:
    row = _nas(request, nas)
    rows = finding.on_the_air(request.seat.operator, _all(request).filter(nas=row))
    return _page(request, rows, WIFI, {"nas": row})


def _nas(request: StaffRequest, nas: UUID) -> Any:
    return found(at_sites.nases(request.seat, Action.SEE_ATTEMPTS).filter(uuid=nas).first())


def _all(request: StaffRequest) -> Any:
    return at_sites.sessions(request.seat, Action.SEE_ATTEMPTS, associations.connections(request.seat.operator))


def _of_the_air(operator: Any, text: str) -> Q:
    """Also by the beginning of an access point's address."""
    return finding.told_by(operator, text) | finding.heard_at(operator, text)


def _page(request: StaffRequest, rows: Any, shape: Shape, shown: dict[str, Any]) -> HttpResponseBase:
    operator, is_wifi = request.seat.operator, shape is WIFI
    context = tabs.shown(operator, "wifi" if is_wifi else "connections", **shown)
    shape = shape._replace(search=partial(_of_the_air if is_wifi else finding.told_by, operator))
    template = "console/connection_log/wifi.html" if is_wifi else "console/connection_log/list.html"
    return list_page(request, rows, shape, template, shown=context | {"asks": asking.offered(request, asks.OF_LOGS)})
