"""Addresses of the interface: those of its operations, its description, and a clean 404 for all others."""

from __future__ import annotations

import functools
import json

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path, re_path

from hotgate.web.api.guard import guarded, nowhere
from hotgate.web.api.v1.api import api

V1 = "api/v1"


@functools.cache
def description() -> str:
    """OpenAPI 3.1, as it is published and kept in docs/api/openapi.json."""
    return json.dumps(api.get_openapi_schema(path_prefix=f"{V1}/"), indent=1, default=str) + "\n"


def openapi(request: HttpRequest) -> HttpResponse:
    if request.method not in ("GET", "HEAD"):
        return HttpResponseNotAllowed(["GET", "HEAD"])
    return HttpResponse(description(), content_type="application/json")


def _operations() -> list[URLPattern]:
    found: list[URLPattern] = []
    for pattern in api.urls[0]:
        if isinstance(pattern, URLPattern) and "api-root" not in str(pattern.name):
            pattern.callback = guarded(pattern.callback)
            found.append(pattern)
    return found


urlpatterns = [
    path("openapi.json", guarded(openapi), name="openapi"),
    *_operations(),
    re_path(r"^.*$", guarded(nowhere)),
]
