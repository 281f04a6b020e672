"""`hotgate restore FILE`: a backup into an empty installation."""

import argparse
import json
import pathlib

from hotgate import environment
from hotgate.commands import passphrase, registering, stopping
from hotgate.runtime import backup_restore
from hotgate.runtime.backup_restore import Restored


def register(subparsers: registering.Subparsers) -> None:
    parser = subparsers.add_parser("restore", help="read a backup into an empty state folder or database")
    parser.add_argument("file", metavar="FILE", type=pathlib.Path, help="made by `hotgate backup`")
    passphrase.add_to(parser, "open the master key that is in the file")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    here = environment.current()
    secret = passphrase.given(arguments)
    with stopping.tidily("nothing was restored"):
        done = backup_restore.restore(here, arguments.file, secret)
    print(json.dumps(_value(done)) if arguments.json else "\n".join(_lines(done, here)))
    return 0


def _value(done: Restored) -> dict[str, object]:
    return {
        "made_at": done.header.made_at,
        "hotgate": done.header.hotgate,
        "tables": done.tables,
        "rows": done.rows,
        "migrations_pending": done.migrations_pending,
    }


def _lines(done: Restored, here: environment.Environment) -> list[str]:
    where = "the database of HOTGATE_DATABASE_URL" if here.database_url else str(here.state)
    lines = [
        f"Restored {done.rows} rows in {done.tables} tables into {where}",
        f"State of {done.header.made_at}, Hotgate {done.header.hotgate}; what happened after it is not in it",
    ]
    if done.migrations_pending:
        follow = (
            "1 migration follows" if done.migrations_pending == 1 else f"{done.migrations_pending} migrations follow"
        )
        lines.append(f"{follow}: `hotgate up` or `hotgate migrate` does the rest")
    return [*lines, "Start    hotgate up"]
