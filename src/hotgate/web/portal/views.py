"""The guest's pages. They need neither cookies nor JavaScript: what the gateway told travels in the form, signed."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from hotgate.apps.core import scope
from hotgate.apps.network import logins
from hotgate.apps.network import queries as network
from hotgate.apps.operators import queries as operators
from hotgate.web.portal import mikrotik, uam
from hotgate.web.portal.guesses import answer_guest
from hotgate.web.portal.tickets import CODE_MAX, left_of
from hotgate.web.portal.visit import Gateway, RefusedVisit, Visit
from hotgate.web.shared.client import handle_of
from hotgate.web.shared.gateways import portal_secret
from hotgate.web.shared.lookup import found

FORM_SECONDS = 3600
PASSWORD_MAX = 128


@csrf_exempt  # there is no session to ride on
@require_http_methods(["GET", "HEAD", "POST"])
def ticket(request: HttpRequest, operator: str) -> HttpResponse:
    """What is left of a ticket, from anywhere; and what to do to go online with it."""
    owner = _operator(operator)
    typed = request.POST.get("code", "")[:CODE_MAX]
    place = f"operator {owner.id}"
    answer = answer_guest(owner, typed, handle_of(request), place, timezone.now()) if typed else None
    return _page(request, "portal/ticket.html", {"operator": owner, "answer": answer, "typed": typed})


@csrf_exempt  # the signed visit in the form says that this page was ours
@require_http_methods(["GET", "HEAD", "POST"])
def arrive(request: HttpRequest, operator: str, nas: UUID) -> HttpResponse:
    owner = _operator(operator)
    row = found(network.nases(owner).filter(uuid=nas, enabled=True).first())
    gateway = Gateway(portal_secret(row), frozenset(logins.login_addresses(row)))
    try:
        visit = _visit(request, gateway, row)
    except RefusedVisit:
        return _page(request, "portal/refused.html", {"operator": owner}, status=400)
    shown = {"operator": owner, "visit": visit, "ticket_url": _ticket_url(operator)}
    if request.method == "POST":
        return _log_in(request, visit, gateway, shown | {"place": f"gateway {row.id}"})
    if visit.result in ("success", "already"):
        # what is left of a name or code is told only where the gateway itself says that it is logged in
        left = left_of(owner, visit.name, timezone.now()) if visit.is_signed else ()
        return _page(request, "portal/online.html", shown | {"left": left})
    return _form(request, visit, shown, problem=visit.reply if visit.result == "failed" else "")


def _visit(request: HttpRequest, gateway: Gateway, nas: Any) -> Visit:
    """What the gateway told: in the address when the guest arrives, in the form afterwards."""
    query = request.META.get("QUERY_STRING", "")
    if request.method == "POST":
        try:
            query = signing.loads(request.POST.get("visit", ""), salt=str(nas.uuid), max_age=FORM_SECONDS)
        except signing.BadSignature:
            raise RefusedVisit("the form is not ours, or old") from None
    request.visit_token = signing.dumps(query, salt=str(nas.uuid))  # type: ignore[attr-defined]
    parse = mikrotik.visit_of if "link-login-only=" in query else uam.visit_of
    return parse(f"{settings.ENVIRONMENT.public_url}{request.path}?{query}", gateway)


def _log_in(request: HttpRequest, visit: Visit, gateway: Gateway, shown: dict[str, Any]) -> HttpResponse:
    typed = request.POST.get("code", "")[:CODE_MAX]
    name, password = request.POST.get("name", "")[:253], request.POST.get("password", "")[:PASSWORD_MAX]
    if typed:
        guest = visit.mac or handle_of(request)
        answer = answer_guest(shown["operator"], typed, guest, shown["place"], timezone.now())
        if answer.problem:
            return _form(request, visit, shown, answer.problem, typed)
        name = password = answer.code
    if not name.strip() or not password:
        return _form(request, visit, shown, "Please type your code, or your name and password.", typed)
    if not visit.challenge and visit.kind == "uam":
        return _form(request, visit, shown, "Please open any page once more: this one is too old.", typed)
    if visit.kind == "mikrotik":
        fields = mikrotik.login_fields(visit, name, password)
        return _page(request, "portal/go.html", shown | {"fields": fields, "target": visit.origin + visit.path}, visit)
    return _sent(uam.login_url(visit, gateway, name, password))


def _form(
    request: HttpRequest, visit: Visit, shown: dict[str, Any], problem: str = "", typed: str = ""
) -> HttpResponse:
    named = "name" in request.POST and not typed
    more = {"problem": problem, "typed": typed, "by_name": named, "token": getattr(request, "visit_token", "")}
    return _page(request, "portal/login.html", shown | more, visit, status=422 if request.method == "POST" else 200)


def _page(
    request: HttpRequest, template: str, shown: dict[str, Any], visit: Visit | None = None, status: int = 200
) -> HttpResponse:
    response = render(request, template, shown, status=status)
    response["Cache-Control"] = "no-store"
    # browsers follow a form's redirect only to where its page allows: here to this gateway and nowhere else
    targets = ["'self'", visit.origin] if visit else ["'self'"]
    response._csp_replace = {"form-action": targets}  # type: ignore[attr-defined]
    return response


def _sent(address: str) -> HttpResponse:
    """Back to the gateway, which was verified."""
    response = HttpResponse(status=303)
    response["Location"] = address
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _operator(slug: str) -> Any:
    """Nobody is signed in: from here on this request sees the operator of its address, and no other."""
    scope.limit_to([scope.PLATFORM])
    owner = operators.operators().filter(slug=slug).first()
    if owner is None:
        raise Http404
    scope.limit_to([owner.id])
    timezone.activate(ZoneInfo(owner.time_zone))
    return owner


def _ticket_url(operator: str) -> str:
    return str(settings.ENVIRONMENT.public_url) + reverse("ticket_portal", args=[operator])
