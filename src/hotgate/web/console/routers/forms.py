"""How a router is read, and which plan its users get."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.network.routeros.values import DEFAULT_PORTS, Protocol, Tls
from hotgate.apps.subscribers.importing import queries as importing
from hotgate.apps.subscribers.routers import services
from hotgate.apps.subscribers.routers.rules import Rule
from hotgate.web.shared.forms import ConsoleForm, RowField, offer
from hotgate.web.shared.rows import Nas, Operator

PROTOCOLS = [
    (Protocol.REST, gettext_lazy("REST (RouterOS 7.1 or later)")),
    (Protocol.BINARY, gettext_lazy("API (any RouterOS)")),
]
TLS = [
    (Tls.VERIFIED, gettext_lazy("TLS, certificate checked")),
    (Tls.UNVERIFIED, gettext_lazy("TLS, any certificate")),
    (Tls.OFF, gettext_lazy("without TLS: only inside a tunnel")),
]
FIELDS = [("profile", gettext_lazy("Profile")), ("comment", gettext_lazy("Comment")), ("name", gettext_lazy("Name"))]
SPARE_RULES = 2
RULES_LEAST = 3


class RouterForm(ConsoleForm):
    enabled = forms.BooleanField(label=gettext_lazy("Read it every five minutes"), required=False, initial=True)
    protocol = forms.ChoiceField(label=gettext_lazy("Service"), choices=PROTOCOLS)
    tls = forms.ChoiceField(label=gettext_lazy("Encryption"), choices=TLS)
    port = forms.IntegerField(
        label=gettext_lazy("Port"),
        min_value=1,
        max_value=65_535,
        required=False,
        help_text=gettext_lazy("The usual one, when empty."),
    )
    username = forms.CharField(
        label=gettext_lazy("User on the router"),
        max_length=200,
        help_text=gettext_lazy("One with the rights read and api, or rest-api, suffices."),
    )
    password = forms.CharField(
        label=gettext_lazy("Its password"),
        max_length=200,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    realm = RowField(label=gettext_lazy("Realm of its users"), empty_label=None)
    default_plan = RowField(
        label=gettext_lazy("Plan where no rule fits"), required=False, empty_label=gettext_lazy("none")
    )
    printer_field = forms.ChoiceField(
        label=gettext_lazy("A printer's ticket is told by its"), choices=FIELDS, initial="comment"
    )
    printer_pattern = forms.CharField(
        label=gettext_lazy("which looks like"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("* stands for anything, such as printer*. The others count as made by a program."),
    )

    def __init__(self, operator: Operator, source: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, initial=_values(source), **kwargs)
        self.source = source
        offer(self, "realm", importing.realms(operator))
        plans = catalogue.active_plans(operator)
        offer(self, "default_plan", plans)
        self.fields["password"].help_text = _("As before, when empty.") if source else ""
        known = source.rules if source else []
        self.numbers = range(max(len(known) + SPARE_RULES, RULES_LEAST))
        for number in self.numbers:
            self._add_rule(number, known[number] if number < len(known) else {}, plans)

    def _add_rule(self, number: int, rule: dict[str, Any], plans: Any) -> None:
        select = {"class": "form-select"}
        self.fields[f"field{number}"] = forms.ChoiceField(
            label=_("Rule %d: its") % (number + 1),
            choices=FIELDS,
            required=False,
            initial=rule.get("field"),
            widget=forms.Select(attrs=select),
        )
        self.fields[f"pattern{number}"] = forms.CharField(
            label=_("looks like"),
            max_length=200,
            required=False,
            initial=rule.get("pattern"),
            widget=forms.TextInput(attrs={"class": "form-control"}),
        )
        plan = RowField(
            label=_("gets the plan"), required=False, empty_label=_("none"), widget=forms.Select(attrs=select)
        )
        self.fields[f"plan{number}"] = plan
        plan.queryset = plans
        known = plans.filter(id=rule.get("plan")).first() if rule else None
        plan.initial = known.uuid if known else None

    def rule_rows(self) -> list[tuple[Any, Any, Any]]:
        return [(self[f"field{n}"], self[f"pattern{n}"], self[f"plan{n}"]) for n in self.numbers]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for number in self.numbers:
            if bool(given.get(f"pattern{number}")) != bool(given.get(f"plan{number}")):
                self.add_error(f"pattern{number}", _("A rule needs a pattern and a plan."))
        return given

    def save(self, by: Any, now: Any, nas: Nas) -> Any:
        """DomainError `router_invalid`."""
        given = self.cleaned_data
        protocol, tls = Protocol(given["protocol"]), Tls(given["tls"])
        settings = services.Settings(
            given["realm"],
            protocol,
            tls,
            given["port"] or DEFAULT_PORTS[protocol, tls is not Tls.OFF],
            given["username"],
            tuple(self._rules()),
            given["default_plan"],
            given["printer_field"],
            given["printer_pattern"],
            given["enabled"],
        )
        return services.save_source(by=by, now=now, nas=nas, settings=settings, password=given["password"] or None)

    def _rules(self) -> list[Rule]:
        given = self.cleaned_data
        return [
            Rule(given[f"field{n}"] or "profile", given[f"pattern{n}"], given[f"plan{n}"].id)
            for n in self.numbers
            if given[f"pattern{n}"]
        ]


def _values(source: Any) -> dict[str, Any]:
    if source is None:
        return {}
    fields = ("enabled", "protocol", "tls", "port", "username", "printer_field", "printer_pattern")
    values = {field: getattr(source, field) for field in fields}
    plan = source.default_plan
    return {**values, "realm": source.realm.uuid, "default_plan": plan.uuid if plan else None}
