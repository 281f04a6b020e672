"""What all pages of guests share: the operator of the address, the language, and a policy for where forms lead."""

from __future__ import annotations

import re
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation

from hotgate.apps.core import scope
from hotgate.apps.network import logins
from hotgate.apps.network import queries as network
from hotgate.apps.operators import queries as operators
from hotgate.domain.wording import _
from hotgate.web.portal import mikrotik, styles, uam
from hotgate.web.portal.visit import Gateway, RefusedVisit, Visit
from hotgate.web.shared.gateways import portal_secret
from hotgate.web.shared.lookup import found
from hotgate.web.shared.rows import Nas, Operator

FORM_SECONDS = 3600
TOO_OLD = _("Please open any page once more: this one is too old.")
_TONGUE = re.compile(r"&?\blang=[a-z]{2}$")  # put behind by our own links; the gateway signed what is before


def operator_of(request: HttpRequest, slug: str) -> Operator:
    """Nobody is signed in: from here on this request sees the operator of its address, and no other."""
    scope.limit_to([scope.PLATFORM])
    owner = operators.operators().filter(slug=slug).first()
    if owner is None:
        raise Http404
    scope.limit_to([owner.id])
    timezone.activate(ZoneInfo(owner.time_zone))
    _speak(request)
    return owner


def gateway_of(owner: Operator, nas: Any) -> tuple[Nas, Gateway]:
    row = found(network.nases(owner).filter(uuid=nas, enabled=True).first())
    return row, Gateway(portal_secret(row), frozenset(logins.login_addresses(row)))


def visit_of(request: HttpRequest, gateway: Gateway, nas: Nas) -> tuple[Visit, str]:
    """What the gateway told: in the address when the guest arrives, in the form afterwards. And the form's token."""
    query = _TONGUE.sub("", request.META.get("QUERY_STRING", ""))
    if request.method == "POST":
        try:
            query = signing.loads(request.POST.get("visit", ""), salt=str(nas.uuid), max_age=FORM_SECONDS)
        except signing.BadSignature:
            raise RefusedVisit("the form is not ours, or old") from None
    token = signing.dumps(query, salt=str(nas.uuid))
    parse = mikrotik.visit_of if "link-login-only=" in query else uam.visit_of
    # whichever page of ours the form came from: the gateway signed the address at which its guests arrive
    path = reverse("arrive", args=[request.resolver_match.kwargs["operator"], nas.uuid])  # type: ignore[union-attr]
    return parse(f"{settings.ENVIRONMENT.public_url}{path}?{query}", gateway), token


def is_too_old(visit: Visit) -> bool:
    return visit.kind == "uam" and not visit.challenge


def go(
    request: HttpRequest, visit: Visit, gateway: Gateway, shown: dict[str, Any], name: str, password: str
) -> HttpResponse:
    """The login itself: the guest's browser carries it to the gateway."""
    if visit.kind == "mikrotik":
        return page_of(request, "portal/go.html", shown | way_of(visit, gateway, name, password), visit)
    return sent(uam.login_url(visit, gateway, name, password))


def way_of(visit: Visit, gateway: Gateway, name: str, password: str) -> dict[str, Any]:
    """For a page with a button that logs in: a form for a router, a link for CoovaChilli."""
    if is_too_old(visit):
        return {}
    if visit.kind == "mikrotik":
        return {"target": visit.origin + visit.path, "fields": mikrotik.login_fields(visit, name, password)}
    return {"link": uam.login_url(visit, gateway, name, password)}


def page_of(
    request: HttpRequest, template: str, shown: dict[str, Any], visit: Visit | None = None, status: int = 200
) -> HttpResponse:
    """`shown` has the operator, and what tells whose style it wears: `realm` once it is known, else `site`."""
    tongues = {"tongues": settings.LANGUAGES, "lang": lang_of(request), "style": styles.address_of(shown)}
    response = render(request, template, tongues | shown, status=status)
    response["Cache-Control"] = "no-store"
    # browsers follow a form's redirect only to where its page allows: here to this gateway and nowhere else
    targets = ["'self'", visit.origin] if visit else ["'self'"]
    # and no data: addresses, which a realm's own style could not hold either
    response._csp_replace = {"form-action": targets, "img-src": ["'self'"]}  # type: ignore[attr-defined]
    return response


def sent(address: str) -> HttpResponse:
    """Back to the gateway, which was verified."""
    response = HttpResponse(status=303)
    response["Location"] = address
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def public_address(name: str, operator: str) -> str:
    return str(settings.ENVIRONMENT.public_url) + reverse(name, args=[operator])


def lang_of(request: HttpRequest) -> str:
    """The language that the guest chose; '' none: the browser's. It travels in addresses and forms, in no cookie."""
    told = request.POST.get("lang") or request.GET.get("lang", "")
    return told if told in dict(settings.LANGUAGES) else ""


def _speak(request: HttpRequest) -> None:
    chosen = lang_of(request)
    if chosen:
        translation.activate(chosen)
