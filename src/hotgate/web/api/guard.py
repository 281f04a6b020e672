"""What holds for every address of the interface, before and after its view: sizes, media types, and clean refusals."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.translation import gettext as _

from hotgate.web.api import problems
from hotgate.web.shared.away import RETRY_SECONDS, is_away

log = logging.getLogger("hotgate.api")
BODY_OCTETS_MAX = 64_000
WITH_BODY = ("POST", "PATCH", "PUT")
View = Callable[..., HttpResponse]


def guarded(view: View) -> View:
    @wraps(view)
    def look(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = _refusal(request) or _answer(view, request, *args, **kwargs)
        if isinstance(response, HttpResponseNotAllowed):
            allow = {"Allow": response["Allow"]}
            response = problems.problem(405, "method_not_allowed", _("Not by this method."), headers=allow)
        response["Cache-Control"] = "no-store"
        return response

    look.csrf_exempt = True  # type: ignore[attr-defined]  # who it is says the token, and no cookie
    return look


def nowhere(request: HttpRequest, **_kwargs: Any) -> HttpResponse:
    return problems.not_found(request)


def _refusal(request: HttpRequest) -> HttpResponse | None:
    if not _accepts(request.headers.get("Accept", "*/*")):
        return problems.problem(406, "not_acceptable", _("Answers are JSON."))
    if request.method not in WITH_BODY:
        return None
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > BODY_OCTETS_MAX:
        return problems.problem(413, "body_too_large", _("A body has up to 64,000 octets."))
    if int(length) and request.content_type != "application/json":
        return problems.problem(415, "not_json", _("Send JSON, as application/json."))
    return None


def _answer(view: View, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    try:
        return view(request, *args, **kwargs)
    except Exception as error:  # a program gets an answer that it can read, whatever went wrong
        if is_away(error):
            log.warning("the database is away: %s", str(error).partition("\n")[0])
            headers = {"Retry-After": str(RETRY_SECONDS)}
            return problems.problem(503, "away", _("The service is being restarted."), headers=headers)
        log.exception("%s %s", request.method, request.path)
        return problems.problem(500, "our_fault", _("Something went wrong here. Nothing was changed."))


def _accepts(header: str) -> bool:
    """Does any range of it fit JSON? Weights are no matter: there is one form only."""
    ranges = {each.partition(";")[0].strip().lower() for each in header.split(",")}
    return not ranges.isdisjoint({"*/*", "application/*", "application/json", problems.MEDIA_TYPE, ""})
