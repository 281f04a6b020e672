"""What a row with a MAC address offers: let the device log its user in, or block it everywhere."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from hotgate.apps.subscribers import devices
from hotgate.apps.usage import associations, services
from hotgate.domain import people
from hotgate.domain.errors import DomainError
from hotgate.web.console.sessions import asks
from hotgate.web.shared import asking, at_sites, seat
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest

PAGE = require_http_methods(["GET", "HEAD", "POST"])


@PAGE
def associate(request: StaffRequest, session: UUID) -> HttpResponse:
    """By GET it asks, as the list's dialog does; so does `block`."""
    row, mac = _device_of(request, session, Action.EDIT_USERS)
    if row.subscriber is None:
        raise Http404
    if request.method != "POST":
        ask = asks.BIND_RANDOM if people.is_random_mac(mac) else asks.BIND
        return asking.page(request, ask, mac, reverse("user_connection_log", args=[row.subscriber.uuid]))
    try:
        devices.bind_device(by=seat.by(request), now=timezone.now(), subscriber=row.subscriber, mac=mac)
    except DomainError as error:
        messages.error(request, _(error.text))
    else:
        words = {"mac": mac, "name": row.subscriber.name}
        messages.success(request, _("%(mac)s logs %(name)s in by itself now, where gateway and plan allow it.") % words)
    return redirect("user_connection_log", row.subscriber.uuid)


@PAGE
def block(request: StaffRequest, session: UUID) -> HttpResponse:
    """Everywhere at this operator; what the device has open ends."""
    _row, mac = _device_of(request, session, Action.DISCONNECT)
    if request.method != "POST":
        return asking.page(request, asks.BLOCK, mac, reverse("device_connection_log", args=[mac]))
    try:
        services.block_device(by=seat.by(request), now=timezone.now(), operator=request.seat.operator, mac=mac)
    except DomainError as error:
        messages.error(request, _(error.text))
    else:
        messages.success(request, _("%(mac)s is blocked. Nobody logs in with it any more.") % {"mac": mac})
    return redirect("device_connection_log", mac)


def _device_of(request: StaffRequest, session: UUID, action: Action) -> tuple[Any, str]:
    """A session that has no MAC address has no such acts: 404."""
    rows = at_sites.sessions(request.seat, action, associations.connections(request.seat.operator))
    row = found(rows.filter(uuid=session).first())
    return row, found(people.mac_address(str(row.mac or row.device)))
