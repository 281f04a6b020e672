"""Logins and dropped packets, newest first, each with its reason and the next step."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Q
from django.http import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from hotgate.apps.network import queries as network
from hotgate.apps.subscribers import queries as subscribers
from hotgate.web.console.attempts.rules import dropped_words
from hotgate.web.shared import at_sites
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.list_page import list_page
from hotgate.web.shared.listing import Column, Filter, Shape
from hotgate.web.shared.reasons import refusal_words
from hotgate.web.shared.seat import StaffRequest


class Attempt(NamedTuple):
    """A row with what it means."""

    row: Any
    meaning: str
    next_step: str
    nas: str
    source: str  # in words where it stands for further unknown ones
    user: Any  # the subscriber's uuid; None where nobody was found
    is_unknown_source: bool  # of which the address is known


def _shown(request: StaffRequest, rows: list[Any]) -> list[Attempt]:
    operator = request.seat.operator
    nases = dict(network.nases(operator).values_list("id", "name"))
    wanted = {row.subscriber_id for row in rows if row.subscriber_id}
    users = dict(subscribers.subscribers(operator).filter(id__in=wanted).values_list("id", "uuid"))
    return [_attempt(row, nases, users) for row in rows]


SHAPE = Shape(
    name="attempts",
    columns=(
        Column("who", _("Who"), value="row__user_name"),
        Column("device", _("Device"), value="row__device", is_hidden=True),
        Column("what", _("What happened"), value="row__outcome"),
        Column("reason", _("Reason"), value="meaning", is_hidden=True),
        Column("from", _("Gateway"), value=lambda each: each.nas or each.source),
        Column("at", _("When"), "at", value="row__at"),
        Column("menu", ""),
    ),
    sort="at",
    reverse=True,
    search=lambda text: Q(user_name__icontains=text) | Q(device__icontains=text),
    chips={
        "accepted": Filter(_("Accepted"), Q(outcome="accepted")),
        "refused": Filter(_("Refused"), Q(outcome="refused")),
        "dropped": Filter(_("Dropped"), Q(outcome="dropped")),
        "unknown": Filter(_("Unknown sources"), Q(nas_id=None), "source"),
        "accounting": Filter(_("Accounting"), Q(kind="acct"), "kind"),
    },
    prepare=_shown,
)


def listing(request: StaffRequest) -> HttpResponseBase:
    rows = at_sites.attempts(request.seat, Action.SEE_ATTEMPTS)
    return list_page(request, rows, SHAPE, "console/attempts/list.html", live="console/attempts/live.html")


def _attempt(row: Any, nases: dict[int, str], users: dict[int, Any]) -> Attempt:
    if row.outcome == "dropped":
        meaning, next_step = dropped_words(row.rule)
    else:
        words = refusal_words(row.reason) if row.reason else None
        meaning, next_step = (words.staff, words.next_step) if words else ("", "")
    nas = nases.get(row.nas_id, "") if row.nas_id else ""
    source = row.source or gettext("further addresses")
    is_unknown = row.nas_id is None and row.source is not None
    return Attempt(row, meaning, next_step, nas, source, users.get(row.subscriber_id), is_unknown)
