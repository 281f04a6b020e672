"""`hotgate token add`, `list`, `revoke`: tokens by which other programs use the API."""

from __future__ import annotations

import argparse
from datetime import timedelta

from hotgate.commands import registering, tenant
from hotgate.commands.errors import CommandError

ROLES = ("owner", "manager", "cashier", "account_editor", "support", "auditor")


def register(subparsers: registering.Subparsers) -> None:
    token = subparsers.add_parser("token", help="tokens by which other programs use the API")
    commands = token.add_subparsers(title="commands", metavar="COMMAND", required=True)
    add = tenant.add_parser(commands, "add", "make a token and show it once")
    add.add_argument("name", metavar="NAME", help="of the program")
    add.add_argument("--role", choices=ROLES, required=True, help="what staff of it may not do, it may not")
    add.add_argument("--scope", action="append", required=True, metavar="SCOPE", help="such as users:write; repeatable")
    add.add_argument("--address", action="append", default=[], metavar="CIDR", help="where it works from; repeatable")
    add.add_argument("--days", type=int, metavar="N", help="how long it works; by default until it is revoked")
    add.set_defaults(run=run_add)
    listing = tenant.add_parser(commands, "list", "the operator's tokens")
    listing.set_defaults(run=run_list)
    revoke = tenant.add_parser(commands, "revoke", "make a token open nothing any more")
    revoke.add_argument("public", metavar="TOKEN", help="the 16 characters between the two underlines")
    revoke.set_defaults(run=run_revoke)


def run_add(arguments: argparse.Namespace) -> int:
    if arguments.days is not None and not 0 < arguments.days < 36_500:
        raise CommandError("--days is a number of days, from 1 on")
    with tenant.chosen(arguments) as operator:
        from hotgate.apps.operators.actor import COMMAND_LINE
        from hotgate.apps.operators.tokens import services

        now = tenant.now()
        made = services.make_token(
            by=COMMAND_LINE,
            now=now,
            operator=operator,
            name=arguments.name,
            role=arguments.role,
            scopes=arguments.scope,
            addresses=arguments.address,
            expires_at=now + timedelta(days=arguments.days) if arguments.days else None,
        )
    if arguments.json:
        tenant.print_json({"name": made.token.name, "token": made.secret, "scopes": made.token.scopes})
    else:
        print(made.secret)
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    with tenant.chosen(arguments) as operator:
        from hotgate.apps.operators.tokens import queries

        now = tenant.now()
        rows = [
            {
                "token": f"hg_{row.public}",
                "name": row.name,
                "role": row.role,
                "scopes": row.scopes,
                "addresses": row.addresses,
                "last_used": tenant.in_utc(row.last_used_at),
                "works": queries.works(row, now),
            }
            for row in queries.tokens(operator)
        ]
    if arguments.json:
        tenant.print_json(rows)
        return 0
    lines = [
        (str(row["token"]), str(row["name"]), str(row["role"]), str(row["last_used"] or "never"), _state(row["works"]))
        for row in rows
    ]
    tenant.print_table(("Token", "Name", "Role", "Last used", "State"), lines, "no token yet")
    return 0


def run_revoke(arguments: argparse.Namespace) -> int:
    with tenant.chosen(arguments) as operator:
        from hotgate.apps.operators.actor import COMMAND_LINE
        from hotgate.apps.operators.tokens import queries, services

        public = arguments.public.removeprefix("hg_").partition("_")[0]
        row = queries.tokens(operator).filter(public=public).first()
        if row is None:
            raise CommandError(f"there is no token {public!r}")
        services.revoke_token(by=COMMAND_LINE, now=tenant.now(), token=row)
    print(f"{row.name}: revoked")
    return 0


def _state(works: object) -> str:
    return "works" if works else "over"
