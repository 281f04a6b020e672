"""`hotgate staff password EMAIL`: a new password for somebody who lost it; it is shown once."""

from __future__ import annotations

import argparse

from hotgate.commands import registering, tenant
from hotgate.commands.errors import CommandError


def register(subparsers: registering.Subparsers) -> None:
    staff = subparsers.add_parser("staff", help="people who sign in to the console")
    commands = staff.add_subparsers(title="commands", metavar="COMMAND", required=True)
    password = commands.add_parser("password", help="make a new password and show it once")
    password.add_argument("email", metavar="EMAIL")
    password.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    with tenant.platform():
        from hotgate.apps.operators import queries, services
        from hotgate.apps.operators.actor import COMMAND_LINE
        from hotgate.runtime import first_run

        staff = queries.staff_with_email(arguments.email)
        if staff is None:
            raise CommandError(f"nobody signs in as {arguments.email!r}")
        password = first_run.new_password()
        services.set_staff_password(by=COMMAND_LINE, now=tenant.now(), staff=staff, password=password)
    print(f"Sign-in   {staff.email}\nPassword  {password}")
    return 0
