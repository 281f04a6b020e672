"""The first page: how today goes, and what to do next."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from hotgate.web.console.today.figures import figures_of, first_steps
from hotgate.web.shared import at_sites
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.reasons import refusal_words
from hotgate.web.shared.seat import StaffRequest

REFUSALS_SHOWN = 5
REFUSALS_OF = timedelta(days=1)


def page(request: StaffRequest) -> HttpResponse:
    return render(request, "console/today/page.html", _live(request) | {"steps": first_steps(request.seat.operator)})


def figures(request: StaffRequest) -> HttpResponse:
    return render(request, "console/today/figures.html", _live(request))


def _live(request: StaffRequest) -> dict[str, Any]:
    now = timezone.now()
    attempts = at_sites.attempts(request.seat, Action.SEE_ATTEMPTS)
    refused = attempts.filter(outcome="refused", at__gte=now - REFUSALS_OF)[:REFUSALS_SHOWN]
    return {
        "figures": figures_of(request.seat, now),
        "currency": request.seat.operator.currency,
        "refused": [(each, refusal_words(each.reason)) for each in refused]
        if request.seat.may(Action.SEE_ATTEMPTS)
        else [],
    }
