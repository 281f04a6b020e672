"""What happened since midnight, in the operator's zone."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, F, Sum
from django.utils import timezone

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.network import queries as network
from hotgate.apps.usage import queries as usage
from hotgate.apps.vouchers import queries as vouchers
from hotgate.web.shared.rows import Operator


class Figures(NamedTuple):
    online: int
    tickets: int
    sold_minor: int
    accepted: int
    refused: int
    octets: int


class FirstSteps(NamedTuple):
    """What is missing before anybody can log in."""

    has_nas: bool
    nas_heard: bool
    has_plan: bool

    @property
    def all_done(self) -> bool:
        return all(self)


def figures_of(operator: Operator, now: datetime) -> Figures:
    midnight = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    tickets = vouchers.batches(operator).filter(confirmed_at__gte=midnight, size=1)
    sold = tickets.aggregate(count=Sum("size"), minor=Sum(F("size") * F("plan__price_minor")))
    attempts = usage.attempts_since(operator, midnight).filter(kind="auth")
    outcomes = dict(attempts.values_list("outcome").annotate(total=Sum("count")))
    opened = usage.open_sessions_at(operator).aggregate(count=Count("id"), octets=Sum(F("octets_in") + F("octets_out")))
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
        nases.exists(), nases.filter(last_seen_at__isnull=False).exists(), catalogue.active_plans(operator).exists()
    )
