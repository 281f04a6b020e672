"""The data of one user: shown, taken along, corrected, restricted, erased; and the log of it (HN-23)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from hotgate.apps.messaging import erasing as messaging
from hotgate.apps.messaging import personal_data
from hotgate.apps.subscribers import erasing
from hotgate.apps.usage import personal_data as usage
from hotgate.domain import people
from hotgate.domain.errors import DomainError
from hotgate.web.console.users.finding import user_of
from hotgate.web.console.users.people_fields import FIELD_LABELS
from hotgate.web.shared import seat
from hotgate.web.shared.own_data import zipped
from hotgate.web.shared.seat import StaffRequest
from hotgate.web.shared.words import moment

KINDS = {
    "logins_by": gettext_lazy("Ways to log in"),
    "plans": gettext_lazy("Plans"),
    "holds": gettext_lazy("Holds"),
    "sales": gettext_lazy("Sales"),
    "money": gettext_lazy("Movements of money"),
    "consents": gettext_lazy("Terms agreed to"),
    "sessions": gettext_lazy("Sessions"),
    "wifi": gettext_lazy("Wi-Fi connections"),
    "daily_use": gettext_lazy("Days with use"),
    "login_attempts": gettext_lazy("Logins tried"),
    "messages": gettext_lazy("Messages"),
}
LABELS: dict[str, Any] = {
    **{str(field): label for field, label in FIELD_LABELS.items()},
    "name": gettext_lazy("User name"),
    "language": gettext_lazy("Language"),
    "kind": gettext_lazy("Kind"),
    "created_via": gettext_lazy("Made by"),
    "created_at": gettext_lazy("Since"),
}
VERBS = {
    "register_subscriber": gettext_lazy("Made"),
    "register_device": gettext_lazy("Made"),
    "correct_subscriber": gettext_lazy("Corrected"),
    "set_password": gettext_lazy("Password set"),
    "place_hold": gettext_lazy("Put on hold"),
    "release_hold": gettext_lazy("Hold released"),
    "restrict_subscriber": gettext_lazy("Restricted"),
    "lift_restriction": gettext_lazy("Restriction lifted"),
    "export_data": gettext_lazy("Data exported"),
    "print_card": gettext_lazy("Card printed"),
    "make_credential_link": gettext_lazy("Link to credentials made"),
    "ask_for_deletion": gettext_lazy("Asked to be deleted"),
    "send_credentials": gettext_lazy("Credentials sent"),
    "put_orders": gettext_lazy("Sessions ordered to end"),
    "bind_device": gettext_lazy("Device bound"),
    "disassociate_device": gettext_lazy("Device parted"),
    "hand_out_card": gettext_lazy("Card handed out"),
}


@require_GET
def page(request: StaffRequest, user: UUID) -> HttpResponse:
    row = user_of(request, user)
    person = [(LABELS.get(key, key), _words(key, value)) for key, value in usage.person_of(row).items() if value]
    told = personal_data.counts_of(row)
    counts = [(label, told[kind]) for kind, label in KINDS.items()]
    log = [(VERBS.get(entry.verb, entry.verb), entry) for entry in usage.log_of(row).select_related("staff")[:50]]
    shown = {"user_row": row, "person": person, "counts": counts, "log": log}
    return render(request, "console/users/data.html", shown)


@require_POST
def export(request: StaffRequest, user: UUID) -> HttpResponse:
    row = user_of(request, user)
    data = personal_data.export_data(by=seat.by(request), now=timezone.now(), subscriber=row)
    response = HttpResponse(zipped(data), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="user-{row.uuid}.zip"'
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def restrict(request: StaffRequest, user: UUID) -> HttpResponse:
    row, reason = user_of(request, user), request.POST.get("reason", "")[:200].replace("\0", "")

    def act() -> None:
        erasing.restrict_subscriber(by=seat.by(request), now=timezone.now(), subscriber=row, reason=reason)

    return _told(request, user, act, _("The data are restricted: nothing is done with them until you lift it."))


@require_POST
def lift(request: StaffRequest, user: UUID) -> HttpResponse:
    row = user_of(request, user)

    def act() -> None:
        erasing.lift_restriction(by=seat.by(request), now=timezone.now(), subscriber=row)

    return _told(request, user, act, _("The restriction is lifted."))


@require_POST
def erase(request: StaffRequest, user: UUID) -> HttpResponse:
    """Only for whoever typed the name: it can't be undone."""
    row = user_of(request, user)
    if request.POST.get("name", "").strip() != row.name:
        messages.error(request, _("Nothing was erased: type the user's name exactly as it stands above."))
        return redirect("user_data", user)
    try:
        messaging.erase_subscriber(by=seat.by(request), now=timezone.now(), subscriber=row)
    except DomainError as error:
        messages.error(request, _(error.text))
        return redirect("user_data", user)
    messages.success(request, _("The user was erased. The books keep their sums, and no name."))
    return redirect("users")


def _words(key: str, value: Any) -> str:
    if key == "created_at":
        return moment(value)
    if key == "created_via":
        return _(people.ORIGIN_LABELS.get(value, value))
    return _("Device") if value == "device" else _("Person") if key == "kind" else str(value)


def _told(request: StaffRequest, user: UUID, act: Callable[[], None], text: str) -> HttpResponse:
    try:
        act()
        messages.success(request, text)
    except DomainError as error:
        messages.error(request, _(error.text))
    return redirect("user_data", user)
