"""A link that gives new credentials, once. Looking at it changes nothing: mail programs and scanners look too."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from hotgate.apps.subscribers import links
from hotgate.web.portal.pages import operator_of, page_of


@csrf_exempt  # the token in the address is all that it takes, and nobody is signed in
@require_http_methods(["GET", "HEAD", "POST"])
def credentials(request: HttpRequest, operator: str, token: str) -> HttpResponse:
    owner, now = operator_of(request, operator), timezone.now()
    realm = links.realm_of(owner, token, now)
    shown = {"operator": owner, "realm": realm, "is_open": realm is not None}
    if request.method == "POST":
        shown["made"] = links.use_link(now=now, operator=owner, token=token)
    status = 200 if shown["is_open"] else 410
    response = page_of(request, "portal/credentials.html", shown, status=status)
    response["Cache-Control"] = "no-store"
    return response
