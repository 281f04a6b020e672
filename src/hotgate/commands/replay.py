"""`hotgate replay DAY`: book a day once more from the journal, and compare it with the books."""

from __future__ import annotations

import argparse
import asyncio
import json
from datetime import UTC, date, datetime, timedelta

from hotgate import database, environment, vault
from hotgate.commands import registering, tenant
from hotgate.commands.errors import CommandError

DIFFERENT = 1
_NAMED = {"today": 0, "yesterday": 1}


def register(subparsers: registering.Subparsers) -> None:
    parser = tenant.add_parser(subparsers, "replay", "book a day again from the journal and compare it with the books")
    parser.add_argument("day", metavar="DAY", type=_day, help="in UTC: 2026-03-01, yesterday or today")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    # uvloop and the server's code are needed by this command only
    from hotgate.aaa import replay

    here = environment.current()
    if here.key is None:
        raise CommandError(f"there is no key at {here.key_path} yet: `hotgate up` makes it")
    operator_id = _operator_id(arguments) if arguments.operator else None
    day = replay.day_of(arguments.day)
    conninfo = database.conninfo(here, "owner")
    try:
        result = asyncio.run(replay.replay(conninfo, day, operator_id, vault.Keys.of(here.key)))
    except replay.Busy as error:
        raise CommandError("another replay is under way") from error
    _print(arguments, result)
    return DIFFERENT if result.differences else 0


def _print(arguments: argparse.Namespace, result: object) -> None:
    told = result._asdict()  # type: ignore[attr-defined]
    if arguments.json:
        print(json.dumps(told))
        return
    for line in told["differences"]:
        print(line)
    count = len(told["differences"])
    verdict = "equal to the books" if not count else f"{count} differences"
    print(f"{arguments.day}: {told['sessions']} sessions, {told['packets']} packets: {verdict}")


def _operator_id(arguments: argparse.Namespace) -> int:
    with tenant.chosen(arguments) as operator:
        return int(operator.id)


def _day(text: str) -> date:
    if text in _NAMED:
        return datetime.now(UTC).date() - timedelta(days=_NAMED[text])
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("expected a day such as 2026-03-01, yesterday or today") from None
