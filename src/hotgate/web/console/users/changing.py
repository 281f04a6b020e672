"""Correct a user, set a password, recharge, bind a device and part it again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.subscribers import devices, recharge, services
from hotgate.apps.subscribers.recharge import Due
from hotgate.apps.usage import personal_data
from hotgate.domain import people
from hotgate.domain.errors import DomainError
from hotgate.web.console.users import giving
from hotgate.web.console.users.balance import TopUpForm
from hotgate.web.console.users.finding import user_of
from hotgate.web.console.users.forms import BindForm, CorrectionForm, DeviceForm, PasswordForm
from hotgate.web.console.users.giving import TermsForm
from hotgate.web.shared import plan_words, seat
from hotgate.web.shared.once import new_token, once
from hotgate.web.shared.seat import StaffRequest

PAGE = require_http_methods(["GET", "HEAD", "POST"])


@PAGE
def edit(request: StaffRequest, user: UUID) -> HttpResponse:
    row = user_of(request, user)
    form = CorrectionForm(row, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            form.save(seat.by(request), timezone.now())
            messages.success(request, _("%(name)s was saved.") % {"name": form.cleaned_data["name"]})
            return redirect("user", user)
        except DomainError as error:
            form.add_domain_error(error)
    shown = {
        "user_row": row,
        "form": form,
        "password": PasswordForm(auto_id="new_%s"),
        "bind": BindForm(auto_id="b_%s"),
    }
    return render(request, "console/users/edit.html", shown, status=422 if form.is_bound else 200)


@require_POST
def password(request: StaffRequest, user: UUID) -> HttpResponse:
    row, form = user_of(request, user), PasswordForm(request.POST)

    def act() -> None:
        new = form.cleaned_data["password"]
        services.set_password(by=seat.by(request), now=timezone.now(), subscriber=row, password=new)
        messages.success(request, _("The new password works from now on."))

    return _told(request, form, act, "edit_user", user)


@require_POST
def bind(request: StaffRequest, user: UUID) -> HttpResponse:
    row, form = user_of(request, user), BindForm(request.POST)

    def act() -> None:
        devices.bind_device(by=seat.by(request), now=timezone.now(), subscriber=row, mac=form.cleaned_data["mac"])
        messages.success(request, _("The device logs in by itself now, where gateway and plan allow it."))

    return _told(request, form, act, "edit_user", user)


@PAGE
def part(request: StaffRequest, user: UUID, mac: str) -> HttpResponse:
    """Asked first: of a device that is a user itself, the user goes too (HN-28, HN-29)."""
    row, address = user_of(request, user), people.mac_address(mac)
    if address is None:
        raise Http404
    if request.method != "POST":
        return render(request, "console/users/part.html", {"user_row": row, "mac": address})
    try:
        is_gone = personal_data.disassociate(by=seat.by(request), now=timezone.now(), subscriber=row, mac=address)
    except DomainError as error:
        messages.error(request, _(error.text))
        return redirect("user", user)
    messages.success(
        request, _("The user %(mac)s was deleted.") % {"mac": address} if is_gone else _("The device was parted.")
    )
    return redirect("users") if is_gone else redirect("user", user)


@PAGE
def add_device(request: StaffRequest) -> HttpResponse:
    form = DeviceForm(request.seat.operator, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, lambda: form.save(seat.by(request), timezone.now())))
        except DomainError as error:
            form.add_domain_error(error)
    shown = {"form": form, "once": new_token()}
    return render(request, "console/users/device.html", shown, status=422 if form.is_bound else 200)


@PAGE
def recharge_user(request: StaffRequest, user: UUID) -> HttpResponse:
    """Two colleagues give two plans; one form sent twice gives one."""
    row = user_of(request, user)
    form = TermsForm(request.seat.operator, giving.zone_of(row), timezone.now(), request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, lambda: _recharge(request, row, form)))
        except DomainError as error:
            form.add_domain_error(error)
    plans = list(catalogue.active_plans(request.seat.operator))
    terms = catalogue.terms_of(plan.id for plan in plans)
    offers = [(plan.name, plan_words.sentence(terms[plan.id])) for plan in plans]
    shown = {"user_row": row, "form": form, "offers": offers, "once": new_token()}
    shown |= {"balance": TopUpForm(auto_id="top_up_%s"), "once_balance": new_token()}
    return render(request, "console/users/recharge.html", shown, status=422 if form.is_bound else 200)


@require_POST
def foresee_recharge(request: StaffRequest, user: UUID) -> HttpResponse:
    """From when until when, and what it costs, while the terms are typed (EN-A12)."""
    form = TermsForm(request.seat.operator, giving.zone_of(user_of(request, user)), timezone.now(), request.POST)
    return render(request, "console/users/foreseen.html", {"foreseen": giving.foresee(form)})


def _recharge(request: StaffRequest, row: Any, form: TermsForm) -> str:
    given = form.cleaned_data
    recharge.recharge_subscriber(
        by=seat.by(request),
        now=form.now,
        subscriber=row,
        plan=given["plan"],
        due=Due(given["due"]),
        **form.terms(),
    )
    words = {"plan": given["plan"].name, "name": row.name}
    messages.success(request, _("%(plan)s was given to %(name)s. What was left before is still there.") % words)
    return reverse("user", args=[row.uuid])


def _told(request: StaffRequest, form: Any, act: Any, route: str, user: UUID) -> HttpResponse:
    if not form.is_valid():
        messages.error(request, " ".join(text for texts in form.errors.values() for text in texts))
        return redirect(route, user)
    try:
        act()
    except DomainError as error:
        messages.error(request, _(error.text))
        return redirect(route, user)
    return redirect("user", user)
