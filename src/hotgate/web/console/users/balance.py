"""Cash taken at the counter becomes a user's balance, from which plans can be paid."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from hotgate.apps.subscribers import recharge
from hotgate.domain import money
from hotgate.domain.errors import DomainError
from hotgate.web.console.users.finding import user_of
from hotgate.web.shared import seat, words
from hotgate.web.shared.forms import ConsoleForm
from hotgate.web.shared.once import once
from hotgate.web.shared.seat import StaffRequest


class TopUpForm(ConsoleForm):
    amount = forms.CharField(max_length=20, label=gettext_lazy("Cash taken"), help_text=gettext_lazy("Such as 10.00."))


@require_POST
def top_up(request: StaffRequest, user: UUID) -> HttpResponse:
    """One form sent twice adds it once."""
    row, form = user_of(request, user), TopUpForm(request.POST, auto_id="top_up_%s")

    def act() -> str:
        amount = money.parse(form.cleaned_data["amount"], row.operator.currency)
        recharge.top_up(by=seat.by(request), now=timezone.now(), subscriber=row, amount_minor=amount.minor)
        told = words.money(amount.minor, amount.currency)
        messages.success(request, _("%(amount)s was added to the balance.") % {"amount": told})
        return reverse("user", args=[user])

    if not form.is_valid():
        messages.error(request, " ".join(map(str, form.errors["amount"])))
        return redirect("recharge_user", user)
    try:
        return redirect(once(request, act))
    except DomainError as error:
        messages.error(request, _(error.text))
        return redirect("recharge_user", user)
