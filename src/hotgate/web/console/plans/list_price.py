"""What a plan costs those who sell it (HN-W10). It is set where it is owed: by whoever stands above the seller."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from hotgate.apps.catalogue import queries, selling
from hotgate.domain import money
from hotgate.domain.errors import DomainError
from hotgate.domain.money import Money
from hotgate.web.shared import seat, words
from hotgate.web.shared.authorization import Action, may
from hotgate.web.shared.forms import ConsoleForm
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest


class ListPriceForm(ConsoleForm):
    list_price = forms.CharField(
        max_length=20,
        required=False,
        label=gettext_lazy("Price list"),
        help_text=gettext_lazy("Of one ticket, or one cycle. Empty: what the guest pays."),
    )


class Wholesale(NamedTuple):
    is_shown: bool
    price: str
    form: ListPriceForm | None  # None: this person may only read it


def wholesale(request: StaffRequest, plan: Any) -> Wholesale:
    listed = selling.list_price(plan)
    typed = "" if listed is None else money.plain(Money(listed, plan.currency))
    form = ListPriceForm(initial={"list_price": typed}) if sets_prices_of(request, plan.operator) else None
    price = "" if listed is None else words.money(listed, plan.currency)
    return Wholesale(request.seat.may(Action.SEE_SALES), price, form)


def sets_prices_of(request: StaffRequest, operator: Any) -> bool:
    """Whoever may make operators at the one above; where nobody is above, at the operator itself."""
    above = operator.parent_id or operator.pk
    return may([each.role for each in request.seat.standing.get(above, ())], Action.MAKE_OPERATORS)


@require_POST
def change(request: StaffRequest, plan: UUID) -> HttpResponse:
    row = found(queries.plans(request.seat.operator).select_related("operator").filter(uuid=plan).first())
    if not sets_prices_of(request, row.operator):
        raise PermissionDenied
    typed = request.POST.get("list_price", "").strip()[:20]
    try:
        amount = money.parse(typed, row.currency).minor if typed else None
        selling.set_list_price(by=seat.by(request), now=timezone.now(), plan=row, amount_minor=amount)
        messages.success(request, _("The price list is saved. It counts from the next sale on."))
    except DomainError as error:
        messages.error(request, _(error.text))
    return redirect("plan", plan)
