"""Staff: who works for the operator as what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hotgate.apps.messaging import inviting
from hotgate.apps.operators import queries, staffing
from hotgate.domain.errors import DomainError
from hotgate.web.console.settings.forms import InviteForm, RoleForm
from hotgate.web.shared import seat
from hotgate.web.shared.lookup import found
from hotgate.web.shared.routes import View
from hotgate.web.shared.rows import Staff
from hotgate.web.shared.seat import StaffRequest
from hotgate.web.shared.staff_words import ROLE_LABELS

LINK = "invitation link"  # key in the session, until it was shown once
sensitive: Callable[[View], View] = reauthentication_required(app="hotgate")


@require_GET
def listing(request: StaffRequest) -> HttpResponse:
    people = [(each, _roles_of(each)) for each in queries.staff_at(request.seat.operator)]
    return render(request, "console/settings/staff.html", {"people": people})


@require_GET
def one(request: StaffRequest, staff: UUID) -> HttpResponse:
    return _shown(request, _person(request, staff), None)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive
def invite(request: StaffRequest) -> HttpResponse:
    form = InviteForm(request.seat.operator, request.seat.held, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _invited(request, form)
        except DomainError as error:
            form.add_domain_error(error)
    return render(request, "console/settings/invite.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
@sensitive
def give(request: StaffRequest, staff: UUID) -> HttpResponse:
    person = _person(request, staff)
    form = RoleForm(request.seat.operator, request.seat.held, request.POST)
    if not form.is_valid():
        return _shown(request, person, form)
    try:
        staffing.give_role(staff=person, operator=request.seat.operator, **_asked(request), **form.cleaned_data)
    except DomainError as error:
        form.add_domain_error(error)
        return _shown(request, person, form)
    return redirect("staff_member", staff)


@require_POST
@sensitive
def take(request: StaffRequest, staff: UUID, role: int) -> HttpResponse:
    row = found(queries.roles_at(request.seat.operator).filter(id=role, staff__uuid=staff).first())
    person = row.staff
    _try(request, lambda: staffing.take_role(role=row, **_asked(request)))
    return redirect("staff_member", staff) if person.roles.exists() else redirect("staff")


@require_POST
@sensitive
def deactivate(request: StaffRequest, staff: UUID) -> HttpResponse:
    return _done(request, staff, staffing.deactivate_staff)


@require_POST
@sensitive
def reactivate(request: StaffRequest, staff: UUID) -> HttpResponse:
    return _done(request, staff, staffing.reactivate_staff)


@require_POST
@sensitive
def renew(request: StaffRequest, staff: UUID) -> HttpResponse:
    person = _person(request, staff)

    def make() -> None:
        token = staffing.renew_link(staff=person, operator=request.seat.operator, **_asked(request))
        _keep_link(request, person, token)

    _try(request, make)
    return redirect("staff_member", staff)


def _invited(request: StaffRequest, form: InviteForm) -> HttpResponse:
    invited = staffing.invite_staff(operator=request.seat.operator, **_asked(request), **form.cleaned_data)
    if invited.token:
        _keep_link(request, invited.staff, invited.token)
    else:
        messages.success(request, _("%(email)s signs in here already, and has the role now.") % form.cleaned_data)
    return redirect("staff_member", invited.staff.uuid)


def _keep_link(request: StaffRequest, person: Staff, token: str) -> None:
    link = settings.ENVIRONMENT.public_url + reverse("join", args=[token])
    request.session[LINK] = {"staff": person.id, "link": link}
    operator, now = request.seat.operator, timezone.now()
    if inviting.send_invitation(now=now, operator=operator, email=person.email, link=link):
        messages.success(request, _("The link is also on its way to %(email)s.") % {"email": person.email})


def _shown(request: StaffRequest, person: Staff, form: RoleForm | None) -> HttpResponse:
    kept = request.session.get(LINK) or {}
    link = request.session.pop(LINK)["link"] if kept.get("staff") == person.id else ""
    shown: dict[str, Any] = {
        "person": person,
        "roles": _roles_of(person),
        "form": form or RoleForm(request.seat.operator, request.seat.held),
        "link": link,
        "is_oneself": person.id == request.user.pk,
    }
    answer = render(request, "console/settings/staff_member.html", shown, status=422 if form else 200)
    if link:
        answer["Cache-Control"] = "no-store"
    return answer


def _person(request: StaffRequest, own: UUID) -> Staff:
    return found(queries.staff_at(request.seat.operator).filter(uuid=own).first())


def _roles_of(person: Staff) -> list[tuple[Any, Any]]:
    return [(row, ROLE_LABELS[row.role]) for row in person.roles_here]


def _asked(request: StaffRequest) -> dict[str, Any]:
    return {"by": seat.by(request), "now": timezone.now(), "giver": request.seat.standing}


def _done(request: StaffRequest, own: UUID, service: Callable[..., None]) -> HttpResponse:
    person = _person(request, own)
    _try(request, lambda: service(staff=person, operator=request.seat.operator, **_asked(request)))
    return redirect("staff_member", own)


def _try(request: StaffRequest, act: Callable[[], None]) -> None:
    try:
        act()
    except DomainError as error:
        messages.error(request, _(error.text))
    else:
        messages.success(request, _("Done."))
