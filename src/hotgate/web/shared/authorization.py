"""Who may do what: one table, one function. Every route names its action; see `shared.routes`."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Action(StrEnum):
    SEE_TODAY = "see_today"
    SELL_TICKETS = "sell_tickets"  # makes a voucher and shows its code
    SEE_PLANS = "see_plans"
    EDIT_PLANS = "edit_plans"
    SEE_USERS = "see_users"
    EDIT_USERS = "edit_users"
    SEE_SESSIONS = "see_sessions"
    DISCONNECT = "disconnect"
    SEE_ATTEMPTS = "see_attempts"
    SEE_NETWORK = "see_network"
    EDIT_NETWORK = "edit_network"
    SWITCH_OPERATOR = "switch_operator"


_EVERYBODY = frozenset({"owner", "manager", "cashier", "account_editor", "support", "auditor"})
_CHIEFS = frozenset({"owner", "manager"})

ROLES: dict[Action, frozenset[str]] = {
    Action.SEE_TODAY: _EVERYBODY,
    Action.SELL_TICKETS: _CHIEFS | {"cashier"},
    Action.SEE_PLANS: _EVERYBODY,
    Action.EDIT_PLANS: _CHIEFS,
    Action.SEE_USERS: _EVERYBODY,
    Action.EDIT_USERS: _CHIEFS | {"account_editor"},
    Action.SEE_SESSIONS: _EVERYBODY,
    Action.DISCONNECT: _CHIEFS | {"account_editor", "support"},
    Action.SEE_ATTEMPTS: _CHIEFS | {"account_editor", "support", "auditor"},
    Action.SEE_NETWORK: _CHIEFS | {"support", "auditor"},
    Action.EDIT_NETWORK: _CHIEFS,
    Action.SWITCH_OPERATOR: _EVERYBODY,
}


def may(roles: Iterable[str], action: Action) -> bool:
    """Do these roles, held at the operator in question, allow it?"""
    return not ROLES[action].isdisjoint(roles)
