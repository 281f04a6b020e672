"""What is typed about a user."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.operators import queries as operators
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.verbs import one_verb
from hotgate.apps.subscribers import devices, editing, queries, readable, recharge, services
from hotgate.apps.subscribers.recharge import Due
from hotgate.domain.people import OWN_COLUMNS
from hotgate.web.console.users.people_fields import PhoneField, language_field, more_fields
from hotgate.web.shared.forms import ConsoleForm, RowField, offer
from hotgate.web.shared.rows import Operator, Subscriber

PASSWORD = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})


DUE = (
    ("paid", _("Paid: the cash was taken")),
    ("open", _("To pay")),
    ("wallet", _("From the balance")),
    ("free", _("Free of charge")),
)


class PersonForm(ConsoleForm):
    """Who somebody is: the fields that every user has, and those that the realms of the operator ask for."""

    display_name = forms.CharField(max_length=100, required=False, label=_("Person"), help_text=_("As on an invoice."))
    phone = PhoneField(max_length=40, required=False, label=_("Phone"), help_text=_("With the country code."))
    email = forms.EmailField(max_length=254, required=False, label=_("E-mail"))

    def ask_more(self, wanted: set[str]) -> None:
        for name, field in more_fields(wanted).items():
            field.widget.attrs["class"] = "form-control"
            self.fields[name] = field
        self.more = [name for name in self.fields if name in wanted and name not in OWN_COLUMNS]

    @property
    def more_fields(self) -> list[Any]:
        return [self[name] for name in self.more]

    def person(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.more}


class UserForm(PersonForm):
    name = forms.CharField(max_length=253, label=_("User name"), help_text=_("What the user types to log in."))
    password = forms.CharField(
        max_length=128,
        strip=False,
        required=False,
        label=_("Password"),
        widget=PASSWORD,
        help_text=_("8 characters or more. Empty: one is made, and can be printed on a card."),
    )
    realm = RowField(required=False, empty_label=None, label=_("Realm"))
    site = RowField(required=False, empty_label=_("None"), label=_("Site"))
    plan = RowField(required=False, empty_label=_("None yet"), label=_("Plan"))
    due = forms.ChoiceField(
        choices=[each for each in DUE if each[0] != "wallet"], required=False, label=_("Payment"), initial="paid"
    )
    language = language_field()

    def __init__(self, operator: Operator, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.operator = operator
        services.default_realm(operator)
        realms = queries.realms(operator)
        offer(self, "realm", realms)
        offer(self, "site", operators.sites(operator))
        offer(self, "plan", catalogue.active_plans(operator))
        self.ask_more({field for realm in realms for field in realm.asked})

    def save(self, by: Actor, now: datetime) -> str:
        """The address of the new user, or of its card where the password was made. DomainError."""
        given = self.cleaned_data
        plain = ("name", "realm", "site", "display_name", "phone", "email", "language")
        with one_verb():
            made = services.register_subscriber(
                by=by,
                now=now,
                operator=self.operator,
                password=given["password"] or readable.new_password(),
                keep_readable=None if given["password"] else True,
                person=self.person(),
                **{name: given[name] for name in plain},
            )
            if given["plan"] is not None:
                due = Due(given["due"] or Due.OPEN)
                recharge.recharge_subscriber(by=by, now=now, subscriber=made, plan=given["plan"], due=due)
        return reverse("user" if given["password"] else "user_card", args=[made.uuid])


class CorrectionForm(PersonForm):
    name = forms.CharField(max_length=253, label=_("User name"), help_text=_("What the user types to log in."))
    site = RowField(required=False, empty_label=_("None"), label=_("Site"))
    language = language_field()

    def __init__(self, subscriber: Subscriber, *args: Any, **kwargs: Any) -> None:
        plain = ("name", "display_name", "phone", "email", "language")
        initial = {field: getattr(subscriber, field) for field in plain} | subscriber.person
        initial["site"] = subscriber.site.uuid if subscriber.site else None
        super().__init__(*args, initial=initial, **kwargs)
        self.subscriber = subscriber
        offer(self, "site", operators.sites(subscriber.operator))
        self.ask_more({*subscriber.realm.asked, *subscriber.person})
        if subscriber.kind == "device" or subscriber.created_via == "voucher":
            self.fields["name"].disabled = True
            self.fields["name"].help_text = ""

    def save(self, by: Actor, now: datetime) -> None:
        """DomainError."""
        given = {field: self.cleaned_data[field] for field in self.fields if field not in self.more}
        editing.correct_subscriber(by=by, now=now, subscriber=self.subscriber, person=self.person(), **given)


class PasswordForm(ConsoleForm):
    password = forms.CharField(
        max_length=128, strip=False, label=_("New password"), widget=PASSWORD, help_text=_("8 characters or more.")
    )


class DeviceForm(ConsoleForm):
    mac = forms.CharField(max_length=40, label=_("MAC address"), help_text=_("Any way of writing it."))
    display_name = forms.CharField(
        max_length=100, required=False, label=_("What it is"), help_text=_("Such as: printer.")
    )
    plan = RowField(required=False, empty_label=_("None yet"), label=_("Plan"))
    realm = RowField(required=False, empty_label=None, label=_("Realm"))
    site = RowField(required=False, empty_label=_("None"), label=_("Site"))

    def __init__(self, operator: Operator, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.operator = operator
        services.default_realm(operator)
        offer(self, "plan", catalogue.active_plans(operator).filter(for_devices=True))
        offer(self, "realm", queries.realms(operator))
        offer(self, "site", operators.sites(operator))

    def save(self, by: Actor, now: datetime) -> str:
        """DomainError."""
        made = devices.register_device(by=by, now=now, operator=self.operator, **self.cleaned_data)
        return reverse("user", args=[made.uuid])


class BindForm(ConsoleForm):
    mac = forms.CharField(max_length=40, label=_("MAC address"), help_text=_("Any way of writing it."))


class RechargeForm(ConsoleForm):
    plan = RowField(empty_label=_("Choose a plan"), label=_("Plan"))
    due = forms.ChoiceField(choices=DUE, label=_("Payment"), initial="paid")
    cycles = forms.IntegerField(
        min_value=1, max_value=1200, required=False, label=_("Cycles"), help_text=_("Empty: as the plan says.")
    )

    def __init__(self, operator: Operator, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "plan", catalogue.active_plans(operator))


class HoldForm(ConsoleForm):
    reason = forms.CharField(
        max_length=200, required=False, label=_("Reason"), help_text=_("For colleagues; the guest does not see it.")
    )
