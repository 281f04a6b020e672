"""What is typed about a NAS."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hotgate.apps.network import services
from hotgate.apps.network.services import Saved
from hotgate.apps.operators import queries as operators
from hotgate.apps.operators.actor import Actor
from hotgate.domain import makers
from hotgate.web.shared.forms import ConsoleForm, RowField, offer
from hotgate.web.shared.rows import Nas, Operator

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

SIGNATURES = (
    ("yes", _("Required (safest)")),
    ("auto", _("From the first signed request on")),
    ("no", _("Not required")),
)
KINDS = (
    ("hotspot", _("Hotspot: sends guests to the portal")),
    ("pppoe", _("PPPoE: customers' routers log in")),
    ("dot1x", _("802.1X: switch ports and encrypted Wi-Fi")),
)
PLACE = ("street", "postcode", "city", "country", "phones", "hardware", "software")
SWAPPED = (("", _("As its maker does")), ("no", _("As the standard says")), ("yes", _("Swapped")))
OLD_SECRET_WORKS_FOR = timedelta(hours=24)
FLAGS = ("enabled", "sends_accounting", "lacks_gigawords", "can_confine", "mac_login", "strict", "keeps_no_log")


class NasForm(ConsoleForm):
    name = forms.CharField(
        max_length=100, required=False, label=_("Name"), help_text=_("As you call it. Empty: its address.")
    )
    site = RowField(empty_label=None, label=_("Site"))
    maker = forms.ChoiceField(
        choices=list(makers.LABELS.items()), label=_("Maker"), help_text=_("Decides which attributes it is sent.")
    )
    kind = forms.ChoiceField(
        choices=KINDS, required=False, label=_("Kind"), help_text=_("Decides what there is to set up.")
    )
    users_max = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=services.USERS_MAX,
        label=_("Most users at once"),
        help_text=_("Then logins are refused until somebody leaves. Each device of a user counts. Empty: no limit."),
    )
    street = forms.CharField(max_length=200, required=False, label=_("Street"))
    postcode = forms.CharField(max_length=20, required=False, label=_("Postcode"))
    city = forms.CharField(max_length=100, required=False, label=_("City"))
    country = forms.CharField(max_length=2, required=False, label=_("Country"), help_text=_("Two letters, such as IT."))
    phones = forms.CharField(max_length=200, required=False, label=_("Phones of who can reach it"))
    hardware = forms.CharField(max_length=100, required=False, label=_("Hardware"))
    software = forms.CharField(max_length=100, required=False, label=_("Software version"))
    identifier = forms.CharField(max_length=253, required=False, label="NAS-Identifier")
    require_message_authenticator = forms.ChoiceField(
        choices=SIGNATURES,
        label="Message-Authenticator",
        help_text=_("Without it, answers can be forged (BlastRADIUS)."),
    )
    octets_swapped = forms.ChoiceField(choices=SWAPPED, required=False, label=_("Octet counters"))
    coa_address = forms.GenericIPAddressField(
        required=False, label=_("Address for disconnects"), help_text=_("Empty: where its packets come from.")
    )
    coa_port = forms.IntegerField(min_value=1, max_value=65535, label=_("Port for disconnects"))
    silent_after_minutes = forms.IntegerField(
        required=False,
        min_value=5,
        max_value=10_080,
        label=_("Tell the owners when silent (minutes)"),
        help_text=_("By mail, once for each silence. Empty: never."),
    )
    login_addresses = forms.CharField(
        required=False,
        max_length=2000,
        label=_("Login addresses"),
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "class": "form-control mono"}),
        help_text=_(
            "Where guests log in at the gateway, one per line, such as http://10.5.50.1."
            " A password goes to these only. Empty: its own address, and the address for disconnects."
        ),
    )
    enabled = forms.BooleanField(required=False, label=_("In service"))
    sends_accounting = forms.BooleanField(required=False, label=_("Sends accounting"))
    lacks_gigawords = forms.BooleanField(required=False, label=_("Counters wrap at 4 GB (no Gigawords)"))
    can_confine = forms.BooleanField(required=False, label=_("Has a walled garden for accepted guests"))
    mac_login = forms.BooleanField(required=False, label=_("May log devices in by MAC address"))
    strict = forms.BooleanField(required=False, label=_("Refuse when it names itself otherwise"))
    keeps_no_log = forms.BooleanField(
        required=False,
        label=_("Keep no log of connections here"),
        help_text=_(
            "Names and addresses go within an hour after a session is over. What was used stays for the books."
        ),
    )

    def __init__(self, operator: Operator, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.operator = operator
        offer(self, "site", operators.sites(operator))

    def clean_country(self) -> str:
        return str(self.cleaned_data["country"]).upper()

    def settings(self) -> dict[str, Any]:
        """As the service takes them."""
        apart = ("address", "secret", "new_portal_secret")
        given = {name: value for name, value in self.cleaned_data.items() if name not in apart}
        if not given["kind"]:  # not said: as it is
            del given["kind"]
        swapped: str = given["octets_swapped"]
        return given | {
            "octets_swapped": {"yes": True, "no": False}.get(swapped),
            "coa_address": given["coa_address"] or None,
            "login_addresses": given["login_addresses"].split(),
        }


def _secret(required: bool, help_text: StrPromise) -> forms.CharField:
    return forms.CharField(
        required=required,
        max_length=128,
        label=_("Secret"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "form-control mono"}),
        help_text=help_text,
    )


class AddForm(NasForm):
    address = forms.CharField(
        max_length=64,
        label=_("Address"),
        help_text=_("Where its packets come from: 192.0.2.7, or a prefix such as 192.0.2.0/24."),
    )
    secret = _secret(True, _("The same on the gateway. 16 characters or more; it can't be read back here."))
    field_order = ("address", "name", "secret")

    def __init__(self, operator: Operator, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "enabled": True,
            "sends_accounting": True,
            "silent_after_minutes": 1440,
            **kwargs.get("initial", {}),
        }
        super().__init__(operator, *args, **kwargs)

    def save(self, by: Actor, now: datetime) -> Saved:
        """DomainError."""
        address, secret = self.cleaned_data["address"], self.cleaned_data["secret"]
        return services.add_nas(
            by=by, now=now, operator=self.operator, address=address, secret=secret, **self.settings()
        )


class EditForm(NasForm):
    secret = _secret(False, _("Empty: stays as it is. After a change the old one works for another 24 hours."))

    new_portal_secret = forms.BooleanField(
        required=False,
        label=_("Change the portal's secret"),
        help_text=_("At once: put the new one on the gateway too."),
    )

    def __init__(self, nas: Nas, operator: Operator, *args: Any, **kwargs: Any) -> None:
        plain = (
            "name",
            "maker",
            "kind",
            "users_max",
            "identifier",
            "require_message_authenticator",
            "coa_address",
            "coa_port",
            "silent_after_minutes",
            *PLACE,
            *FLAGS,
        )
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
