"""Sell a ticket in two clicks: choose the plan, print."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.vouchers import queries as vouchers
from hotgate.apps.vouchers import services
from hotgate.domain.errors import DomainError
from hotgate.web.console.quick_ticket import printing
from hotgate.web.shared import plan_words, seat
from hotgate.web.shared.lookup import found
from hotgate.web.shared.once import new_token, once
from hotgate.web.shared.seat import StaffRequest

SEEN = "codes seen"  # key in the session
SEEN_MAX = 20
ONE_LOOK_SECONDS = 600


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: StaffRequest) -> HttpResponse:
    if request.method == "POST":
        return _make(request)
    plans = catalogue.active_plans(request.seat.operator).filter(quick_ticket=True).exclude(payment="postpaid")
    terms = catalogue.terms_of(plan.id for plan in plans)
    offers = [(plan, plan_words.gives(terms[plan.id]), plan_words.price(terms[plan.id])) for plan in plans]
    return render(request, "console/quick_ticket/choose.html", {"offers": offers, "once": new_token()})


def _make(request: StaffRequest) -> HttpResponse:
    plan = found(_plan(request))

    def create() -> str:
        made = services.create_ticket(
            by=seat.by(request), now=timezone.now(), operator=request.seat.operator, plan=plan
        )
        return reverse("ticket", args=[made.voucher.uuid])

    try:
        return redirect(once(request, create))
    except DomainError as error:
        messages.error(request, error.text)
        return redirect("quick_ticket")


def _plan(request: StaffRequest) -> Any:
    try:
        wanted = UUID(request.POST.get("plan", ""))
    except ValueError:
        return None
    return catalogue.active_plans(request.seat.operator).filter(uuid=wanted, quick_ticket=True).first()


@require_GET
def show(request: StaffRequest, voucher: UUID) -> HttpResponse:
    row, card = _card(request, voucher, on_paper=False)
    shown = {"voucher": row, "card": card, "papers": printing.PAPERS.values()}
    response = render(request, "console/quick_ticket/show.html", shown)
    response["Cache-Control"] = "no-store"
    return response


@require_GET
def pdf(request: StaffRequest, voucher: UUID, paper: str) -> HttpResponse:
    if paper not in printing.PAPERS:
        raise Http404
    _, card = _card(request, voucher, on_paper=True)
    response = HttpResponse(printing.pdf([card], printing.PAPERS[paper]), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="ticket-{paper}.pdf"'
    response["Cache-Control"] = "no-store"
    return response


def _card(request: StaffRequest, own: UUID, on_paper: bool) -> tuple[Any, printing.Card]:
    """The voucher and what is printed of it."""
    operator = request.seat.operator
    row = found(vouchers.voucher(operator, own))
    terms = catalogue.terms_of([row.plan_id])[row.plan_id]
    address = settings.ENVIRONMENT.public_url + reverse("ticket_portal", args=[operator.slug])
    return row, printing.card(_code(request, row, on_paper), operator.name, terms, address)


def _code(request: StaffRequest, row: Any, on_paper: bool) -> str:
    """One entry in the audit for each time somebody looks; to load the page again is no new look."""
    now, mark = timezone.now(), f"{'print' if on_paper else 'show'} {row.uuid}"
    seen: dict[str, float] = request.session.get(SEEN, {})
    if now.timestamp() - seen.get(mark, 0) < ONE_LOOK_SECONDS:
        return vouchers.code_of(row)
    request.session[SEEN] = dict([*seen.items(), (mark, now.timestamp())][-SEEN_MAX:])
    return services.show_code(by=seat.by(request), now=now, voucher=row, on_paper=on_paper)
