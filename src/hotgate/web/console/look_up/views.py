"""Who had this address at this time? Asked with a reason, answered exactly, and written down."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from hotgate.apps.usage import addresses, retention
from hotgate.domain import people
from hotgate.domain.errors import DomainError
from hotgate.web.shared import seat, words
from hotgate.web.shared.forms import ConsoleForm
from hotgate.web.shared.seat import StaffRequest


class LookUpForm(ConsoleForm):
    address = forms.CharField(max_length=64, label=_("IP address"), help_text=_("IPv4 or IPv6, such as 10.5.50.23."))
    at = forms.DateTimeField(
        required=False,
        label=_("At"),
        help_text=_("In the operator's time. Empty: whoever had it last, newest first."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local", "step": "1"}, format="%Y-%m-%dT%H:%M:%S"),
    )
    reason = forms.CharField(
        max_length=addresses.REASON_MAX, label=_("Reason"), help_text=_("Such as the number of the case. It is kept.")
    )


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: StaffRequest) -> HttpResponse:
    """What is asked comes by POST, so that no address stands in a log of the web."""
    form = LookUpForm(request.POST or None)
    rows: list[Any] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            rows = list(map(_row, _found(request, form.cleaned_data)))
        except DomainError as error:
            form.add_domain_error(error)
    shown = {
        "form": form,
        "rows": rows,
        "retention": retention.retention_of(request.seat.operator),
        "most": addresses.FOUND_MAX,
    }
    return render(request, "console/look_up/page.html", shown, status=422 if form.is_bound and rows is None else 200)


class Row(NamedTuple):
    """A session, as far as this is told of it."""

    session: Any
    user: str
    start: str
    end: str  # '' while it runs
    addresses: str
    device: str


def _row(session: Any) -> Row:
    name = session.user_name or (session.subscriber.name if session.subscriber else "")
    addresses = ", ".join(filter(None, [session.framed_ip, *session.framed_ipv6]))
    end = words.second(session.stopped_at) if session.stopped_at else ""
    device = people.mac_address(str(session.mac or session.device)) or ""
    return Row(session, str(name), words.second(session.started_at), end, addresses, device)


def _found(request: StaffRequest, asked: dict[str, Any]) -> list[Any]:
    return addresses.look_up(
        by=seat.by(request),
        now=timezone.now(),
        operator=request.seat.operator,
        address=asked["address"],
        at=asked["at"],
        reason=asked["reason"],
    )
