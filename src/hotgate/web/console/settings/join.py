"""The page behind an invitation's one-time link: choose a password, then sign in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hotgate.apps.operators import actor, invitations, staffing
from hotgate.domain.errors import DomainError
from hotgate.web.console.settings.forms import JoinForm
from hotgate.web.shared.client import address_of


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    staff = invitations.staff_of(token)
    if staff is None:
        return render(request, "console/settings/join_over.html", status=404)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            by = actor.staff(staff.pk, ip=address_of(request) or None)
            staffing.accept_invitation(by=by, now=timezone.now(), staff=staff, **form.cleaned_data)
            messages.success(request, _("Your password counts. Please sign in."))
            return redirect("account_login")
        except DomainError as error:
            form.add_domain_error(error)
    answer = render(
        request, "console/settings/join.html", {"form": form, "person": staff}, status=422 if form.is_bound else 200
    )
    answer["Cache-Control"] = "no-store"
    return answer
