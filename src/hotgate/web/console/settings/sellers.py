"""What a reseller agrees with an operator below it: the discount, what was sold, and what is owed (HN-W8, HN-W10)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hotgate.apps.catalogue import selling
from hotgate.apps.core import scope
from hotgate.apps.subscribers import sales
from hotgate.domain.errors import DomainError
from hotgate.web.shared import seat
from hotgate.web.shared.authorization import Action, may
from hotgate.web.shared.forms import ConsoleForm
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest

DAYS = 30


class DiscountForm(ConsoleForm):
    percent = forms.DecimalField(
        min_value=0,
        max_value=100,
        decimal_places=2,
        label=gettext_lazy("Discount in percent"),
        help_text=gettext_lazy("Off the price list, from the next sale on."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: StaffRequest, seller: UUID) -> HttpResponse:
    row = _seller(request, seller)
    now = timezone.now()
    with scope.widened(row.pk, row.parent_id):
        form = DiscountForm(request.POST or None, initial={"percent": selling.discount_of(row)})
        if request.method == "POST" and form.is_valid():
            percent = form.cleaned_data["percent"]
            try:
                selling.set_seller_discount(by=seat.by(request), now=now, seller=row, percent=percent)
                messages.success(request, _("Saved."))
                return redirect("seller", row.uuid)
            except DomainError as error:
                form.add_domain_error(error)
        sold = sales.sold_since(row, now - timedelta(days=DAYS))
        shown = {"seller": row, "form": form, "sold": sold, "days": DAYS}
        return render(request, "console/settings/seller.html", shown, status=422 if form.is_bound else 200)


def _seller(request: StaffRequest, wanted: UUID) -> Any:
    """An operator below one where this person may make operators. Any other is not there."""
    row = found(next((each for each in request.seat.choices if each.uuid == wanted), None))
    above = request.seat.standing.get(row.parent_id or 0, frozenset())
    return found(row if may([each.role for each in above], Action.MAKE_OPERATORS) else None)
