"""What stands at a site, for whoever works at some sites only. Users and tickets belong to the operator, so everybody
sees them: a guest of one site is a guest of the next (decision 11)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from hotgate.apps.network import queries as network
from hotgate.apps.operators import queries as operators
from hotgate.apps.usage import queries as usage
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.seat import Seat


def nases(seat: Seat, action: Action) -> QuerySet[Any]:
    return seat.within(action, network.nases(seat.operator))


def sessions(seat: Seat, action: Action, rows: QuerySet[Any]) -> QuerySet[Any]:
    return seat.within(action, rows, "nas__site")


def attempts(seat: Seat, action: Action) -> QuerySet[Any]:
    return at_gateways(seat, action, usage.latest_attempts(seat.operator))


def at_gateways(seat: Seat, action: Action, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Of rows that know their NAS by number only."""
    if seat.sites(action) is None:
        return rows
    return rows.filter(nas_id__in=nases(seat, action).values("id"))


def site_to_sell_at(seat: Seat) -> Any:
    """Of a cashier of one site, this site; else None."""
    sites = seat.sites(Action.SELL_TICKETS)
    if sites is None or len(sites) != 1:
        return None
    return next(iter(seat.within(Action.SELL_TICKETS, operators.sites(seat.operator), "id")), None)
