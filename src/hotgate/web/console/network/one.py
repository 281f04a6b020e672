"""One gateway: what to paste into it, whether it does what it should, and a session that it forgot."""

from __future__ import annotations

import re
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hotgate.apps.usage import certificates, gateway_tests, queries, services, set_aside
from hotgate.domain.errors import DomainError
from hotgate.web.console.network.certificate import CertifyForm, shown_certificate
from hotgate.web.console.sessions import asks
from hotgate.web.shared import asking, at_sites, seat
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.gateways import portal_secret
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest

RECIPES = Path(__file__).parent / "recipes"
SECRET = "PUT-THE-SECRET-HERE"  # a secret can't be read back
OFFERED_MAX = 20  # sessions to try a Disconnect on
CERTIFICATES_SHOWN = 5


@require_GET
def recipe(request: StaffRequest, nas: UUID) -> HttpResponse:
    row = _nas(request, nas, Action.EDIT_NETWORK)
    shown = {"nas": row, "text": recipe_text(request, row), "secret": SECRET}
    return render(request, "console/network/recipe.html", shown)


def recipe_text(request: StaffRequest, nas: Any) -> str:
    """What to paste: for makers without a recipe of their own, the figures that each of them asks for."""
    template = _recipe_of(nas.maker, nas.kind)
    here, portal = settings.ENVIRONMENT, reverse("arrive", args=[request.seat.operator.slug, nas.uuid])
    return Template(template.read_text()).substitute(
        server=urlsplit(here.public_url).hostname or "",
        auth_port=here.radius_auth.port,
        acct_port=here.radius_acct.port,
        coa_port=nas.coa_port,
        secret=SECRET,
        identifier=plain(nas.identifier or nas.name),
        portal=f"{here.public_url}{portal}",
        portal_secret=portal_secret(nas),
    )


def _recipe_of(maker: str, kind: str) -> Path:
    """Of its maker and kind (HN-W15); a maker without one gets what every maker of that kind asks for."""
    ending = "txt" if kind == "hotspot" else f"{kind}.txt"
    own = RECIPES / f"{maker}.{ending}"
    return own if own.is_file() else RECIPES / f"standard.{ending}"


def plain(name: str) -> str:
    """As every gateway takes it: letters, digits and dashes."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name)[:48].strip("-") or "nas"


@require_GET
def test(request: StaffRequest, nas: UUID) -> HttpResponse:
    return _test_page(request, _nas(request, nas, Action.SEE_NETWORK), CertifyForm())


@require_POST
def certify(request: StaffRequest, nas: UUID) -> HttpResponse:
    """Judges the gateway by its packets, and keeps the result with the day."""
    row, form = _nas(request, nas, Action.EDIT_NETWORK), CertifyForm(request.POST)
    if not form.is_valid():
        return _test_page(request, row, form)
    try:
        made = certificates.certify(by=seat.by(request), now=timezone.now(), nas=row, fetched_octets=form.octets())
    except DomainError as error:
        form.add_domain_error(error)
        return _test_page(request, row, form)
    told = _("The gateway is certified.") if made.passed else _("The result is kept. The gateway is not certified yet.")
    messages.success(request, told)
    return redirect("nas_test", row.uuid)


def _test_page(request: StaffRequest, row: Any, form: CertifyForm) -> HttpResponse:
    may_ask = request.seat.may(Action.DISCONNECT) and queries.takes_orders(row)
    shown = {
        "nas": row,
        "tests": gateway_tests.tests_of(row, timezone.now()),
        "running": _running(request, row) if may_ask else [],
        "set_aside": set_aside.count_of(row),
        "form": form,
        "certificates": [shown_certificate(each) for each in certificates.certificates(row)[:CERTIFICATES_SHOWN]],
    }
    return render(request, "console/network/test.html", shown, status=422 if form.errors else 200)


@require_POST
def probe(request: StaffRequest, nas: UUID) -> HttpResponse:
    """Asks the gateway about one session that was chosen: for what it has already, or to end it."""
    row = _nas(request, nas, Action.DISCONNECT)
    wanted = request.POST.get("session", "")
    session = found(next((each for each in _running(request, row) if str(each.uuid) == wanted), None))
    ask = services.probe_by_coa if request.POST.get("by") == "coa" else services.probe
    try:
        ask(by=seat.by(request), now=timezone.now(), session=session)
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("nas_test", row.uuid)
    messages.success(request, _("The gateway was told. Load this page again in some seconds to see what it answered."))
    return redirect("nas_test", row.uuid)


@require_http_methods(["GET", "HEAD", "POST"])
def close_stuck(request: StaffRequest, session: UUID) -> HttpResponse:
    """By GET it asks, as the list's dialog does."""
    rows = at_sites.sessions(request.seat, Action.DISCONNECT, queries.open_sessions(request.seat.operator))
    row = found(rows.select_related("subscriber").filter(uuid=session).first())
    if request.method != "POST":
        return asking.page(request, asks.CLOSE, row.user_name or row.device, reverse("sessions"))
    services.close_stuck(by=seat.by(request), now=timezone.now(), session=row)
    messages.success(request, _("The session is being closed. If the gateway reports it again, it opens again."))
    return redirect("sessions")


def _nas(request: StaffRequest, nas: UUID, action: Action) -> Any:
    return found(at_sites.nases(request.seat, action).select_related("site").filter(uuid=nas).first())


def _running(request: StaffRequest, nas: Any) -> list[Any]:
    rows = at_sites.sessions(request.seat, Action.DISCONNECT, queries.open_sessions(request.seat.operator))
    return list(rows.filter(nas=nas).select_related("subscriber")[:OFFERED_MAX])
