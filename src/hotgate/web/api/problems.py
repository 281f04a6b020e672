"""Answers to what can't be done: RFC 9457, with codes that stay the same from release to release."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from hotgate.apps.core import waiting as waits
from hotgate.domain.errors import DomainError

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:hotgate:problem:"

# codes of services whose mistake is the request's own, though they name no field
STATUS_OF = {"idempotency_key_invalid": 400, "idempotency_key_reused": 422}
TITLES = {
    400: "Bad request",
    401: "A token is needed",
    403: "Not allowed",
    404: "Not found",
    405: "Method not allowed",
    406: "Not acceptable",
    409: "Not in this state",
    413: "Too large",
    415: "Not JSON",
    422: "Invalid",
    429: "Too many wrong tries",
    500: "Our fault",
    503: "Away for a moment",
}


def problem(
    status: int,
    code: str,
    detail: str,
    errors: Iterable[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """`errors`: one for each field that is wrong, with `field` and `detail`."""
    content: dict[str, Any] = {
        "type": TYPE + code,
        "title": TITLES[status],
        "status": status,
        "code": code,
        "detail": detail,
    }
    named = list(errors)
    if named:
        content["errors"] = named
    return HttpResponse(json.dumps(content), content_type=MEDIA_TYPE, status=status, headers=dict(headers or {}))


def too_many_tries(waiting: timedelta) -> HttpResponse:
    headers = {"Retry-After": str(int(waiting.total_seconds()) + 1)}
    return problem(429, "too_many_tries", waits.words(waiting), headers=headers)


def of_domain(error: DomainError) -> HttpResponse:
    """A field that is wrong is 422; what does not fit the state of things is 409."""
    status = STATUS_OF.get(error.code)
    if status is None:
        status = 422 if error.code.endswith("_invalid") else 409
    errors = [{"field": field, "detail": _(text)} for field, text in error.fields.items()]
    return problem(status, error.code, _(error.text), errors)


def of_validation(errors: Iterable[Mapping[str, Any]]) -> HttpResponse:
    """What pydantic says, without what was sent: a password is no matter for a log of errors."""
    named = [{"field": _field(each.get("loc", ())), "detail": str(each.get("msg", ""))[:500]} for each in errors]
    return problem(422, "request_invalid", _("Some of what was sent is not right."), named)


def not_found(request: HttpRequest) -> HttpResponse:
    return problem(404, "not_found", _("There is nothing with this address here."))


def _field(place: Iterable[Any]) -> str:
    """`("body", "told", "person", "room")` → `person.room`; of a query the name alone."""
    parts = [str(part)[:64] for part in place]
    start = 2 if parts[:1] == ["body"] else 1
    return ".".join(parts[start:]) or "body"
