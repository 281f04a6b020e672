"""Work for another of one's operators."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from hotgate.web.shared.seat import CHOSEN, StaffRequest

SHOWN = 200  # more than that nobody reads: type a part of the name
TYPED_MAX = 100


@require_POST
def switch(request: StaffRequest) -> HttpResponse:
    wanted = request.POST.get("operator", "")
    if any(str(each.uuid) == wanted for each in request.seat.choices):
        request.session[CHOSEN] = wanted
    return redirect("today")


def choose(request: StaffRequest) -> HttpResponse:
    """All of one's operators by name, for resellers with many."""
    typed = request.GET.get("q", "").strip()[:TYPED_MAX]
    fitting = [each for each in request.seat.choices if typed.casefold() in each.name.casefold()]
    fitting.sort(key=lambda each: each.name.casefold())
    shown = {"typed": typed, "operators": fitting[:SHOWN], "more": max(len(fitting) - SHOWN, 0)}
    return render(request, "layouts/operators.html", shown)
