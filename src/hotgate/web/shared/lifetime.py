"""How long a sign-in lasts: a day, or two hours without a click. A page that refreshes itself is no click.

No page outlives it in the browser's cache, where whoever comes next would find it by going back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from hotgate.web.shared.client import address_of
from hotgate.web.shared.routes import to_sign_in

BEGAN, SEEN = "sign-in began", "last click"  # keys in the session: seconds since 1970
WRITTEN_EVERY = timedelta(minutes=1)


class LifetimeMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(settings.STATIC_URL) or not request.user.is_authenticated:
            return self.get_response(request)
        now = timezone.now()
        if is_over(request, now):
            logout(request)
            messages.info(request, _("You were signed out, since nobody was here for a while. Please sign in again."))
            return to_sign_in(request)
        if not request.headers.get("HX-Request"):
            _note(request, now)
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def is_over(request: HttpRequest, now: datetime) -> bool:
    began = request.session.get(BEGAN)
    if began is None:  # just signed in
        request.session[BEGAN] = request.session[SEEN] = now.timestamp()
        return False
    idle = now.timestamp() - request.session.get(SEEN, began)
    return bool(idle > settings.SESSION_IDLE_SECONDS or now.timestamp() - began > settings.SESSION_COOKIE_AGE)


def _note(request: HttpRequest, now: datetime) -> None:
    if now.timestamp() - request.session[SEEN] < WRITTEN_EVERY.total_seconds():
        return
    request.session[SEEN] = now.timestamp()
    mine = UserSession.objects.filter(session_key=request.session.session_key)
    mine.update(last_seen_at=now, ip=address_of(request) or "0.0.0.0")
