"""The left navigation, by task: a person sees what their roles allow."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.http import HttpRequest
from django.urls import reverse

from hotgate.web.shared.authorization import Action


class Entry(NamedTuple):
    label: str
    icon: str
    route: str
    action: Action


ENTRIES = (
    Entry("Today", "home", "today", Action.SEE_TODAY),
    Entry("Quick ticket", "ticket", "quick_ticket", Action.SELL_TICKETS),
    Entry("Users", "users", "users", Action.SEE_USERS),
    Entry("Plans", "tags", "plans", Action.SEE_PLANS),
    Entry("Live sessions", "plug", "sessions", Action.SEE_SESSIONS),
    Entry("Attempts", "list-check", "attempts", Action.SEE_ATTEMPTS),
    Entry("Network", "router", "network", Action.SEE_NETWORK),
)


def context(request: HttpRequest) -> dict[str, Any]:
    """What the layout of the console shows on every page."""
    seat = getattr(request, "seat", None)
    if seat is None:
        return {}
    here = request.path
    entries = []
    for entry in ENTRIES:
        if seat.may(entry.action):
            href = reverse(entry.route)
            entries.append((entry, href, here == href if entry.route == "today" else here.startswith(href)))
    return {"navigation": entries, "seat": seat, "may": {str(a): seat.may(a) for a in Action}}
