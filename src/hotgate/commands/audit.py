"""`hotgate audit verify`: is the log of changes as it was written? The exit code is 1 where it is not."""

from __future__ import annotations

import argparse

from hotgate.commands import registering, tenant
from hotgate.commands.errors import CommandError

BROKEN = 1


def register(subparsers: registering.Subparsers) -> None:
    audit = subparsers.add_parser("audit", help="the log of who changed what")
    commands = audit.add_subparsers(title="commands", metavar="COMMAND", required=True)
    verify = commands.add_parser("verify", help="find what was altered, removed or moved")
    verify.add_argument("--operator", metavar="SLUG", help="this one only; otherwise all, and the platform's own log")
    verify.add_argument(
        "--anchor",
        metavar="NUMBER:HASH",
        help="an end that verify printed before, and that must still be there; needs --operator",
    )
    verify.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    if arguments.anchor and not arguments.operator:
        raise CommandError("--anchor needs --operator: it belongs to one log")
    with tenant.platform():
        from hotgate.apps.operators import queries

        if arguments.operator:
            operator = queries.operator_named(arguments.operator)
            if operator is None:
                raise CommandError(f"there is no operator {arguments.operator!r}")
            chains: list[tuple[str, int | None]] = [(operator.slug, operator.id)]
        else:
            chains = [("platform", None), *((each.slug, each.id) for each in queries.operators())]
        return max(_verify(slug, operator_id, arguments.anchor) for slug, operator_id in chains)


def _verify(slug: str, operator_id: int | None, anchor: str | None) -> int:
    from hotgate.apps.operators import audit

    broken = audit.first_broken(operator_id)
    if broken is not None:
        print(f"{slug}: BROKEN at entry {broken}: it was altered, or one before it is missing or moved")
        return BROKEN
    if anchor and not _stands(operator_id, anchor):
        print(f"{slug}: BROKEN: the end {anchor} is not there, so entries were removed or written anew")
        return BROKEN
    last = audit.last_entry(operator_id)
    print(f"{slug}: whole" + (f", ends with {last.number}:{bytes(last.hash).hex()}" if last else ", no entry"))
    return 0


def _stands(operator_id: int | None, anchor: str) -> bool:
    from hotgate.apps.operators import audit

    number, _, digest = anchor.partition(":")
    if not number.isdecimal():
        raise CommandError("--anchor: expected NUMBER:HASH, as verify prints it")
    found = audit.entry(operator_id, int(number))
    return found is not None and bytes(found.hash).hex() == digest.lower()
