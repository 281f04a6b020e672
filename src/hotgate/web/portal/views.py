"""The guest's pages. They need neither cookies nor JavaScript: what the gateway told travels in the form, signed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from hotgate.apps.subscribers.registering.offers import offers
from hotgate.web.portal.guesses import answer_anybody, answer_guest, guest_of
from hotgate.web.portal.pages import (
    TOO_OLD,
    gateway_of,
    go,
    is_too_old,
    operator_of,
    page_of,
    public_address,
    visit_of,
)
from hotgate.web.portal.tickets import CODE_MAX, left_of
from hotgate.web.portal.visit import Gateway, RefusedVisit, Visit

PASSWORD_MAX = 128
NAME_MAX = 253


@csrf_exempt  # there is no session to ride on
@require_http_methods(["GET", "HEAD", "POST"])
def ticket(request: HttpRequest, operator: str) -> HttpResponse:
    """What is left of a ticket, from anywhere; and what to do to go online with it."""
    owner = operator_of(request, operator)
    typed = request.POST.get("code", "")[:CODE_MAX]
    answer = answer_anybody(request, owner, typed, timezone.now()) if typed else None
    return page_of(request, "portal/ticket.html", {"operator": owner, "answer": answer, "typed": typed})


@csrf_exempt  # the signed visit in the form says that this page was ours
@require_http_methods(["GET", "HEAD", "POST"])
def arrive(request: HttpRequest, operator: str, nas: UUID) -> HttpResponse:
    owner = operator_of(request, operator)
    row, gateway = gateway_of(owner, nas)
    try:
        visit, token = visit_of(request, gateway, row)
    except RefusedVisit:
        return page_of(request, "portal/refused.html", {"operator": owner, "site": row.site}, status=400)
    shown = {"operator": owner, "site": row.site, "visit": visit, "token": token}
    shown |= {"ticket_url": public_address("ticket_portal", operator)}
    if request.method == "POST" and {"code", "name", "password"} & set(request.POST):
        return _log_in(request, visit, gateway, shown | {"place": f"gateway {row.id}"})
    if visit.result in ("success", "already"):
        # what is left of a name or code is told only where the gateway itself says that it is logged in
        left = left_of(owner, visit.name, timezone.now()) if visit.is_signed else ()
        return page_of(request, "portal/online.html", shown | {"left": left})
    return _form(request, visit, shown, problem=visit.reply if visit.result == "failed" else "", status=200)


def _log_in(request: HttpRequest, visit: Visit, gateway: Gateway, shown: dict[str, Any]) -> HttpResponse:
    typed = request.POST.get("code", "")[:CODE_MAX]
    name, password = request.POST.get("name", "")[:NAME_MAX], request.POST.get("password", "")[:PASSWORD_MAX]
    if typed:
        guest = guest_of(request, visit)
        answer = answer_guest(shown["operator"], typed, guest, shown["place"], timezone.now())
        if answer.problem:
            return _form(request, visit, shown, answer.problem, typed)
        name = password = answer.code
    if not name.strip() or not password:
        return _form(request, visit, shown, gettext("Please type your code, or your name and password."), typed)
    if is_too_old(visit):
        return _form(request, visit, shown, gettext(TOO_OLD), typed)
    return go(request, visit, gateway, shown, name, password)


def _form(
    request: HttpRequest, visit: Visit, shown: dict[str, Any], problem: str = "", typed: str = "", status: int = 422
) -> HttpResponse:
    named = "name" in request.POST and not typed
    more = {"problem": problem, "typed": typed, "by_name": named, "offers": offers(shown["operator"])}
    return page_of(request, "portal/login.html", shown | more, visit, status=status)
