import argparse

from hotgate.commands import registering, with_django


def register(subparsers: registering.Subparsers) -> None:
    parser = subparsers.add_parser("migrate", help="bring the database up to this version (`up` does it too)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    with_django.set_up("owner")
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=2 if arguments.verbose else 1)
    return 0
