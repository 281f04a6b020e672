"""`hotgate user NAME`: what is left, what was used, and whether a login would be accepted now, and why not.

`hotgate user import FILE` takes users in; somebody of the name *import* is still found without a file.
"""

from __future__ import annotations

import argparse
from typing import Any

from hotgate.commands import registering, tenant, user_import
from hotgate.commands.errors import CommandError


def register(subparsers: registering.Subparsers) -> None:
    parser = tenant.add_parser(subparsers, "user", "what a user has left, and why it may log in or not")
    parser.add_argument("name", metavar="NAME", help="a user's name, the code of a ticket, or a MAC address")
    parser.add_argument("file", metavar="FILE", nargs="?", help="after the word import: an XLSX or CSV with users")
    taking_in = parser.add_argument_group("hotgate user import FILE")
    taking_in.add_argument(
        "--confirm", action="store_true", help="import them; without it they are only looked through"
    )
    taking_in.add_argument("--realm", metavar="NAME", help="whose users they become; by default the first realm's")
    taking_in.add_argument("--passwords", metavar="FILE", help="a new file for the passwords that are made")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    if arguments.file is not None:
        if arguments.name != user_import.WORD:
            raise CommandError("a file follows the word import only: hotgate user import FILE")
        return user_import.run(arguments)
    with tenant.chosen(arguments) as operator:
        found = look_up(operator, arguments.name)
        if found is None:
            raise CommandError(f"there is no user {arguments.name!r}")
    if arguments.json:
        tenant.print_json({key: value for key, value in found.items() if key != "why"})
    else:
        _tell(found)
    return 0


def look_up(operator: Any, name: str) -> dict[str, Any] | None:
    """The value that is printed; None where nobody and no voucher is known by this name."""
    from hotgate.apps.subscribers import queries as subscribers
    from hotgate.apps.usage import queries as usage
    from hotgate.apps.vouchers import first_use

    now = tenant.now()
    for key in _keys(name):
        subscriber = subscribers.subscriber_with_key(operator, key)
        if subscriber is not None:
            state = subscribers.access_state(operator, key)
            return as_json(name, state, usage.sessions_of(subscriber), now)
    unused = first_use.first_use(operator, name, now)
    if unused is None:
        return None
    shown = as_json(name, unused.state, usage.sessions_of_nobody(operator, name.strip()), now)
    if unused.refusal is not None:
        shown["decision"] = {"accepted": False, "reason": str(unused.refusal)}
        shown["why"] = _refused_text(unused.refusal)
    return shown


def as_json(name: str, state: Any, sessions: Any, now: Any) -> dict[str, Any]:
    from hotgate.apps.subscribers import queries
    from hotgate.domain.limits import Grant

    answer = queries.decision(state, now).answer
    refused = None if isinstance(answer, Grant) else answer
    return {
        "username": name,
        "entitlements": [_entitlement(entitlement, state, now) for entitlement in state.entitlements],
        "sessions": [_session(session) for session in sessions],
        "decision": {"accepted": refused is None, "reason": None if refused is None else str(refused.reason)},
        "why": "A login would be accepted." if refused is None else _refused_text(refused.reason, refused.until),
    }


def _entitlement(entitlement: Any, state: Any, now: Any) -> dict[str, Any]:
    from hotgate.domain import spending
    from hotgate.domain.catalogue import Measure

    left = spending.left_at(entitlement, state.zone, now)
    measure = entitlement.plan.counted_measure
    return {
        "plan": entitlement.plan.name,
        "seconds_left": left if measure is Measure.TIME else None,
        "octets_left": left if measure is Measure.TRAFFIC else None,
        "valid_until": tenant.in_utc(entitlement.valid_until),
    }


def _session(session: Any) -> dict[str, Any]:
    from hotgate.domain.sessions import DOUBTFUL
    from hotgate.radius import dictionary

    is_doubtful = session.estimated or not DOUBTFUL.isdisjoint(session.flags)
    cause, names = session.terminate_cause, dictionary.find("Acct-Terminate-Cause").names
    return {
        "started": tenant.in_utc(session.started_at),
        "stopped": tenant.in_utc(session.stopped_at),
        "seconds": session.seconds,
        "octets_in": session.octets_in,
        "octets_out": session.octets_out,
        "terminate_cause": None if cause is None else names.get(cause, str(cause)),
    } | ({"estimated": True} if is_doubtful else {})


def _keys(name: str) -> list[str]:
    """The same keys, in the same order, as a login with this name."""
    from hotgate.aaa import names
    from hotgate.apps.core import keys

    return names.keys_to_try(name.strip(), keys.current().code_index)


def _refused_text(reason: Any, until: Any = None) -> str:
    from hotgate.domain.reasons import TEXTS

    texts = TEXTS[reason]
    shown = tenant.in_utc(until) or "a later date"
    return f"A login would be refused: {texts.staff.format(until=shown)} {texts.next_step.format(until=shown)}"


def _tell(found: dict[str, Any]) -> None:
    from hotgate.domain import quantities

    print(found["username"])
    for each in found["entitlements"]:
        left = "not limited"
        if 0 in (each["seconds_left"], each["octets_left"]):
            left = "nothing left"
        elif each["seconds_left"] is not None:
            left = f"{quantities.describe_seconds(each['seconds_left'])} left"
        elif each["octets_left"] is not None:
            left = f"{quantities.describe_octets(each['octets_left'])} left"
        until = f", until {each['valid_until']}" if each["valid_until"] else ""
        print(f"  {each['plan']}: {left}{until}")
    print(f"  {found['why']}")
    rows = [
        [
            each["started"],
            each["stopped"] or "online",
            quantities.describe_seconds(each["seconds"]),
            f"{each['octets_in']:,}",
            f"{each['octets_out']:,}",
            each["terminate_cause"] or "",
        ]
        for each in found["sessions"]
    ]
    headings = ["STARTED", "STOPPED", "TIME", "OCTETS IN", "OCTETS OUT", "CAUSE"]
    tenant.print_table(headings, rows, "  No session yet.")
