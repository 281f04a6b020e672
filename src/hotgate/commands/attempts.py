"""`hotgate attempts`: the last logins, dropped packets and unknown sources."""

from __future__ import annotations

import argparse
from typing import Any

from hotgate.commands import registering, tenant
from hotgate.commands.errors import CommandError

SHOWN = 20
SHOWN_MAX = 1000


def register(subparsers: registering.Subparsers) -> None:
    parser = tenant.add_parser(subparsers, "attempts", "the last logins, dropped packets and unknown sources")
    parser.add_argument("--last", type=int, default=SHOWN, metavar="N", help="how many; by default %(default)s")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    if not 1 <= arguments.last <= SHOWN_MAX:
        raise CommandError(f"--last: expected a number from 1 to {SHOWN_MAX}")
    with tenant.chosen(arguments, with_platform=True) as operator:
        from hotgate.apps.network import queries as network
        from hotgate.apps.usage import queries as usage

        names = dict(network.nases(operator).values_list("id", "name"))
        found = [as_json(attempt, names) for attempt in usage.latest_attempts(operator)[: arguments.last]]
    if arguments.json:
        tenant.print_json(found)
    else:
        tenant.print_table(HEADINGS, [_row(each) for each in found], "Nobody has tried to log in yet.")
    return 0


HEADINGS = ["WHEN", "OUTCOME", "WHY", "NAME", "DEVICE", "NAS", "TIMES"]


def as_json(attempt: Any, nas_names: dict[int, str]) -> dict[str, Any]:
    """`reason` is a refusal's code; `rule` the number of the rule by which a packet was dropped.

    Without a `source`: packets of further unknown addresses in that second, beyond those told one by one.
    """
    return {
        "at": tenant.in_utc(attempt.at),
        "kind": attempt.kind,
        "outcome": attempt.outcome,
        "reason": attempt.reason or None,
        "rule": attempt.rule or None,
        "name": attempt.user_name or None,
        "device": attempt.device or None,
        "nas": nas_names.get(attempt.nas_id) if attempt.nas_id else None,
        "source": attempt.source,
        "count": attempt.count,
    }


def _row(each: dict[str, Any]) -> list[str]:
    why = " ".join(text for text in (each["rule"], each["reason"]) if text)
    where = each["nas"] or f"{each['source'] or 'further addresses'} (unknown)"
    return [each["at"], each["outcome"], why, each["name"] or "", each["device"] or "", where, str(each["count"])]
