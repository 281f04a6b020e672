"""What is typed about operators, sites and staff."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from hotgate.apps.operators import queries, roles
from hotgate.web.shared.forms import ConsoleForm, RowField, offer
from hotgate.web.shared.rows import Operator
from hotgate.web.shared.staff_words import ROLE_LABELS

ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/")))
MODES = (("pay_per_use", _("Guests pay, or use a ticket")), ("free", _("Free of charge")))


def _zone(**options: Any) -> forms.CharField:
    return forms.CharField(
        max_length=64, label=_("Time zone"), widget=forms.TextInput(attrs={"list": "zones"}), **options
    )


class PlaceForm(ConsoleForm):
    name = forms.CharField(max_length=100, label=_("Name"))
    time_zone = _zone(help_text=_("Days begin at midnight there, such as Europe/Rome."))
    language = forms.ChoiceField(choices=settings.LANGUAGES, label=_("Language"))
    country = forms.CharField(max_length=2, required=False, label=_("Country"), help_text=_("Two letters, such as IT."))

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()


class NewOperatorForm(PlaceForm):
    currency = forms.CharField(
        max_length=3, label=_("Currency"), help_text=_("Three letters, such as EUR. It never changes.")
    )
    parent = RowField(empty_label=None, label=_("Below"))
    field_order = ("name", "parent", "currency")

    def __init__(self, choices: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "parent", choices)

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).upper()


class SiteForm(ConsoleForm):
    name = forms.CharField(max_length=100, label=_("Name"))
    commercial_mode = forms.ChoiceField(choices=MODES, label=_("Commercial mode"))
    time_zone = _zone(required=False, help_text=_("Empty: as the operator's."))
    language = forms.ChoiceField(
        choices=[("", _("As the operator's")), *settings.LANGUAGES], required=False, label=_("Language")
    )

    def terms(self) -> dict[str, Any]:
        """As the service takes them."""
        given = self.cleaned_data
        return given | {"time_zone": given["time_zone"] or None, "language": given["language"] or None}


class RoleForm(ConsoleForm):
    role = forms.ChoiceField(label=_("Role"))
    site = RowField(required=False, empty_label=_("All sites"), label=_("Where"))

    def __init__(self, operator: Operator, held: frozenset[roles.Held], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        given = [role for role in roles.Role if roles.may_give(held, roles.Held(role))]
        self.fields["role"].choices = [(str(role), ROLE_LABELS[role]) for role in given]  # type: ignore[attr-defined]
        self.fields["role"].initial = "cashier"  # what is given by mistake is little
        offer(self, "site", queries.sites(operator))
        self.fields["site"].help_text = _("A cashier or support may be limited to one site.")


class InviteForm(RoleForm):
    email = forms.EmailField(max_length=254, label=_("E-mail"))
    name = forms.CharField(max_length=100, required=False, label=_("Name"))
    field_order = ("email", "name", "role", "site")


class JoinForm(ConsoleForm):
    password = forms.CharField(
        max_length=128,
        strip=False,
        label=_("Password"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "form-control"}),
        help_text=_("12 characters or more. A password manager makes and keeps it for you."),
    )
