"""What the one search box looks for. Another kind is a function and a line in `SEARCHERS`.

Each reads by an index and stops after `MOST`. It is asked only for those who may see what it finds.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hotgate.apps.subscribers import listed, names, searching
from hotgate.apps.usage import queries as usage
from hotgate.apps.vouchers import queries as vouchers
from hotgate.domain.people import mac_address
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.seat import Seat
from hotgate.web.shared.words import ago, moment, money

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Label

MOST = 10  # of a kind
CODE_MIN, CODE_MAX = 4, 64


class Hit(NamedTuple):
    title: str
    detail: str
    href: str


class Searcher(NamedTuple):
    """`find` gives at most `MOST` hits for what was typed, and none where that can't be of its kind."""

    label: Label
    action: Action
    find: Callable[[Seat, str], list[Hit]]


def users(seat: Seat, typed: str) -> list[Hit]:
    """Who has exactly this name comes alone; else those with a part of it in name, person, phone or e-mail."""
    exact = list(searching.with_keys(seat.operator, [names.name_key(typed)])[:MOST])
    return [_user(row) for row in exact or searching.few_containing(seat.operator, typed, MOST)]


def devices(seat: Seat, typed: str) -> list[Hit]:
    """A MAC address however it is written: users who log in by it, and where it was seen last."""
    mac = mac_address(typed)
    if mac is None:
        return []
    owners = [_user(row) for row in searching.with_keys(seat.operator, [f"mac:{mac}"])[:MOST]]
    return owners + _sessions(seat, usage.latest_with_mac(seat.operator, mac), 1)


def codes(seat: Seat, typed: str) -> list[Hit]:
    """A voucher by its whole code; a part of a code finds nothing."""
    if not CODE_MIN <= len(typed) <= CODE_MAX:
        return []
    return _ticket(seat, vouchers.voucher_with_code(seat.operator, typed))


def addresses(seat: Seat, typed: str) -> list[Hit]:
    """Who has this IP address now, or had it last."""
    try:
        address = str(ip_address(typed))
    except ValueError:
        return []
    return _sessions(seat, usage.latest_with_ip(seat.operator, address), 1)


def sessions(seat: Seat, typed: str) -> list[Hit]:
    return _sessions(seat, usage.with_session_id(seat.operator, typed), MOST)


def receipts(seat: Seat, typed: str) -> list[Hit]:
    """The number on a guest's receipt leads to what was sold to them, or to the ticket that nobody has used yet."""
    try:
        sale = listed.sales(seat.operator).filter(uuid=UUID(typed)).first()
    except ValueError:
        return []
    if sale is None:
        return []
    if sale.subscriber is None:
        return _ticket(seat, vouchers.voucher_of_sale(sale))
    detail = f"{sale.plan.name} · {money(sale.price_minor, sale.currency)} · {moment(sale.at)}"
    page = "user_sales" if seat.may(Action.SEE_SALES) else "user"
    return [Hit(sale.subscriber.name, detail, reverse(page, args=[sale.subscriber.uuid]))]


SEARCHERS: tuple[Searcher, ...] = (
    Searcher(gettext_lazy("Users"), Action.SEE_USERS, users),
    Searcher(gettext_lazy("Codes"), Action.SEE_USERS, codes),
    Searcher(gettext_lazy("Devices"), Action.SEE_USERS, devices),
    Searcher(gettext_lazy("IP addresses"), Action.SEE_SESSIONS, addresses),
    Searcher(gettext_lazy("Receipts"), Action.SEE_USERS, receipts),
    Searcher(gettext_lazy("Session ids"), Action.SEE_SESSIONS, sessions),
)


def _ticket(seat: Seat, voucher: Any) -> list[Hit]:
    """To its user, where it has one; else to the ticket, for those who may see the code."""
    if voucher is None:
        return []
    if voucher.subscriber is not None:
        return [_user(row) for row in searching.with_ids(seat.operator, [voucher.subscriber.id])]
    if seat.may(Action.SELL_TICKETS):
        return [Hit(_("Ticket"), f"{voucher.plan.name}", reverse("ticket", args=[voucher.uuid]))]
    return []


def _sessions(seat: Seat, rows: QuerySet[Any], most: int) -> list[Hit]:
    if not seat.may(Action.SEE_SESSIONS):
        return []
    return [_session(row) for row in seat.within(Action.SEE_SESSIONS, rows, "nas__site")[:most]]


def _user(row: Any) -> Hit:
    known = [text for text in (row.display_name, row.phone, row.email) if text]
    return Hit(row.name, " · ".join(known), reverse("user", args=[row.uuid]))


def _session(row: Any) -> Hit:
    """To its user, where there is one; else to the session itself."""
    state = _("online") if row.stopped_at is None else _("ended %(when)s") % {"when": ago(row.stopped_at)}
    detail = f"{row.framed_ip or row.device} · {row.nas.name} · {state}"
    if row.subscriber is not None:
        return Hit(row.subscriber.name, detail, reverse("user", args=[row.subscriber.uuid]))
    title = row.user_name or row.device or row.acct_session_id
    return Hit(title, detail, reverse("session", args=[row.uuid]))
