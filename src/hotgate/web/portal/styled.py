"""A realm's own style as a file (HN-W20). It was checked when it was saved, and is checked again: rules may tighten."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from hotgate.apps.subscribers import queries as subscribers
from hotgate.domain import styling
from hotgate.web.portal.pages import operator_of
from hotgate.web.shared.lookup import found

A_YEAR = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"  # an old address, or one that somebody wrote


@require_safe
@gzip_page
def style(request: HttpRequest, operator: str, realm: UUID) -> HttpResponse:
    owner = operator_of(request, operator)
    row = found(subscribers.realms(owner).filter(uuid=realm).first())
    if not row.style or styling.obstacle(row.style) is not None:
        raise Http404
    response = HttpResponse(row.style, content_type="text/css; charset=utf-8")
    is_current = request.GET.get("v") == styling.version(row.style)
    response["Cache-Control"] = A_YEAR if is_current else ASK_AGAIN
    return response
