"""Where one is signed in: this browser and others, and an end to those."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from hotgate.apps.operators.audit import record_audit
from hotgate.web.console.settings import browsers
from hotgate.web.shared import seat
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest


@require_GET
def listing(request: StaffRequest) -> HttpResponse:
    here = request.session.session_key
    rows = sorted(UserSession.objects.purge_and_list(request.user), key=lambda each: each.last_seen_at, reverse=True)
    shown = [(each, browsers.name_of(each.user_agent), each.session_key == here) for each in rows]
    return render(request, "console/settings/sign_ins.html", {"sign_ins": shown})


@require_POST
def end(request: StaffRequest, session: int) -> HttpResponse:
    row = found(UserSession.objects.filter(user=request.user, id=session).first())
    if row.session_key == request.session.session_key:
        return redirect("account_logout")
    _end(request, [row])
    return redirect("own_sessions")


@require_POST
def end_others(request: StaffRequest) -> HttpResponse:
    _end(request, list(UserSession.objects.filter(user=request.user).exclude(session_key=request.session.session_key)))
    return redirect("own_sessions")


def _end(request: StaffRequest, rows: list[UserSession]) -> None:
    for row in rows:
        row.end()
    if not rows:
        return
    record_audit(
        by=seat.by(request),
        now=timezone.now(),
        operator_id=request.seat.operator.id,
        verb="end_sign_ins",
        object_kind="staff",
        object_id=request.user.pk,
        after={"count": len(rows)},
    )
    messages.success(request, _("Signed out there."))
