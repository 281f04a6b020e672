"""What is typed about a user."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.operators.actor import Actor
from hotgate.apps.subscribers import services
from hotgate.web.shared.forms import ConsoleForm, RowField, offer
from hotgate.web.shared.rows import Operator


class UserForm(ConsoleForm):
    name = forms.CharField(max_length=253, label="User name", help_text="What the user types to log in.")
    password = forms.CharField(
        max_length=128,
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        help_text="8 characters or more.",
    )
    display_name = forms.CharField(max_length=100, required=False, label="Person", help_text="As on an invoice.")
    phone = forms.CharField(max_length=40, required=False)
    email = forms.EmailField(max_length=254, required=False, label="E-mail")

    def __init__(self, operator: Operator, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.operator = operator

    def save(self, by: Actor, now: datetime) -> str:
        """The address of the new user. DomainError."""
        made = services.register_subscriber(by=by, now=now, operator=self.operator, **self.cleaned_data)
        return reverse("user", args=[made.uuid])


class GiveForm(ConsoleForm):
    plan = RowField(empty_label="Choose a plan")

    def __init__(self, operator: Operator, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "plan", catalogue.active_plans(operator))


class HoldForm(ConsoleForm):
    reason = forms.CharField(max_length=200, required=False, help_text="For colleagues; the guest does not see it.")
