"""The interface for programs goes past the middleware of pages: it has no session, cookie, form, message or page.

What of it concerns programs too is done here: the host is one of ours, texts are in the language asked for, one
transaction is open, and the headers that guard an answer are set.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver
from django.utils import timezone, translation
from django.utils.translation import trans_real

PROGRAMS = "/api/v1/"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "Accept-Language",
}


class LeanMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PROGRAMS):
            return self.get_response(request)
        request.get_host()  # DisallowedHost, which is answered with 400
        language = _language(request)
        with translation.override(language):
            response = _answered(request)
        for name, value in (HEADERS | {"Content-Language": language}).items():
            response.headers.setdefault(name, value)
        if request.is_secure() and settings.SECURE_HSTS_SECONDS:
            response.headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
        response.headers.setdefault("Content-Length", str(len(response.content)))
        return response


def _answered(request: HttpRequest) -> HttpResponse:
    request.resolver_match = match = get_resolver().resolve(request.path_info)
    timezone.deactivate()
    with transaction.atomic():
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        if response.status_code >= 500:  # the exception was answered further in, so nothing would undo it
            transaction.set_rollback(True)
    return response


def _language(request: HttpRequest) -> str:
    """What the program asks for. It has no cookie, and no operator yet."""
    for code, _weight in trans_real.parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if code == "*":
            break
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
