"""Vouchers: every code that was made, by what staff may see of it (EN-57 to EN-62)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from hotgate.apps.vouchers import ending, queries, services, states
from hotgate.apps.vouchers.ending import Ended
from hotgate.apps.vouchers.states import State
from hotgate.domain.errors import DomainError
from hotgate.web.shared import asking, seat
from hotgate.web.shared.asking import Ask
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.list_page import list_page
from hotgate.web.shared.listing import Bulk, Column, Filter, Shape
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest

ASKS = {
    "delete": Ask(
        Action.MAKE_VOUCHERS,
        gettext_lazy("Delete this unused ticket?"),
        gettext_lazy("Nobody has used it. Its code stops working at once."),
        gettext_lazy("Delete"),
    ),
    "expire": Ask(
        Action.MAKE_VOUCHERS,
        gettext_lazy("Expire this ticket now?"),
        gettext_lazy("Its session ends unless another plan pays for it. What was used stays on record."),
        gettext_lazy("Expire"),
    ),
}
STATES = {
    State.AVAILABLE: gettext_lazy("available"),
    State.ASSIGNED: gettext_lazy("assigned, not used yet"),
    State.IN_USE: gettext_lazy("in use"),
    State.SPENT: gettext_lazy("used up"),
    State.EXPIRED: gettext_lazy("expired"),
    State.VOID: gettext_lazy("void"),
}
COLOURS = {State.AVAILABLE: "", State.ASSIGNED: "state-warn", State.IN_USE: "state-good"}


class Line:
    """A voucher with what the list says of it."""

    def __init__(self, each: states.Seen) -> None:
        self.voucher, self.state = each.voucher, each.state
        self.word = str(STATES[each.state])
        self.colour = COLOURS.get(each.state, "state-bad")
        self.may_delete = each.state in states.UNUSED
        self.may_expire = each.state is State.IN_USE
        self.user = each.voucher.subscriber.name if each.voucher.subscriber else ""


def _ending(wanted: Ended) -> Any:
    def act(request: StaffRequest, row: Any) -> bool:
        [line] = _lines(request, [row])
        if not (line.may_delete if wanted is Ended.DELETED else line.may_expire):
            return False
        ending.end_voucher(by=seat.by(request), now=timezone.now(), voucher=row, wanted=wanted)
        return True

    return act


def _ask_delete(count: int) -> str:
    text = ngettext(
        "Delete %(count)s ticket, if it is unused? Its code stops working at once.",
        "Delete those of %(count)s tickets that are unused? Their codes stop working at once.",
        count,
    )
    return text % {"count": count}


def _ask_expire(count: int) -> str:
    text = ngettext(
        "Expire %(count)s ticket now, if it is in use? Its session ends.",
        "Expire those of %(count)s tickets now that are in use? Their sessions end.",
        count,
    )
    return text % {"count": count}


def _lines(request: StaffRequest, rows: list[Any]) -> list[Line]:
    return [Line(each) for each in states.seen(rows, timezone.now())]


def shape(request: StaffRequest) -> Shape:
    """What a search finds is ordered by code: that is how the index holds a prefix, and its batch has one date."""
    is_search = bool(request.GET.get("q", "").strip())
    return Shape(
        name="vouchers",
        columns=(
            Column("code", _("Code"), "shown", value="voucher__shown"),
            Column("user", _("User"), value="user"),
            Column("plan", _("Plan"), value="voucher__plan__name"),
            Column("state", _("State"), value="word"),
            Column("since", _("Made"), "" if is_search else "created_at", value="voucher__created_at"),
            Column("menu", ""),
        ),
        sort="code" if is_search else "since",
        reverse=not is_search,
        search=lambda text: queries.searched(request.seat.operator, text),
        chips={
            "begun": Filter(_("Hide unused"), Q(states.begun()), "begun"),
            "left": Filter(_("Hide expired"), Q(states.not_over(timezone.now())), "left"),
        },
        actions=(
            Bulk("delete", _("Delete unused"), Action.MAKE_VOUCHERS, _ending(Ended.DELETED), _ask_delete, True),
            Bulk("expire", _("Expire those in use"), Action.MAKE_VOUCHERS, _ending(Ended.EXPIRED), _ask_expire, True),
        ),
        named="shown",
        prepare=_lines,
        parts=() if "left" in request.GET.getlist("show") else queries.PARTS,
    )


def listing(request: StaffRequest) -> HttpResponseBase:
    rows, shown = queries.vouchers(request.seat.operator), {"asks": asking.offered(request, ASKS)}
    return list_page(request, rows, shape(request), "console/vouchers/list.html", shown=shown)


@require_http_methods(["GET", "HEAD", "POST"])
def end(request: StaffRequest, voucher: UUID) -> HttpResponse:
    """Delete an unused one, expire one in use (EN-61). By GET it asks, as the list's dialog does."""
    row = found(queries.voucher(request.seat.operator, voucher))
    if request.method != "POST":
        return _ask_end(request, row)
    reason = request.POST.get("reason", "").strip()[:200]
    try:
        ended = ending.end_voucher(by=seat.by(request), now=timezone.now(), voucher=row, reason=reason)
        done = {
            Ended.DELETED: _("The ticket %(code)s was deleted."),
            Ended.EXPIRED: _("The ticket %(code)s is expired now; its session ends."),
        }
        messages.success(request, done[ended] % {"code": row.shown})
    except DomainError as error:
        messages.error(request, _(error.text))
    return redirect("vouchers")


def _ask_end(request: StaffRequest, voucher: Any) -> HttpResponse:
    [line] = _lines(request, [voucher])
    if not (line.may_delete or line.may_expire):
        messages.error(request, _("This ticket is used up, expired or void: its record stays."))
        return redirect("vouchers")
    return asking.page(request, ASKS["delete" if line.may_delete else "expire"], voucher.shown, reverse("vouchers"))


@require_POST
def reveal(request: StaffRequest, voucher: UUID) -> HttpResponse:
    """The whole code, once, for whoever may sell it; that it was shown is written down."""
    row = found(queries.voucher(request.seat.operator, voucher))
    code = services.show_code(by=seat.by(request), now=timezone.now(), voucher=row)
    response = render(request, "console/vouchers/code.html", {"code": code, "row": row})
    response["Cache-Control"] = "no-store"
    return response
