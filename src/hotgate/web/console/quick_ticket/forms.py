"""What is typed about a quick ticket."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from hotgate.web.shared.forms import ConsoleForm


class GuestForm(ConsoleForm):
    first_name = forms.CharField(max_length=60, required=False, label=_("First name"))
    last_name = forms.CharField(max_length=60, required=False, label=_("Last name"))


class SettingsForm(ConsoleForm):
    separate_password = forms.BooleanField(required=False, label=_("A user name and a password instead of one code"))
    support_line = forms.CharField(
        max_length=120, required=False, label=_("Support line"), help_text=_("Printed on every ticket.")
    )
