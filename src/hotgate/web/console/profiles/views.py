"""Service profiles that plans share (HN-W11): a change reaches everybody at once, those online too (HN-W12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from hotgate.apps.catalogue import profiles as shared
from hotgate.apps.catalogue.drafts import Limits
from hotgate.apps.subscribers import profiles
from hotgate.domain import quantities
from hotgate.domain.errors import DomainError
from hotgate.web.shared import seat
from hotgate.web.shared.forms import ConsoleForm
from hotgate.web.shared.lookup import found
from hotgate.web.shared.once import new_token, once
from hotgate.web.shared.seat import StaffRequest

PAGE = require_http_methods(["GET", "HEAD", "POST"])


class MeasuredField(forms.CharField):
    """An amount with its unit, such as 20 Mbit/s or 15 min; empty: not limited."""

    def __init__(self, parse: Callable[[str], int], describe: Callable[[int], str], **kwargs: Any) -> None:
        super().__init__(max_length=40, required=False, **kwargs)
        self.parse, self.describe = parse, describe

    def clean(self, value: Any) -> int | None:
        typed = super().clean(value)
        if not typed:
            return None
        try:
            return self.parse(typed)
        except DomainError as error:
            raise forms.ValidationError(_(error.text)) from None

    def prepare_value(self, value: Any) -> Any:
        return self.describe(value) if isinstance(value, int) else value


def _rate(**kwargs: Any) -> MeasuredField:
    return MeasuredField(quantities.parse_rate, quantities.describe_rate, **kwargs)


def _seconds(**kwargs: Any) -> MeasuredField:
    return MeasuredField(quantities.parse_seconds, quantities.describe_seconds, **kwargs)


class ProfileForm(ConsoleForm):
    name = forms.CharField(max_length=100, label=gettext_lazy("Name"))
    download_bps = _rate(label=gettext_lazy("Download"), help_text=gettext_lazy("20 Mbit/s. Empty: not limited."))
    upload_bps = _rate(label=gettext_lazy("Upload"), help_text=gettext_lazy("5 Mbit/s. Empty: not limited."))
    devices_max = forms.IntegerField(
        min_value=1,
        max_value=1_000_000,
        required=False,
        label=gettext_lazy("Devices at once"),
        help_text=gettext_lazy("Empty: not counted."),
    )
    session_timeout_seconds = _seconds(
        label=gettext_lazy("Longest session"),
        help_text=gettext_lazy("Then a new login is needed, even with time left."),
    )
    idle_timeout_seconds = _seconds(
        label=gettext_lazy("Log out when idle for"), help_text=gettext_lazy("Saves the guest's time.")
    )
    interim_seconds = _seconds(label=gettext_lazy("Gateways report every"))
    address_pool = forms.CharField(max_length=100, required=False, label=gettext_lazy("Address pool"))
    filter_id = forms.CharField(max_length=100, required=False, label=gettext_lazy("Filter"))

    def limits(self) -> Limits:
        given = {name: value for name, value in self.cleaned_data.items() if name != "name"}
        given["interim_seconds"] = given["interim_seconds"] or Limits().interim_seconds
        return Limits(**given)


@require_GET
def listing(request: StaffRequest) -> HttpResponse:
    rows = shared.shared_profiles(request.seat.operator)
    return render(request, "console/profiles/list.html", {"profiles": [(each, _words(each)) for each in rows]})


@PAGE
def add(request: StaffRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, initial=_values(Limits()))
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, lambda: _create(request, form)))
        except DomainError as error:
            form.add_domain_error(error)
    shown = {"form": form, "once": new_token()}
    return render(request, "console/profiles/edit.html", shown, status=422 if form.is_bound else 200)


@PAGE
def edit(request: StaffRequest, profile: UUID) -> HttpResponse:
    row = found(shared.shared_profiles(request.seat.operator).filter(uuid=profile).first())
    form = ProfileForm(request.POST or None, initial=_values(shared.limits_of(row)) | {"name": row.name})
    if request.method == "POST" and form.is_valid():
        try:
            _change(request, row, form)
            return redirect("profiles")
        except DomainError as error:
            form.add_domain_error(error)
    shown = {"profile": row, "form": form, "plans": shared.plans_with(row)}
    return render(request, "console/profiles/edit.html", shown, status=422 if form.is_bound else 200)


def _create(request: StaffRequest, form: ProfileForm) -> str:
    by, now, operator = seat.by(request), timezone.now(), request.seat.operator
    name = form.cleaned_data["name"]
    shared.create_profile(by=by, now=now, operator=operator, name=name, limits=form.limits())
    messages.success(request, _("%(name)s was saved.") % {"name": name})

    return reverse("profiles")


def _change(request: StaffRequest, row: Any, form: ProfileForm) -> None:
    by, now, name = seat.by(request), timezone.now(), form.cleaned_data["name"]
    told = profiles.change_profile(by=by, now=now, profile=row, name=name, limits=form.limits())
    text = ngettext(
        "Saved; %(count)s running session gets its new limits now.",
        "Saved; %(count)s running sessions get their new limits now.",
        told,
    )
    messages.success(request, text % {"count": told} if told else _("%(name)s was saved.") % {"name": name})


def _values(limits: Limits) -> dict[str, Any]:
    return {name: getattr(limits, name) for name in ProfileForm.base_fields if name != "name"}


def _words(profile: Any) -> str:
    rates = (profile.download_bps, profile.upload_bps)
    return " / ".join(quantities.describe_rate(each) if each else "–" for each in rates)
