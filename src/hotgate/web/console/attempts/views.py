"""Logins and dropped packets, newest first, each with its reason and the next step."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render

from hotgate.apps.network import queries as network
from hotgate.apps.subscribers import queries as subscribers
from hotgate.apps.usage import queries
from hotgate.web.console.attempts.rules import dropped_words
from hotgate.web.shared.listing import Column, Shape
from hotgate.web.shared.listing import listing as listed
from hotgate.web.shared.reasons import refusal_words
from hotgate.web.shared.seat import StaffRequest


class Attempt(NamedTuple):
    """A row with what it means."""

    row: Any
    meaning: str
    next_step: str
    nas: str
    user: Any  # the subscriber's uuid; None where nobody was found
    is_unknown_source: bool


SHAPE = Shape(
    columns=(
        Column("who", "Who"),
        Column("what", "What happened"),
        Column("from", "Gateway"),
        Column("at", "When", "at"),
        Column("menu", ""),
    ),
    sort="at",
    reverse=True,
    search=lambda text: Q(user_name__icontains=text) | Q(device__icontains=text),
    chips={
        "accepted": ("Accepted", Q(outcome="accepted")),
        "refused": ("Refused", Q(outcome="refused")),
        "dropped": ("Dropped", Q(outcome="dropped")),
        "unknown": ("Unknown sources", Q(nas_id=None)),
    },
)


def listing(request: StaffRequest) -> HttpResponse:
    operator = request.seat.operator
    rows = listed(request, queries.latest_attempts(operator), SHAPE)
    nases = dict(network.nases(operator).values_list("id", "name"))
    wanted = {row.subscriber_id for row in rows.rows if row.subscriber_id}
    users = dict(subscribers.subscribers(operator).filter(id__in=wanted).values_list("id", "uuid"))
    rows = rows._replace(rows=[_attempt(row, nases, users) for row in rows.rows])
    template = "console/attempts/live.html" if request.htmx else "console/attempts/list.html"
    return render(request, template, {"listing": rows, "here": request.get_full_path()})


def _attempt(row: Any, nases: dict[int, str], users: dict[int, Any]) -> Attempt:
    if row.outcome == "dropped":
        meaning, next_step = dropped_words(row.rule)
    else:
        words = refusal_words(row.reason) if row.reason else None
        meaning, next_step = (words.staff, words.next_step) if words else ("", "")
    nas = nases.get(row.nas_id, "") if row.nas_id else ""
    return Attempt(row, meaning, next_step, nas, users.get(row.subscriber_id), row.nas_id is None)
