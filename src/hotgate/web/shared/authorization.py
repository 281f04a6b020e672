"""Who may do what: one table, one function. Every route names its action; see `shared.routes`."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Action(StrEnum):
    SEE_TODAY = "see_today"
    SELL_TICKETS = "sell_tickets"  # makes a voucher and shows its code
    SEE_VOUCHERS = "see_vouchers"  # the last four characters of each
    MAKE_VOUCHERS = "make_vouchers"  # batches, with all that is done to them
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
    SEE_OWN_SESSIONS = "see_own_sessions"  # where one is signed in, and to end it
    EDIT_OPERATOR = "edit_operator"
    MAKE_OPERATORS = "make_operators"  # below one's own
    SEE_SITES = "see_sites"
    EDIT_SITES = "edit_sites"
    SEE_STAFF = "see_staff"
    EDIT_STAFF = "edit_staff"
    SEE_AUDIT = "see_audit"
    RECHARGE = "recharge"  # give a user a plan, and take money for it
    SEE_SALES = "see_sales"  # with what each seller earned
    PRINT_CARDS = "print_cards"  # shows passwords
    MANAGE_DATA = "manage_data"  # take a person's data along, restrict and erase them
    SEE_REALMS = "see_realms"
    EDIT_REALMS = "edit_realms"
    EDIT_TOKENS = "edit_tokens"  # of the API, and see them
    EXPORT = "export"  # take a whole list away as a file


_EVERYBODY = frozenset({"owner", "manager", "cashier", "account_editor", "support", "auditor"})
_CHIEFS = frozenset({"owner", "manager"})

ROLES: dict[Action, frozenset[str]] = {
    Action.SEE_TODAY: _EVERYBODY,
    Action.SELL_TICKETS: _CHIEFS | {"cashier"},
    Action.SEE_VOUCHERS: _EVERYBODY,
    Action.MAKE_VOUCHERS: _CHIEFS,
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
    Action.SEE_OWN_SESSIONS: _EVERYBODY,
    Action.EDIT_OPERATOR: frozenset({"owner"}),
    Action.MAKE_OPERATORS: frozenset({"owner"}),
    Action.SEE_SITES: _CHIEFS | {"auditor"},
    Action.EDIT_SITES: _CHIEFS,
    Action.SEE_STAFF: _CHIEFS | {"auditor"},
    Action.EDIT_STAFF: _CHIEFS,
    Action.SEE_AUDIT: _CHIEFS | {"auditor"},
    Action.RECHARGE: _CHIEFS | {"cashier", "account_editor"},
    Action.SEE_SALES: _CHIEFS | {"account_editor", "auditor"},
    Action.PRINT_CARDS: _CHIEFS | {"cashier", "account_editor"},
    Action.MANAGE_DATA: _CHIEFS,
    Action.SEE_REALMS: _CHIEFS | {"auditor"},
    Action.EDIT_REALMS: _CHIEFS,
    Action.EDIT_TOKENS: _CHIEFS,
    Action.EXPORT: _CHIEFS | {"account_editor", "auditor"},
}


def may(roles: Iterable[str], action: Action) -> bool:
    """Do these roles, held at the operator in question, allow it?"""
    return not ROLES[action].isdisjoint(roles)
