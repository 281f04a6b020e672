"""Hand credentials to a user: on a card (HN-18), or by a link that shows new ones once (HN-22, HN-A12)."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hotgate.apps.messaging import credentials as delivery
from hotgate.apps.subscribers import links, readable, services
from hotgate.domain.errors import DomainError
from hotgate.web.console.cards import printing
from hotgate.web.console.users.finding import user_of
from hotgate.web.shared import seat
from hotgate.web.shared.seat import StaffRequest

CHANNELS = {"email": gettext_lazy("e-mail"), "sms": gettext_lazy("SMS")}
PAGE = require_http_methods(["GET", "HEAD", "POST"])


@PAGE
def card(request: StaffRequest, user: UUID) -> HttpResponse:
    """A card with name and password. A password that can't be read is replaced by a new one, if staff say so."""
    row = user_of(request, user)
    shown = {"user_row": row, "is_readable": readable.is_kept(row), "papers": printing.PAPERS.values()}
    if request.method != "POST":
        return render(request, "console/users/card.html", shown)
    try:
        password = _password(request, row)
    except DomainError as error:
        messages.error(request, _(error.text))
        return redirect("user_card", user)
    if password is None:
        messages.error(request, _("This password can't be read. Let a new one be made for the card."))
        return redirect("user_card", user)
    made = printing.card(request.seat.operator, row, password)
    if request.POST.get("act") == "show":
        response = render(request, "console/users/card.html", shown | {"shown": made})
        response["Cache-Control"] = "no-store"
        return response
    return printing.answer([made], request.POST.get("paper", ""))


@PAGE
def send(request: StaffRequest, user: UUID) -> HttpResponse:
    """The link is made on POST: sent as the realm says, or shown to be handed on."""
    row = user_of(request, user)
    targets = delivery.recipients(row)
    wanted = [CHANNELS[channel] for channel in delivery.channels_of(row.realm)]
    shown: dict[str, Any] = {"user_row": row, "days": links.LIFETIME.days, "targets": targets, "wanted": wanted}
    if request.method != "POST":
        return render(request, "console/users/send.html", shown)
    act = SENT.get(request.POST.get("act", ""))
    try:
        link = _link(request, row) if act is None else _sent(request, row, act)
    except DomainError as error:
        messages.error(request, _(error.text))
        return redirect("user", user)
    if act is not None:
        messages.success(request, act.told % {"to": ", ".join(targets.values())})
        return redirect("user", user)
    response = render(request, "console/users/send.html", shown | {"link": link})
    response["Cache-Control"] = "no-store"
    return response


class Sent(NamedTuple):
    is_link: bool
    told: Any


SENT = {
    "send": Sent(True, gettext_lazy("The link is on its way to %(to)s.")),
    "password": Sent(False, gettext_lazy("A new password is on its way to %(to)s.")),
}


@transaction.atomic
def _sent(request: StaffRequest, row: Any, act: Sent) -> str:
    """All or nothing: where it can't be sent, the password and links of before go on working."""
    who: dict[str, Any] = {"by": seat.by(request), "now": timezone.now(), "subscriber": row}
    link = _link(request, row) if act.is_link else ""
    with translation.override(row.language or translation.get_language()):
        if act.is_link:
            delivery.send_link(**who, link=link)
        else:
            account = settings.ENVIRONMENT.public_url + reverse("me", args=[request.seat.operator.slug])
            delivery.send_new_password(**who, account=account)
    return link


def _link(request: StaffRequest, row: Any) -> str:
    token = links.credential_link(by=seat.by(request), now=timezone.now(), subscriber=row)
    path = reverse("credentials", args=[request.seat.operator.slug, token])
    return f"{settings.ENVIRONMENT.public_url}{path}"


def _password(request: StaffRequest, row: Any) -> str | None:
    services.refuse_restricted(row)
    by, now = seat.by(request), timezone.now()
    if request.POST.get("new"):
        new = readable.new_password()
        services.set_password(by=by, now=now, subscriber=row, password=new)
        return new
    return readable.show(by=by, now=now, subscriber=row)
