"""Users: find one, see what it holds, and why it may or may not go online now."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from hotgate.apps.subscribers import queries, recharge, services
from hotgate.apps.vouchers import queries as vouchers
from hotgate.domain.errors import DomainError
from hotgate.web.console.users.forms import GiveForm, HoldForm, UserForm
from hotgate.web.console.users.panels import panels_of
from hotgate.web.shared import seat
from hotgate.web.shared.listing import Column, Shape
from hotgate.web.shared.listing import listing as listed
from hotgate.web.shared.lookup import found
from hotgate.web.shared.once import new_token, once
from hotgate.web.shared.seat import StaffRequest

SHAPE = Shape(
    columns=(
        Column("name", "Name", "name"),
        Column("shown", "Person"),
        Column("via", "Made by"),
        Column("since", "Since", "created_at"),
    ),
    sort="since",
    reverse=True,
    search=queries.containing,
    chips={
        "people": ("People", Q(kind="person") & ~Q(created_via="voucher")),
        "vouchers": ("Tickets", Q(created_via="voucher")),
        "devices": ("Devices", Q(kind="device")),
    },
)


def listing(request: StaffRequest) -> HttpResponse:
    ticket = _ticket(request)
    if ticket is not None:
        return redirect(ticket)
    rows = listed(request, queries.subscribers(request.seat.operator), SHAPE)
    return render(request, "console/users/list.html", {"listing": rows})


def _ticket(request: StaffRequest) -> str | None:
    """Somebody typed a whole code into the search: straight to its user, once it has one."""
    typed = request.GET.get("q", "").strip()
    if not 4 <= len(typed) <= 64 or "after" in request.GET:
        return None
    voucher = vouchers.voucher_with_code(request.seat.operator, typed)
    return reverse("user", args=[voucher.subscriber.uuid]) if voucher and voucher.subscriber else None


def one(request: StaffRequest, user: UUID) -> HttpResponse:
    row = _user(request, user)
    shown = panels_of(row, timezone.now())
    forms = {"give": GiveForm(request.seat.operator), "hold": HoldForm(), "once": new_token()}
    return render(request, "console/users/one.html", {"user_row": row, **shown, **forms})


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
def give(request: StaffRequest, user: UUID) -> HttpResponse:
    row = _user(request, user)
    form = GiveForm(request.seat.operator, request.POST)
    if not form.is_valid():
        messages.error(request, "Choose a plan.")
        return redirect("user", user)

    def act() -> str:
        plan = form.cleaned_data["plan"]
        recharge.give_entitlement(by=seat.by(request), now=timezone.now(), subscriber=row, plan=plan)
        messages.success(request, f"{plan.name} was given to {row.name}.")
        return reverse("user", args=[user])

    return _told(request, user, lambda: once(request, act))


@require_POST
def hold(request: StaffRequest, user: UUID) -> HttpResponse:
    row = _user(request, user)
    form = HoldForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""

    def act() -> None:
        services.place_hold(by=seat.by(request), now=timezone.now(), subscriber=row, reason=reason)
        messages.success(request, f"{row.name} is on hold; running sessions end now.")

    return _told(request, user, act)


@require_POST
def release(request: StaffRequest, user: UUID) -> HttpResponse:
    row = _user(request, user)

    def act() -> None:
        for each in queries.open_holds(row).exclude(kind="cap"):
            services.release_hold(by=seat.by(request), now=timezone.now(), hold=each)
        messages.success(request, f"{row.name} may use the service again.")

    return _told(request, user, act)


def _told(request: StaffRequest, user: UUID, act: Any) -> HttpResponse:
    try:
        act()
    except DomainError as error:
        messages.error(request, error.text)
    return redirect("user", user)


def _user(request: StaffRequest, own: UUID) -> Any:
    return found(queries.subscribers(request.seat.operator).filter(uuid=own).first())
