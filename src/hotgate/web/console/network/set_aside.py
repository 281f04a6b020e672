"""Accounting records that could not be booked, each with the reason in words, what to do, and what was in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotgate.apps.usage import set_aside
from hotgate.web.shared import at_sites
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.list_page import list_page
from hotgate.web.shared.listing import Column, Filter, Shape
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

SQLSTATE = re.compile(r"[0-9A-Z]{5}")

_WORDS: dict[str, tuple[StrPromise, StrPromise]] = {
    "unknown_status_type": (
        _("Unknown status type: neither start, interim, stop nor a restart of the gateway."),
        _("Nothing is lost by it, unless sessions are missing: then update the gateway's firmware."),
    ),
    "no_session_id": (
        _("No session id, so it belongs to no session."),
        _("Update the gateway's firmware, or have it send Acct-Session-Id."),
    ),
    "impossible_counters": (
        _("Impossible counters: more octets than any line carries."),
        _("Restart or update the gateway; its counters are broken."),
    ),
    "too_old": (_("Too old: it happened more than 7 days ago."), _("Check the clock of the gateway.")),
    "nas_gone": (
        _("The gateway was removed or switched off before its record could be booked."),
        _("Nothing, unless that was a mistake: then the session ends with its last record before this one."),
    ),
    "nas_mismatch": (
        _("The gateway names itself otherwise than registered."),
        _("Correct its identifier, or switch strict off."),
    ),
}


class Record(NamedTuple):
    """A row with what it means."""

    row: Any
    attributes: list[tuple[str, str]]
    meaning: str
    next_step: str
    nas: str


def reason_words(reason: str) -> tuple[str, str]:
    """(what happened, what to do)."""
    if reason in _WORDS:
        what, next_step = _WORDS[reason]
        return str(what), str(next_step)
    tell = gettext("Send this row to whoever maintains this server.")
    if SQLSTATE.fullmatch(reason):
        return gettext("Refused by the database (error %(code)s).") % {"code": reason}, tell
    return gettext("Refused by the rules of this server (%(code)s).") % {"code": reason}, tell


def _shown(request: StaffRequest, rows: list[Any]) -> list[Record]:
    nases = dict(at_sites.nases(request.seat, Action.SEE_NETWORK).values_list("id", "name"))
    described = set_aside.described(request.seat.operator, rows)
    return [Record(*each, *reason_words(each.row.reason), nases.get(each.row.nas_id, "")) for each in described]


def _text(record: Record) -> str:
    return "\n".join(f"{name} = {value}" for name, value in record.attributes)


SHAPE = Shape(
    name="set_aside",
    columns=(
        Column("at", _("When"), "at", value="row__at"),
        Column("gateway", _("Gateway"), value="nas"),
        Column("reason", _("Reason"), value="meaning"),
        Column("attributes", _("What it said"), value=_text),
    ),
    sort="at",
    reverse=True,
    chips={
        "status": Filter(_("Unknown status type"), Q(reason="unknown_status_type"), "reason"),
        "id": Filter(_("No session id"), Q(reason="no_session_id"), "reason"),
        "counters": Filter(_("Impossible counters"), Q(reason="impossible_counters"), "reason"),
        "old": Filter(_("Too old"), Q(reason="too_old"), "reason"),
        "name": Filter(_("Names itself otherwise"), Q(reason="nas_mismatch"), "reason"),
        "database": Filter(_("Refused by the database"), set_aside.BY_DATABASE, "reason"),
    },
    prepare=_shown,
)


def everything(request: StaffRequest) -> HttpResponseBase:
    return list_page(request, _rows(request), SHAPE, "console/network/set_aside.html")


def of_nas(request: StaffRequest, nas: UUID) -> HttpResponseBase:
    row = found(at_sites.nases(request.seat, Action.SEE_NETWORK).filter(uuid=nas).first())
    rows = _rows(request).filter(nas_id=row.id)
    return list_page(request, rows, SHAPE, "console/network/set_aside.html", shown={"nas": row})


def _rows(request: StaffRequest) -> QuerySet[Any]:
    """A record knows its gateway by number only."""
    rows = set_aside.records(request.seat.operator)
    if request.seat.sites(Action.SEE_NETWORK) is None:
        return rows
    return rows.filter(nas_id__in=at_sites.nases(request.seat, Action.SEE_NETWORK).values("id"))
