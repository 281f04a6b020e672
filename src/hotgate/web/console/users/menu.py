"""What staff may do with one user: one menu, filtered by role and by what makes sense now (HN-12, HN-24, HN-A11)."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

from django import template
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hotgate.apps.usage import queries as usage
from hotgate.domain import people
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.seat import Seat

register = template.Library()
TEMPLATE = "console/users/row_menu.html"
SOMEBODY = UUID("00000000-0000-4000-8000-5011eb0d7000")  # whom a menu is written for first
OWN = "~own~"  # stands for the public id of the row's user

HOLDS = {
    "staff": gettext_lazy("by staff"),
    "unpaid": gettext_lazy("an invoice is to be paid"),
    "cap": gettext_lazy("the cap of the plan was reached"),
}
PURPOSES = {
    "credentials": gettext_lazy("Credentials"),
    "verification": gettext_lazy("A code to prove an address"),
    "receipt": gettext_lazy("A receipt"),
}


class Choice(NamedTuple):
    label: str
    icon: str
    href: str = ""  # a page
    opens: str = ""  # a dialog of this page


def menu_of(seat: Seat, subscriber: Any, reach: usage.Reach | None = None) -> list[Choice]:
    """`reach` None: not known, as in a list of many, where ending a session is offered on the user's own page."""
    offered = (
        (Action.SEE_USERS, Choice(_("Dashboard"), "activity", _page("user", subscriber))),
        (Action.EDIT_USERS, Choice(_("Edit"), "settings", _page("edit_user", subscriber))),
        (Action.DISCONNECT, _disconnect(reach)),
        (Action.SEE_USERS, _heat_map(subscriber, reach)),
        (Action.SEE_ATTEMPTS, Choice(_("Connection log"), "history", _page("user_connection_log", subscriber))),
        (Action.SEE_ATTEMPTS, Choice(_("Wi-Fi log"), "activity", _page("user_wifi_log", subscriber))),
        (Action.PRINT_CARDS, Choice(_("Print card"), "printer", _page("user_card", subscriber))),
        (Action.RECHARGE, Choice(_("Recharge"), "plus", _page("recharge_user", subscriber))),
        (Action.SEE_SALES, Choice(_("Sales to user"), "tags", _page("user_sales", subscriber))),
        (Action.EDIT_USERS, _send(subscriber)),
        (Action.MANAGE_DATA, Choice(_("Data management"), "list-check", _page("user_data", subscriber))),
    )
    return [choice for action, choice in offered if choice is not None and seat.may(action)]


@register.simple_tag(takes_context=True)
def user_menus(context: template.Context) -> SafeString:
    """The menus of a list's rows, one for each kind of user: a script puts a row's names in when somebody opens it."""
    request = context["request"]
    return mark_safe("".join(_written_menu(request, kind) for kind in ("person", "device")))


def _written_menu(request: Any, kind: str) -> str:
    somebody = SimpleNamespace(uuid=SOMEBODY, kind=kind, created_via="")
    shown = {"choices": menu_of(request.seat, somebody), "kind": kind}
    return render_to_string(TEMPLATE, shown, request).replace(str(SOMEBODY), OWN)


@register.filter
def menu_kind(subscriber: Any) -> str:
    """Which of `user_menus` is the one of this user."""
    return "person" if _has_credentials(subscriber) else "device"


@register.filter
def hold_word(kind: str) -> str:
    """Why the service is stopped."""
    return str(HOLDS.get(kind, kind))


@register.filter
def purpose_word(purpose: str) -> str:
    """What a message without a subject is about."""
    return str(PURPOSES.get(purpose, purpose))


@register.filter
def origin(created_via: str) -> str:
    """How a user came to be, in words (HN-3)."""
    return _(people.ORIGIN_LABELS.get(created_via, created_via))


def _page(route: str, subscriber: Any) -> str:
    return reverse(route, args=[subscriber.uuid])


def _disconnect(reach: usage.Reach | None) -> Choice | None:
    """Only where somebody is online, at a gateway that takes orders (HN-16, HN-A4)."""
    return Choice(_("Disconnect"), "player-stop", opens="#end") if reach and reach.sessions else None


def _heat_map(subscriber: Any, reach: usage.Reach | None) -> Choice | None:
    """HN-17: the map of where the user was last, once there is such a page."""
    try:
        return Choice(_("Locate on heat map"), "router", reverse("heat_map") + f"?user={subscriber.uuid}")
    except NoReverseMatch:
        return None


def _send(subscriber: Any) -> Choice | None:
    """A device has no credentials to send."""
    if not _has_credentials(subscriber):
        return None
    return Choice(_("Send credentials"), "key", _page("send_credentials", subscriber))


def _has_credentials(subscriber: Any) -> bool:
    return bool(subscriber.kind != "device" and subscriber.created_via != "voucher")
