"""The left navigation, by task: a person sees what their roles allow, and pages that exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from hotgate.web.shared.authorization import Action

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Label

CHOICES_SHOWN = 12  # operators in the menu; more are on a page of their own


class Entry(NamedTuple):
    """`group`: entries of one group stand together, under its name; alone, an entry needs none."""

    label: Label
    icon: str
    route: str
    action: Action
    group: str = ""


class Link(NamedTuple):
    label: Label
    icon: str
    href: str
    here: bool
    inside: tuple[Link, ...] = ()  # those of its group, while one is there


GROUPS: dict[str, tuple[Label, str]] = {
    "vouchers": (_("Vouchers"), "key"),
    "settings": (_("Settings"), "settings"),
}

ENTRIES = (
    Entry(_("Today"), "home", "today", Action.SEE_TODAY),
    Entry(_("Quick ticket"), "ticket", "quick_ticket", Action.SELL_TICKETS),
    Entry(_("Plans"), "tags", "plans", Action.SEE_PLANS),
    Entry(_("Vouchers"), "key", "vouchers", Action.SEE_VOUCHERS, "vouchers"),
    Entry(_("Ticket generator"), "wand", "generator", Action.MAKE_VOUCHERS, "vouchers"),
    Entry(_("Users"), "users", "users", Action.SEE_USERS),
    Entry(_("Live sessions"), "plug", "sessions", Action.SEE_SESSIONS),
    Entry(_("Connection log"), "history", "connection_log", Action.SEE_ATTEMPTS),
    Entry(_("Attempts"), "list-check", "attempts", Action.SEE_ATTEMPTS),
    Entry(_("Network"), "router", "network", Action.SEE_NETWORK),
    Entry(_("Work"), "hourglass", "works", Action.SEE_TODAY),
    Entry(_("Settings"), "settings", "settings", Action.SEE_OWN_SESSIONS),
)


def context(request: HttpRequest) -> dict[str, Any]:
    """What the layout of the console shows on every page."""
    seat = getattr(request, "seat", None)
    if seat is None:
        return {}
    return {
        "navigation": [] if seat.must_set_up else _grouped(_links(request.path, seat)),
        "seat": seat,
        "may": {str(action): seat.may(action) for action in Action},
        "operators_in_menu": seat.choices[:CHOICES_SHOWN],
        "has_more_operators": len(seat.choices) > CHOICES_SHOWN,
    }


def _links(here: str, seat: Any) -> list[tuple[str, Link]]:
    """(group, link), in the order of the entries."""
    allowed = [(entry, _address(entry.route)) for entry in ENTRIES if seat.may(entry.action)]
    there = [(entry, href) for entry, href in allowed if href]
    # the generator's page lies below that of the vouchers, and Today's above all
    around = [href for _entry, href in there if here == href or (href != "/" and here.startswith(href))]
    nearest = max(around, key=len, default="")
    return [(entry.group, Link(entry.label, entry.icon, href, href == nearest)) for entry, href in there]


def _grouped(links: list[tuple[str, Link]]) -> list[Link]:
    """A group stands where its first entry does, and opens while one is in it."""
    shown: list[Link] = []
    for group in dict.fromkeys(group or link.href for group, link in links):
        members = [link for own, link in links if (own or link.href) == group]
        if group not in GROUPS:
            shown.extend(members)
            continue
        label, icon = GROUPS[group]
        is_here = any(link.here for link in members)
        shown.append(Link(label, icon, members[0].href, is_here, tuple(members) if is_here else ()))
    return shown


def _address(route: str) -> str:
    """'' of a page that is not there."""
    try:
        return reverse(route)
    except NoReverseMatch:
        return ""
