"""Sell a ticket in two clicks: choose the plan, print (EN-40 to EN-45)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.vouchers import queries as vouchers
from hotgate.apps.vouchers import quick
from hotgate.domain.errors import DomainError
from hotgate.web.console.quick_ticket import printing
from hotgate.web.console.quick_ticket.forms import GuestForm, SettingsForm
from hotgate.web.console.quick_ticket.printing import Print
from hotgate.web.shared import plan_words, seat
from hotgate.web.shared.at_sites import site_to_sell_at
from hotgate.web.shared.lookup import found
from hotgate.web.shared.once import new_token, once
from hotgate.web.shared.seat import StaffRequest

SEEN = "codes seen"  # key in the session
SEEN_MAX = 20
ONE_LOOK_SECONDS = 600
PAPER = "paper"  # key in the session: on what this person printed last


@require_http_methods(["GET", "HEAD", "POST"])
def choose(request: StaffRequest) -> HttpResponse:
    form = GuestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        plan = found(_plan(request))
        try:
            return redirect(once(request, lambda: _sell(request, plan, form)))
        except DomainError as error:
            form.add_domain_error(error)
    plans = _offered(request)
    terms = catalogue.terms_of(plan.id for plan in plans)
    offers = [(plan, plan_words.gives(terms[plan.id]), plan_words.price(terms[plan.id])) for plan in plans]
    shown = {"offers": offers, "once": new_token(), "form": form}
    return render(request, "console/quick_ticket/choose.html", shown, status=422 if form.errors else 200)


@require_GET
def show(request: StaffRequest, voucher: UUID) -> HttpResponse:
    row, card, language = _card(request, voucher, on_paper=False)
    prints = _prints(voucher)
    shown = {
        "voucher": row,
        "card": card,
        "usual": prints.get(request.session.get(PAPER, ""), prints["a4"]),
        "prints": prints.values(),
        "languages": settings.LANGUAGES,
        "language": language,
    }
    return _private(render(request, "console/quick_ticket/show.html", shown))


@require_GET
def pdf(request: StaffRequest, voucher: UUID, paper: str) -> HttpResponse:
    if paper not in printing.PAPERS:
        raise Http404
    _row, card, language = _card(request, voucher, on_paper=True)
    with translation.override(language):
        content = printing.pdf([card], printing.PAPERS[paper])
    request.session[PAPER] = paper
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="ticket-{paper}.pdf"'
    return _private(response)


@require_GET
def roll(request: StaffRequest, voucher: UUID, paper: str) -> HttpResponse:
    """ESC/POS for a ticket printer: send the file to it as it is."""
    if paper not in printing.ROLL_DOTS:
        raise Http404
    _row, card, language = _card(request, voucher, on_paper=True)
    with translation.override(language):
        content = printing.roll(card, printing.PAPERS[paper])
    request.session[PAPER] = f"{paper} roll"
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="ticket-{paper}.bin"'
    return _private(response)


@require_POST
def language(request: StaffRequest, voucher: UUID) -> HttpResponse:
    row = found(vouchers.voucher(request.seat.operator, voucher))
    try:
        wanted = request.POST.get("language", "")
        quick.choose_language(by=seat.by(request), now=timezone.now(), voucher=row, language=wanted)
    except DomainError as error:
        messages.error(request, _(error.text))
    return redirect("ticket", voucher)


@require_http_methods(["GET", "HEAD", "POST"])
def change_settings(request: StaffRequest) -> HttpResponse:
    saved = quick.ticket_settings(request.seat.operator)
    initial = {"separate_password": saved.separate_password, "support_line": saved.support_line}
    form = SettingsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            quick.change_ticket_settings(
                by=seat.by(request), now=timezone.now(), operator=request.seat.operator, **form.cleaned_data
            )
        except DomainError as error:
            form.add_domain_error(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("quick_ticket")
    return render(request, "console/quick_ticket/settings.html", {"form": form}, status=422 if form.errors else 200)


def _sell(request: StaffRequest, plan: Any, form: GuestForm) -> str:
    made = quick.sell_quick_ticket(
        by=seat.by(request),
        now=timezone.now(),
        operator=request.seat.operator,
        plan=plan,
        site=site_to_sell_at(request.seat),
        **form.cleaned_data,
    )
    _note_look(request, made.voucher, on_paper=False)  # the next page shows what the sale has just written down
    return reverse("ticket", args=[made.voucher.uuid])


def _offered(request: StaffRequest) -> Any:
    """EN-42, EN-A21: prepaid, flagged and active."""
    return catalogue.active_plans(request.seat.operator).filter(quick_ticket=True, payment="prepaid")


def _plan(request: StaffRequest) -> Any:
    try:
        wanted = UUID(request.POST.get("plan", ""))
    except ValueError:
        return None
    return _offered(request).filter(uuid=wanted).first()


def _prints(voucher: UUID) -> dict[str, Print]:
    """All ways to print a ticket, by what the session remembers."""
    papers = printing.PAPERS
    made = {key: Print(paper.label, reverse("ticket_pdf", args=[voucher, key])) for key, paper in papers.items()}
    for key in printing.ROLL_DOTS:
        label, href = f"{papers[key].label} (ESC/POS)", reverse("ticket_roll", args=[voucher, key])
        made[f"{key} roll"] = Print(label, href, is_file=True)
    return made


def _card(request: StaffRequest, own: UUID, on_paper: bool) -> tuple[Any, printing.Card, str]:
    """The voucher, what is printed of it, and the guest's language."""
    operator = request.seat.operator
    row = found(vouchers.voucher(operator, own))
    terms = catalogue.terms_of([row.plan_id])[row.plan_id]
    address = settings.ENVIRONMENT.public_url + reverse("ticket_portal", args=[operator.slug])
    name, password = _credentials(request, row, on_paper)
    support = quick.ticket_settings(operator).support_line
    language = (row.subscriber.language if row.subscriber else "") or translation.get_language() or "en"
    place = row.batch.site.name if row.batch.site else operator.name
    with translation.override(language):
        shown = printing.card(name, place, terms, address, support, "" if password == name else password)
    return row, shown, language


def _credentials(request: StaffRequest, row: Any, on_paper: bool) -> tuple[str, str]:
    """One entry in the audit for each time somebody looks; to load the page again is no new look."""
    if not _note_look(request, row, on_paper):
        return quick.typed_by_guest(row)
    return quick.credentials_of(by=seat.by(request), now=timezone.now(), voucher=row, on_paper=on_paper)[:2]


def _note_look(request: StaffRequest, row: Any, on_paper: bool) -> bool:
    """Is it a new one?"""
    now, mark = timezone.now().timestamp(), f"{'print' if on_paper else 'show'} {row.uuid}"
    seen: dict[str, float] = request.session.get(SEEN, {})
    if now - seen.get(mark, 0) < ONE_LOOK_SECONDS:
        return False
    request.session[SEEN] = dict([*seen.items(), (mark, now)][-SEEN_MAX:])
    return True


def _private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    return response
