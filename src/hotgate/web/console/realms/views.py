"""Realms: which users there are, what is asked about them, and what they may do (HN-3, HN-W3, HN-W20)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.operators import queries as operators
from hotgate.apps.subscribers import queries, realms, services
from hotgate.domain import people
from hotgate.domain.errors import DomainError
from hotgate.domain.people import Ask, PersonField, Way
from hotgate.web.console.users.people_fields import FIELD_LABELS
from hotgate.web.shared import seat
from hotgate.web.shared.forms import ConsoleForm, RowField, offer
from hotgate.web.shared.lookup import found
from hotgate.web.shared.once import new_token, once
from hotgate.web.shared.seat import StaffRequest

PAGE = require_http_methods(["GET", "HEAD", "POST"])
ASKS = (
    (Ask.OFF, gettext_lazy("Not asked")),
    (Ask.OPTIONAL, gettext_lazy("Optional")),
    (Ask.REQUIRED, gettext_lazy("Required")),
)
VERIFICATIONS = (
    ("none", gettext_lazy("Nothing is verified")),
    ("email", gettext_lazy("The e-mail address, by a code")),
    ("sms", gettext_lazy("The phone number, by a code")),
)
DELIVERIES = (
    ("show", gettext_lazy("On the page, or on paper")),
    ("email", gettext_lazy("By e-mail")),
    ("sms", gettext_lazy("By SMS")),
    ("both", gettext_lazy("By e-mail and SMS")),
)
WAYS = tuple((str(way), gettext_lazy(label)) for way, label in people.WAY_LABELS.items())
CODE = {"rows": 8, "class": "form-control mono", "dir": "ltr", "spellcheck": "false", "autocomplete": "off"}
ASKED = "asked_"  # in front of the names of the fields


class RowsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # as RowField
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=None, to_field_name="uuid", required=False, **kwargs)
        self.widget = forms.CheckboxSelectMultiple()

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class NewRealmForm(ConsoleForm):
    name = forms.CharField(max_length=100, label=gettext_lazy("Name"))


class RealmForm(ConsoleForm):
    name = forms.CharField(max_length=100, label=gettext_lazy("Name"))
    ways = forms.MultipleChoiceField(
        choices=WAYS, required=False, label=gettext_lazy("Users come by"), widget=forms.CheckboxSelectMultiple
    )
    sites = RowsField(
        label=gettext_lazy("Credentials work at"),
        help_text=gettext_lazy("None chosen: at every site, on every gateway."),
    )
    verification = forms.ChoiceField(choices=VERIFICATIONS, label=gettext_lazy("When somebody registers"))
    terms = forms.CharField(
        max_length=20_000,
        required=False,
        label=gettext_lazy("Terms to agree to"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Empty: nothing to agree to."),
    )
    plans = RowsField(label=gettext_lazy("Plans to choose from"))
    vouchers_allowed = forms.BooleanField(required=False, label=gettext_lazy("A ticket's code is taken as payment"))
    change_profile = forms.BooleanField(required=False, label=gettext_lazy("Users may change what we know about them"))
    change_password = forms.BooleanField(required=False, label=gettext_lazy("Users may change their password"))
    part_devices = forms.BooleanField(
        required=False,
        label=gettext_lazy("Users may end their connections and part their devices"),
        help_text=gettext_lazy("On gateways that take a Disconnect."),
    )
    send_receipts = forms.BooleanField(required=False, label=gettext_lazy("Users may have receipts sent to them"))
    delivery = forms.ChoiceField(choices=DELIVERIES, label=gettext_lazy("Credentials are handed over"))
    keep_readable = forms.BooleanField(
        required=False,
        label=gettext_lazy("Passwords can be printed again"),
        help_text=gettext_lazy("Kept encrypted. Only passwords set from now on."),
    )
    style = forms.CharField(
        required=False,
        strip=False,
        label=gettext_lazy("A style of its own, in CSS"),
        widget=forms.Textarea(attrs=CODE | {"placeholder": ":root { --main: #8a1c4a; --paper: #fff7ee }"}),
        help_text=gettext_lazy("Up to 8 kB. It loads nothing, neither from elsewhere nor from here."),
    )
    device_plan = RowField(
        required=False, empty_label=gettext_lazy("None"), label=gettext_lazy("Plan of devices at first sight")
    )
    device_sites = RowsField(label=gettext_lazy("Devices come in at first sight at"))

    def __init__(self, realm: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial(realm), **kwargs)
        self.realm = realm
        sites = operators.sites(realm.operator)
        offer_rows = {"plans": catalogue.active_plans(realm.operator), "sites": sites, "device_sites": sites}
        for name, rows in offer_rows.items():
            self.fields[name].queryset = rows  # type: ignore[attr-defined]
        for name in ("ways", *offer_rows):
            self.fields[name].widget.attrs["class"] = "form-check-input"
        offer(self, "device_plan", catalogue.active_plans(realm.operator).filter(for_devices=True))
        for field in PersonField:
            asked = realm.asked.get(field, Ask.OFF)
            chooser = forms.ChoiceField(choices=ASKS, required=False, label=FIELD_LABELS[field], initial=asked)
            chooser.widget.attrs["class"] = "form-select"
            self.fields[ASKED + field] = chooser

    @property
    def asked(self) -> list[Any]:
        return [self[ASKED + field] for field in PersonField]

    def save(self, request: StaffRequest) -> None:
        """DomainError."""
        given = self.cleaned_data
        asked = {str(field): given[ASKED + field] or Ask.OFF for field in PersonField}
        plain = {name: value for name, value in given.items() if not name.startswith(ASKED)}
        realms.change_realm(by=seat.by(request), now=timezone.now(), realm=self.realm, asked=asked, **plain)


@require_GET
def listing(request: StaffRequest) -> HttpResponse:
    services.default_realm(request.seat.operator)
    labels = dict(WAYS)
    rows = [
        (realm, [labels[str(way)] for way in Way if way in realm.ways])
        for realm in queries.realms(request.seat.operator)
    ]
    return render(request, "console/realms/list.html", {"realms": rows})


@PAGE
def add(request: StaffRequest) -> HttpResponse:
    form = NewRealmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, lambda: _create(request, form.cleaned_data["name"])))
        except DomainError as error:
            form.add_domain_error(error)
    shown = {"form": form, "once": new_token()}
    return render(request, "console/realms/new.html", shown, status=422 if form.is_bound else 200)


@PAGE
def edit(request: StaffRequest, realm: UUID) -> HttpResponse:
    row = found(queries.realms(request.seat.operator).filter(uuid=realm).first())
    form = RealmForm(row, data=request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            form.save(request)
            messages.success(request, _("%(name)s was saved.") % {"name": form.cleaned_data["name"]})
            return redirect("realms")
        except DomainError as error:
            form.add_domain_error(error)
    return render(
        request, "console/realms/edit.html", {"realm": row, "form": form}, status=422 if form.is_bound else 200
    )


def _create(request: StaffRequest, name: str) -> str:
    made = realms.create_realm(by=seat.by(request), now=timezone.now(), operator=request.seat.operator, name=name)
    return reverse("edit_realm", args=[made.uuid])


def _initial(realm: Any) -> dict[str, Any]:
    plain = ("name", "ways", "verification", "terms", "vouchers_allowed", "change_profile", "change_password")
    may = ("part_devices", "send_receipts", "style")
    given = {field: getattr(realm, field) for field in (*plain, *may, "delivery", "keep_readable")}
    given["plans"] = [plan.uuid for plan in queries.plans_of_realm(realm)]
    given["sites"] = [site.uuid for site in queries.sites_of_realm(realm)]
    given["device_sites"] = [site.uuid for site in queries.device_sites(realm)]
    given["device_plan"] = realm.device_plan.uuid if realm.device_plan else None
    return given
