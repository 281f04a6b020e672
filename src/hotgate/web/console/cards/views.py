"""Cards: made in numbers, printed, handed out (HN-7)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.operators import queries as operators
from hotgate.apps.subscribers import cards, queries, readable, services
from hotgate.domain.errors import DomainError
from hotgate.web.console.cards import printing
from hotgate.web.shared import seat
from hotgate.web.shared.forms import ConsoleForm, RowField, offer
from hotgate.web.shared.lookup import found
from hotgate.web.shared.once import new_token, once
from hotgate.web.shared.rows import Operator
from hotgate.web.shared.seat import StaffRequest

BATCHES_SHOWN = 100


class CardsForm(ConsoleForm):
    size = forms.IntegerField(min_value=1, max_value=cards.SIZE_MAX, label=gettext_lazy("How many"), initial=10)
    plan = RowField(required=False, empty_label=gettext_lazy("None yet"), label=gettext_lazy("Plan"))
    realm = RowField(required=False, empty_label=None, label=gettext_lazy("Realm"))
    site = RowField(required=False, empty_label=gettext_lazy("None"), label=gettext_lazy("Site"))
    beginning = forms.CharField(
        max_length=20, required=False, label=gettext_lazy("Names begin with"), help_text=gettext_lazy("Such as: pool-")
    )

    def __init__(self, operator: Operator, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        services.default_realm(operator)
        offer(self, "plan", catalogue.active_plans(operator))
        offer(self, "realm", queries.realms(operator))
        offer(self, "site", operators.sites(operator))


@require_GET
def batches(request: StaffRequest) -> HttpResponse:
    rows = queries.card_batches(request.seat.operator)[:BATCHES_SHOWN]
    return render(request, "console/cards/batches.html", {"batches": rows})


@require_http_methods(["GET", "HEAD", "POST"])
def make(request: StaffRequest) -> HttpResponse:
    form = CardsForm(request.seat.operator, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(once(request, lambda: _make(request, form.cleaned_data)))
        except DomainError as error:
            form.add_domain_error(error)
    shown = {"form": form, "once": new_token()}
    return render(request, "console/cards/new.html", shown, status=422 if form.is_bound else 200)


@require_GET
def batch(request: StaffRequest, batch: UUID) -> HttpResponse:
    row = _batch(request, batch)
    shown = {"batch": row, "cards": queries.cards(row), "papers": printing.PAPERS.values()}
    return render(request, "console/cards/batch.html", shown)


@require_POST
def print_batch(request: StaffRequest, batch: UUID) -> HttpResponse:
    """All that can still be read: who has set a password since is left out."""
    row, made = _batch(request, batch), []
    for each in queries.cards(row):
        password = readable.show(by=seat.by(request), now=timezone.now(), subscriber=each.subscriber)
        if password is not None and each.subscriber.restricted_at is None:
            plan = row.plan.name if row.plan else ""
            made.append(printing.card(request.seat.operator, each.subscriber, password, plan))
    if not made:
        messages.error(request, _("There is no card to print in this batch."))
        return redirect("card_batch", batch)
    return printing.answer(made, request.POST.get("paper", ""))


@require_POST
def hand_out(request: StaffRequest, batch: UUID, number: int) -> HttpResponse:
    row = _batch(request, batch)
    card = found(queries.cards(row).filter(number=number).first())
    cards.hand_out(by=seat.by(request), now=timezone.now(), card=card)
    messages.success(request, _("Card %(number)s was handed out.") % {"number": number})
    return redirect("card_batch", batch)


def _make(request: StaffRequest, given: dict[str, Any]) -> str:
    made = cards.make_cards(
        by=seat.by(request), now=timezone.now(), operator=request.seat.operator, prefix=given.pop("beginning"), **given
    )
    text = ngettext("%(count)s card was made.", "%(count)s cards were made.", made.size)
    messages.success(request, text % {"count": made.size})
    return reverse("card_batch", args=[made.uuid])


def _batch(request: StaffRequest, own: UUID) -> Any:
    return found(queries.card_batches(request.seat.operator).filter(uuid=own).first())
