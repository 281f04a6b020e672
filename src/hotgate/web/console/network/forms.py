"""What is typed about a NAS."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms

from hotgate.apps.network import services
from hotgate.apps.network.services import Saved
from hotgate.apps.operators import queries as operators
from hotgate.apps.operators.actor import Actor
from hotgate.domain import makers
from hotgate.web.shared.forms import ConsoleForm, RowField, offer
from hotgate.web.shared.rows import Nas, Operator

SIGNATURES = (
    ("yes", "Required (safest)"),
    ("auto", "From the first signed request on"),
    ("no", "Not required"),
)
SWAPPED = (("", "As its maker does"), ("no", "As the standard says"), ("yes", "Swapped"))
OLD_SECRET_WORKS_FOR = timedelta(hours=24)
FLAGS = ("enabled", "sends_accounting", "lacks_gigawords", "can_confine", "mac_login", "strict")


class NasForm(ConsoleForm):
    name = forms.CharField(max_length=100, required=False, help_text="As you call it. Empty: its address.")
    site = RowField(empty_label=None)
    maker = forms.ChoiceField(choices=list(makers.LABELS.items()), help_text="Decides which attributes it is sent.")
    identifier = forms.CharField(max_length=253, required=False, label="NAS-Identifier")
    require_message_authenticator = forms.ChoiceField(
        choices=SIGNATURES, label="Message-Authenticator", help_text="Without it, answers can be forged (BlastRADIUS)."
    )
    octets_swapped = forms.ChoiceField(choices=SWAPPED, required=False, label="Octet counters")
    coa_address = forms.GenericIPAddressField(
        required=False, label="Address for disconnects", help_text="Empty: where its packets come from."
    )
    coa_port = forms.IntegerField(min_value=1, max_value=65535, label="Port for disconnects")
    login_addresses = forms.CharField(
        required=False,
        max_length=2000,
        label="Login addresses",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "class": "form-control mono"}),
        help_text="Where guests log in at the gateway, one per line, such as http://10.5.50.1."
        " A password goes to these only. Empty: its own address, and the address for disconnects.",
    )
    enabled = forms.BooleanField(required=False, label="In service")
    sends_accounting = forms.BooleanField(required=False, label="Sends accounting")
    lacks_gigawords = forms.BooleanField(required=False, label="Counters wrap at 4 GB (no Gigawords)")
    can_confine = forms.BooleanField(required=False, label="Has a walled garden for accepted guests")
    mac_login = forms.BooleanField(required=False, label="May log devices in by MAC address")
    strict = forms.BooleanField(required=False, label="Refuse when it names itself otherwise")

    def __init__(self, operator: Operator, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.operator = operator
        offer(self, "site", operators.sites(operator))

    def settings(self) -> dict[str, Any]:
        """As the service takes them."""
        apart = ("address", "secret", "new_portal_secret")
        given = {name: value for name, value in self.cleaned_data.items() if name not in apart}
        swapped: str = given["octets_swapped"]
        return given | {
            "octets_swapped": {"yes": True, "no": False}.get(swapped),
            "coa_address": given["coa_address"] or None,
            "login_addresses": given["login_addresses"].split(),
        }


def _secret(required: bool, help_text: str) -> forms.CharField:
    return forms.CharField(
        required=required,
        max_length=128,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "form-control mono"}),
        help_text=help_text,
    )


class AddForm(NasForm):
    address = forms.CharField(
        max_length=64, help_text="Where its packets come from: 192.0.2.7, or a prefix such as 192.0.2.0/24."
    )
    secret = _secret(True, "The same on the gateway. 16 characters or more; it can't be read back here.")
    field_order = ("address", "name", "secret")

    def __init__(self, operator: Operator, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"enabled": True, "sends_accounting": True, **kwargs.get("initial", {})}
        super().__init__(operator, *args, **kwargs)

    def save(self, by: Actor, now: datetime) -> Saved:
        """DomainError."""
        address, secret = self.cleaned_data["address"], self.cleaned_data["secret"]
        return services.add_nas(
            by=by, now=now, operator=self.operator, address=address, secret=secret, **self.settings()
        )


class EditForm(NasForm):
    secret = _secret(False, "Empty: stays as it is. After a change the old one works for another 24 hours.")

    new_portal_secret = forms.BooleanField(
        required=False, label="Change the portal's secret", help_text="At once: put the new one on the gateway too."
    )

    def __init__(self, nas: Nas, operator: Operator, *args: Any, **kwargs: Any) -> None:
        plain = ("name", "maker", "identifier", "require_message_authenticator", "coa_address", "coa_port", *FLAGS)
        known = {name: getattr(nas, name) for name in plain}
        swapped = {True: "yes", False: "no", None: ""}[nas.octets_swapped]
        logins = "\n".join(nas.login_addresses)
        kwargs["initial"] = known | {"site": nas.site.uuid, "octets_swapped": swapped, "login_addresses": logins}
        super().__init__(operator, *args, **kwargs)
        self.nas = nas
        self.fields["name"].required = True

    def save(self, by: Actor, now: datetime) -> Saved:
        """DomainError."""
        secret = self.cleaned_data["secret"] or None
        return services.update_nas(
            by=by,
            now=now,
            nas=self.nas,
            secret=secret,
            keep_old_secret_for=OLD_SECRET_WORKS_FOR if secret else None,
            new_portal_secret=self.cleaned_data["new_portal_secret"],
            **self.settings(),
        )
