"""Tokens of the API: make one and see it once, look at them, revoke."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from hotgate.apps.operators import roles
from hotgate.apps.operators.roles import Held
from hotgate.apps.operators.tokens import queries, services
from hotgate.domain.errors import DomainError
from hotgate.web.shared import seat
from hotgate.web.shared.forms import ConsoleForm, DayField
from hotgate.web.shared.listing import Column, Shape
from hotgate.web.shared.listing import listing as listed
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest

ROLE_LABELS = {
    "owner": gettext_lazy("Owner"),
    "manager": gettext_lazy("Manager"),
    "cashier": gettext_lazy("Cashier"),
    "account_editor": gettext_lazy("Account editor"),
    "support": gettext_lazy("Support"),
    "auditor": gettext_lazy("Auditor"),
}
SCOPE_LABELS = {
    "users:read": gettext_lazy("See users"),
    "users:write": gettext_lazy("Create, recharge and change users"),
    "cards:read": gettext_lazy("See cards"),
    "cards:write": gettext_lazy("Make cards"),
    "plans:read": gettext_lazy("See plans"),
    "plans:write": gettext_lazy("Change plans"),
    "vouchers:read": gettext_lazy("See tickets"),
    "vouchers:write": gettext_lazy("Make and redeem tickets"),
    "sessions:read": gettext_lazy("See sessions"),
    "sessions:write": gettext_lazy("End sessions"),
    "sales:read": gettext_lazy("See sales"),
    "sales:write": gettext_lazy("Settle sales"),
    "network:read": gettext_lazy("See sites and gateways"),
    "network:write": gettext_lazy("Change gateways"),
}
SHAPE = Shape(
    columns=(
        Column("name", gettext_lazy("Token"), "name"),
        Column("role", gettext_lazy("Role")),
        Column("scopes", gettext_lazy("For")),
        Column("used", gettext_lazy("Last used")),
        Column("state", gettext_lazy("State")),
    ),
    sort="name",
    search=lambda text: Q(name__icontains=text) | Q(public__startswith=text.removeprefix("hg_")),
)


class TokenForm(ConsoleForm):
    name = forms.CharField(max_length=services.NAME_MAX, label=gettext_lazy("Name"))
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), help_text=gettext_lazy("What staff of this role may not do, the program may not.")
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it is for"),
        choices=[(scope, SCOPE_LABELS[scope]) for scope in services.SCOPES],
        widget=forms.CheckboxSelectMultiple,
    )
    addresses = forms.CharField(
        required=False,
        max_length=2500,
        label=gettext_lazy("From these addresses"),
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "class": "form-control mono"}),
        help_text=gettext_lazy("One per line, such as 192.0.2.7 or 192.0.2.0/24. Empty: from anywhere."),
    )
    until = DayField(
        required=False,
        label=gettext_lazy("Until"),
        help_text=gettext_lazy("The last day on which it works. Empty: until you revoke it."),
    )

    def __init__(self, offered: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chooser = self.fields["role"]
        assert isinstance(chooser, forms.ChoiceField)
        chooser.choices = [(role, ROLE_LABELS[role]) for role in offered]
        self.fields["scopes"].widget.attrs["class"] = "form-check-input"

    def wanted(self) -> dict[str, Any]:
        """As the service takes it; the last day is a day of the operator's calendar."""
        given = self.cleaned_data
        last = given["until"]
        end = None
        if last is not None:
            end = timezone.make_aware(datetime.combine(last + timedelta(days=1), time()))
        return {
            "name": given["name"],
            "role": given["role"],
            "scopes": given["scopes"],
            "addresses": given["addresses"].split(),
            "expires_at": end,
        }


def listing(request: StaffRequest) -> HttpResponse:
    rows = queries.tokens(request.seat.operator)
    shown = {"listing": listed(request, rows, SHAPE), "now": timezone.now(), "labels": SCOPE_LABELS}
    return render(request, "console/settings/tokens.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("made")
def add(request: StaffRequest) -> HttpResponse:
    form = TokenForm(_offered(request), request.POST or None, initial={"role": "account_editor"})
    if request.method == "POST" and form.is_valid():
        try:
            made = services.make_token(
                by=seat.by(request), now=timezone.now(), operator=request.seat.operator, **form.wanted()
            )
        except DomainError as error:
            form.add_domain_error(DomainError(error.code, error.text, _on_the_form(error)))
        else:
            return _shown_once(request, made)
    return render(request, "console/settings/token.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
def revoke(request: StaffRequest, token: UUID) -> HttpResponse:
    row = found(queries.tokens(request.seat.operator).filter(uuid=token).first())
    services.revoke_token(by=seat.by(request), now=timezone.now(), token=row)
    messages.success(request, _("%(name)s is revoked: it opens nothing any more.") % {"name": row.name})
    return redirect("tokens")


def _shown_once(request: StaffRequest, made: services.Made) -> HttpResponse:
    shown = {"made": made, "address": f"{settings.ENVIRONMENT.public_url}/api/v1"}
    response = render(request, "console/settings/token_made.html", shown)
    response["Cache-Control"] = "no-store"
    return response


def _offered(request: StaffRequest) -> list[str]:
    """Nobody gives a program more than they hold themselves, at all of the operator's sites."""
    return [role for role in ROLE_LABELS if roles.may_give(request.seat.held, Held(role))]


def _on_the_form(error: DomainError) -> dict[str, str]:
    return {"until" if field == "expires_at" else field: text for field, text in error.fields.items()}
