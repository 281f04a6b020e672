"""Work for another of one's operators."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from hotgate.web.shared.seat import CHOSEN, StaffRequest


@require_POST
def switch(request: StaffRequest) -> HttpResponse:
    wanted = request.POST.get("operator", "")
    if any(str(each.uuid) == wanted for each in request.seat.choices):
        request.session[CHOSEN] = wanted
    return redirect("today")
