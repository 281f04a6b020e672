"""What a row's act asks before it acts: by one dialog for all rows, and without scripts on a page of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render

from hotgate.web.shared.authorization import Action
from hotgate.web.shared.seat import StaffRequest

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Label


class Ask(NamedTuple):
    action: Action  # who may answer it
    title: Label
    text: Label
    verb: Label
    is_dangerous: bool = True


def offered(request: StaffRequest, asks: Mapping[str, Ask]) -> dict[str, Ask]:
    """Those that this person may answer, for `lists/asks.html`; the key is the dialog's id."""
    return {name: ask for name, ask in asks.items() if request.seat.may(ask.action)}


def page(request: StaffRequest, ask: Ask, named: str, back: str) -> HttpResponse:
    """The same question by GET; its form posts to the address that it stands on. `back`: where *Cancel* leads."""
    return render(request, "lists/ask.html", {"ask": ask, "named": named, "back": back})
