"""Users: find one, see what it holds, and why it may or may not go online now."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from hotgate.apps.subscribers import queries, searching, services
from hotgate.apps.vouchers import queries as vouchers
from hotgate.domain import people
from hotgate.domain.errors import DomainError
from hotgate.web.console.users.forms import HoldForm, UserForm
from hotgate.web.shared import seat
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.list_page import list_page
from hotgate.web.shared.listing import Bulk, Column, Filter, Shape
from hotgate.web.shared.lookup import found
from hotgate.web.shared.once import new_token, once
from hotgate.web.shared.seat import StaffRequest


def _hold_one(request: StaffRequest, row: Any) -> bool:
    if queries.open_holds(row).filter(kind="staff").exists():
        return False
    services.place_hold(by=seat.by(request), now=timezone.now(), subscriber=row)
    return True


def _release_one(request: StaffRequest, row: Any) -> bool:
    holds = list(queries.open_holds(row).exclude(kind="cap"))
    for each in holds:
        services.release_hold(by=seat.by(request), now=timezone.now(), hold=each)
    return bool(holds)


def _ask_hold(count: int) -> str:
    text = ngettext(
        "Put %(count)s user on hold? Running sessions end now.",
        "Put %(count)s users on hold? Running sessions end now.",
        count,
    )
    return text % {"count": count}


def _ask_release(count: int) -> str:
    return ngettext("Release %(count)s user?", "Release %(count)s users?", count) % {"count": count}


SHAPE = Shape(
    name="users",
    columns=(
        Column("name", _("Name"), "name"),
        Column("shown", _("Person"), value="display_name"),
        Column("phone", _("Phone"), value="phone", is_hidden=True),
        Column("email", _("E-mail"), value="email", is_hidden=True),
        Column("site", _("Site"), value="site__name", is_hidden=True),
        Column("via", _("Made by"), value="created_via"),
        Column("since", _("Since"), "created_at"),
        Column("menu", ""),
    ),
    sort="since",
    reverse=True,
    search=queries.containing,
    chips={
        "people": Filter(_("People"), Q(kind="person") & ~Q(created_via="voucher")),
        "vouchers": Filter(_("Tickets"), Q(created_via="voucher")),
        "devices": Filter(_("Devices"), Q(kind="device")),
        **{
            f"by-{way}": Filter(_(label), Q(created_via__in=people.origins_of(way)), "origin")
            for way, label in people.WAY_LABELS.items()
        },
        "held": Filter(_("On hold"), searching.on_hold(), "state"),
    },
    actions=(
        Bulk("hold", _("Put on hold"), Action.EDIT_USERS, _hold_one, _ask_hold, is_dangerous=True),
        Bulk("release", _("Release"), Action.EDIT_USERS, _release_one, _ask_release),
    ),
)


def listing(request: StaffRequest) -> HttpResponseBase:
    ticket = _ticket(request)
    if ticket is not None:
        return redirect(ticket)
    return list_page(request, queries.subscribers(request.seat.operator), SHAPE, "console/users/list.html")


def _ticket(request: StaffRequest) -> str | None:
    """Somebody typed a whole code into the search: straight to its user, once it has one."""
    typed = request.GET.get("q", "").strip()
    if not 4 <= len(typed) <= 64 or "after" in request.GET or request.method == "POST":
        return None
    voucher = vouchers.voucher_with_code(request.seat.operator, typed)
    return reverse("user", args=[voucher.subscriber.uuid]) if voucher and voucher.subscriber else None


@require_http_methods(["GET", "HEAD", "POST"])
def add(request: StaffRequest) -> HttpResponse:
    form = UserForm(request.seat.operator, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, lambda: form.save(seat.by(request), timezone.now())))
        except DomainError as error:
            form.add_domain_error(error)
    status = 422 if form.is_bound else 200
    return render(request, "console/users/new.html", {"form": form, "once": new_token()}, status=status)


@require_POST
def hold(request: StaffRequest, user: UUID) -> HttpResponse:
    row = _user(request, user)
    form = HoldForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""

    def act() -> None:
        services.place_hold(by=seat.by(request), now=timezone.now(), subscriber=row, reason=reason)
        messages.success(request, gettext("%(name)s is on hold; running sessions end now.") % {"name": row.name})

    return _told(request, user, act)


@require_POST
def release(request: StaffRequest, user: UUID) -> HttpResponse:
    row = _user(request, user)

    def act() -> None:
        for each in queries.open_holds(row).exclude(kind="cap"):
            services.release_hold(by=seat.by(request), now=timezone.now(), hold=each)
        messages.success(request, gettext("%(name)s may use the service again.") % {"name": row.name})

    return _told(request, user, act)


def _told(request: StaffRequest, user: UUID, act: Any) -> HttpResponse:
    try:
        act()
    except DomainError as error:
        messages.error(request, gettext(error.text))
    return redirect("user", user)


def _user(request: StaffRequest, own: UUID) -> Any:
    return found(queries.subscribers(request.seat.operator).filter(uuid=own).first())
