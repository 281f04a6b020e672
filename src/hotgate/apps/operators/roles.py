"""Which role may give which, and what a person holds where. What a role may do stands in `web/shared/authorization`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from hotgate.apps.operators.models import Role as Role  # pages take it from here

_BELOW_OWNER = frozenset(Role) - {Role.OWNER}

# nobody gives more than they hold: a role that may do something which the giver may not is not here
GIVES: Mapping[Role, frozenset[Role]] = {
    Role.OWNER: frozenset(Role),
    Role.MANAGER: _BELOW_OWNER,
    Role.CASHIER: frozenset(),
    Role.ACCOUNT_EDITOR: frozenset(),
    Role.SUPPORT: frozenset(),
    Role.AUDITOR: frozenset(),
}
CHIEFS = frozenset({Role.OWNER, Role.MANAGER})  # they must have a second factor

OF_ONE_SITE = frozenset({Role.CASHIER, Role.SUPPORT})  # the others deal with what belongs to no site


class Held(NamedTuple):
    """A role at the operator in question: directly, or at one above it."""

    role: str
    site_id: int | None = None  # None: at all of its sites


def may_give(giver: Iterable[Held], wanted: Held) -> bool:
    """A role of one site is given by whoever holds one that gives it, at this site or at all of them."""
    return any(Role(wanted.role) in GIVES[Role(held.role)] and held.site_id in (None, wanted.site_id) for held in giver)
