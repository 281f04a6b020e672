"""A route and the action it needs, in one line: nothing is served that names none."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, NamedTuple

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse

from hotgate.web.shared.authorization import Action

View = Callable[..., HttpResponseBase]


class Route(NamedTuple):
    path: str
    view: View
    name: str
    action: Action

    def pattern(self) -> URLPattern:
        return path(self.path, guarded(self.view, self.action), name=self.name)


def guarded(view: View, action: Action) -> View:
    """The view for those whose role allows the action: others are asked to sign in, or told no."""

    @wraps(view)
    def look_first(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return to_sign_in(request)
        seat = getattr(request, "seat", None)
        if seat is None:
            return render(request, "layouts/no_seat.html", status=403)
        if seat.must_set_up:
            return _to(request, reverse("mfa_index"))
        if not seat.may(action):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    look_first.action = action  # type: ignore[attr-defined]
    return look_first


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """A page that polls must go there as a whole, not show the form in its corner."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect_to_login(request.get_full_path())


def _to(request: HttpRequest, address: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)
