"""`hotgate ticket PLAN`: one voucher that is its own login."""

from __future__ import annotations

import argparse

from hotgate.commands import registering, tenant
from hotgate.commands.errors import CommandError


def register(subparsers: registering.Subparsers) -> None:
    parser = tenant.add_parser(subparsers, "ticket", "make a ticket: a code that is name and password")
    parser.add_argument("plan", metavar="PLAN", help="name or code of a plan")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    with tenant.chosen(arguments) as operator:
        from hotgate.apps.catalogue import queries
        from hotgate.apps.operators.actor import COMMAND_LINE
        from hotgate.apps.vouchers import services

        plan = queries.plan_named(operator, arguments.plan)
        if plan is None:
            raise CommandError(f"there is no plan {arguments.plan!r}: `hotgate plan list` shows them")
        ticket = services.create_ticket(by=COMMAND_LINE, now=tenant.now(), operator=operator, plan=plan)
    if arguments.json:
        tenant.print_json({"username": ticket.username, "password": ticket.password, "plan": plan.name})
    else:
        print(f"Username  {ticket.username}\nPassword  {ticket.password}\nPlan      {plan.name}")
    return 0
