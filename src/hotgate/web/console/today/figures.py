"""What happened since midnight, in the operator's zone; for who works at some sites only, at these."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, F, Sum
from django.utils import timezone

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.network import queries as network
from hotgate.apps.subscribers import queries as subscribers
from hotgate.apps.usage import queries as usage
from hotgate.apps.vouchers import queries as vouchers
from hotgate.web.shared import at_sites
from hotgate.web.shared.authorization import Action
from hotgate.web.shared.rows import Operator
from hotgate.web.shared.seat import Seat


class Figures(NamedTuple):
    online: int
    tickets: int
    sold_minor: int
    accepted: int
    refused: int
    octets: int


class FirstSteps(NamedTuple):
    """What there is to do before anybody can log in, in the order in which it is best done (HN-W2)."""

    has_country: bool
    mail_goes: bool
    has_plan: bool
    has_ways: bool  # some realm says how its users come
    has_nas: bool
    nas_heard: bool

    @property
    def all_done(self) -> bool:
        """All without which nobody logs in."""
        return self.has_plan and self.has_nas and self.nas_heard


def figures_of(seat: Seat, now: datetime) -> Figures:
    operator = seat.operator
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    tickets = seat.within(Action.SEE_TODAY, vouchers.single_tickets_since(operator, midnight))
    sold = tickets.aggregate(count=Sum("size"), minor=Sum(F("size") * F("plan__price_minor")))
    attempts = at_sites.at_gateways(
        seat, Action.SEE_TODAY, usage.attempts_since(operator, midnight).filter(kind="auth")
    )
    outcomes = dict(attempts.values_list("outcome").annotate(total=Sum("count")))
    running = at_sites.sessions(seat, Action.SEE_TODAY, usage.open_sessions_at(operator))
    opened = running.aggregate(count=Count("id"), octets=Sum(F("octets_in") + F("octets_out")))
    return Figures(
        online=opened["count"],
        tickets=sold["count"] or 0,
        sold_minor=sold["minor"] or 0,
        accepted=outcomes.get("accepted", 0) + outcomes.get("confined", 0),
        refused=outcomes.get("refused", 0),
        octets=opened["octets"] or 0,
    )


def first_steps(operator: Operator) -> FirstSteps:
    nases = network.nases(operator)
    return FirstSteps(
        has_country=bool(operator.country),
        mail_goes=bool(settings.ENVIRONMENT.mail),
        has_plan=catalogue.active_plans(operator).exists(),
        has_ways=any(realm.ways for realm in subscribers.realms(operator)),
        has_nas=nases.exists(),
        nas_heard=nases.filter(last_seen_at__isnull=False).exists(),
    )
