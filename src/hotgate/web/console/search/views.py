"""One box for everything: straight there, or what fits by kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from hotgate.web.console.search.searchers import SEARCHERS, Hit
from hotgate.web.shared.seat import Seat, StaffRequest

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Label

TYPED_MAX = 100


class Group(NamedTuple):
    label: Label
    hits: list[Hit]


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: StaffRequest) -> HttpResponse:
    """What was typed comes by POST: a code or a phone number must stand in no address and no log."""
    typed = request.POST.get("q", "").replace("\0", "").strip()[:TYPED_MAX]
    groups = found(request.seat, typed) if typed else []
    places = {hit.href for group in groups for hit in group.hits}
    if len(places) == 1:
        return redirect(places.pop())
    return render(request, "console/search/page.html", {"typed": typed, "groups": groups})


def found(seat: Seat, typed: str) -> list[Group]:
    """Each place once, under the first kind that led there."""
    groups, seen = [], set()
    for searcher in SEARCHERS:
        if not seat.may(searcher.action):
            continue
        hits = []
        for hit in searcher.find(seat, typed):
            if hit.href not in seen:
                seen.add(hit.href)
                hits.append(hit)
        if hits:
            groups.append(Group(searcher.label, hits))
    return groups
