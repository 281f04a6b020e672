"""The command `hotgate`. Django is imported only inside the commands that need it."""

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

import psycopg

from hotgate import __version__, database
from hotgate.commands import (
    attempts,
    audit,
    backup,
    doctor,
    load,
    migrate,
    nas,
    plan,
    replay,
    restore,
    simulate,
    staff,
    ticket,
    token,
    up,
    upgrade,
    user,
    with_django,
)
from hotgate.commands.errors import CommandError
from hotgate.environment import WrongSetting
from hotgate.runtime.errors import CannotStart

COMMANDS = (
    *(up, doctor, audit, migrate, simulate, nas, plan, ticket, user, attempts, staff, token, load),
    *(backup, restore, upgrade, replay),
)
WRONG = 2


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(WRONG, f"{self.prog}: {' '.join(message.splitlines())}\n")


def main(words: Sequence[str] | None = None) -> int:
    """The exit code: 2 with one line on stderr when something was wrong about the command."""
    words = sys.argv[1:] if words is None else words
    try:
        _check_text(words)
        arguments = parser().parse_args(words)
        return int(arguments.run(arguments))
    except (CommandError, WrongSetting, CannotStart) as error:
        return _refuse(str(error))
    except psycopg.OperationalError as error:
        return _refuse(f"the database does not answer: {database.reason(error)}")
    except Exception as error:
        if with_django.is_database_error(error):
            return _refuse(f"the database does not answer: {database.reason(error)}")
        raise


def parser() -> Parser:
    made = Parser(prog="hotgate", description="RADIUS AAA, tickets and billing for hotspots and providers.")
    made.add_argument("--version", action="version", version=f"Hotgate {__version__}")
    made.add_argument("-v", "--verbose", action="store_true", help="say more")
    subparsers = made.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        command.register(subparsers)
    return made


def _check_text(words: Sequence[str]) -> None:
    """Raises CommandError where the shell gave octets that are no UTF-8: no name, no secret and no path has them."""
    for word in words:
        if not word.isprintable() and any("\ud800" <= each <= "\udfff" for each in word):
            raise CommandError(f"{word!r} is not UTF-8")


def _refuse(line: str) -> int:
    print(f"hotgate: {line}", file=sys.stderr)
    return WRONG
