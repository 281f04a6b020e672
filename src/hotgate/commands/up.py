import argparse

from hotgate import environment
from hotgate.commands import registering


def register(subparsers: registering.Subparsers) -> None:
    parser = subparsers.add_parser("up", help="start the database, the AAA server, the web and the worker")
    parser.add_argument("--demo", action="store_true", help="with a demo operator, plans, a NAS and a ticket")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from hotgate.runtime import up

    up.run(environment.current(), demo=arguments.demo, is_verbose=arguments.verbose)
    return 0
