"""A guest in one call: registered, with credentials made where none were chosen, and with a plan (HN-8)."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any, NamedTuple

from hotgate.apps.catalogue.models import Plan
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.models import Operator
from hotgate.apps.operators.verbs import verb
from hotgate.apps.subscribers import arriving, readable, recharge, services
from hotgate.apps.subscribers.arriving import Given, Wanted
from hotgate.apps.subscribers.models import Entitlement, Subscriber
from hotgate.apps.subscribers.recharge import Due

NAME_DIGITS = 8
TRIES = 8


class Welcomed(NamedTuple):
    subscriber: Subscriber
    password: str  # in clear for the last time
    entitlement: Entitlement | None


@verb
def welcome_subscriber(
    *,
    by: Actor,
    now: datetime,
    operator: Operator,
    name: str = "",
    password: str = "",
    plan: Plan | None = None,
    due: Due = Due.OPEN,
    starts_at: datetime | None = None,
    cycles: int | None = None,
    **about: Any,
) -> Welcomed:
    """All or nothing. Without a name or a password, one is made. `about`: the rest of `register_subscriber`.

    DomainError as of `register_subscriber` and of `recharge_subscriber`.
    """
    chosen = password or readable.new_password()
    candidates = [name] if name else [_made_name() for _each in range(TRIES)]
    wanted = Wanted(operator, candidates, chosen, about.pop("realm", None), **about)
    is_given = plan is not None and due is not Due.WALLET  # whoever is new has nothing to pay from
    given = Given(plan, due, starts_at, cycles) if plan is not None and is_given else None
    made, held = arriving.arrive(by=by, now=now, wanted=wanted, given=given)
    if plan is not None and not is_given:
        held = recharge.recharge_subscriber(
            by=by, now=now, subscriber=made, plan=plan, due=due, starts_at=starts_at, cycles=cycles
        )
    return Welcomed(made, chosen, held)


@verb
def renew_password(*, by: Actor, now: datetime, subscriber: Subscriber, password: str = "") -> str:
    """The new one: what was chosen, or one that is made. DomainError as of `set_password`."""
    chosen = password or readable.new_password()
    services.set_password(by=by, now=now, subscriber=subscriber, password=chosen)
    return chosen


def _made_name() -> str:
    """Digits; whether somebody has them is asked of several at once, and the unique constraint has the last word."""
    return f"{secrets.randbelow(10**NAME_DIGITS):0{NAME_DIGITS}}"
