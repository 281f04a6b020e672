"""`hotgate backup FILE`: everything into one file, while everything runs."""

import argparse
import json
import pathlib

from hotgate import environment
from hotgate.commands import passphrase, registering, stopping
from hotgate.domain import quantities as q
from hotgate.runtime import backup, backup_server
from hotgate.runtime.backup import Made


def register(subparsers: registering.Subparsers) -> None:
    parser = subparsers.add_parser("backup", help="write everything into one file, while everything runs")
    parser.add_argument("file", metavar="FILE", type=pathlib.Path, help="a new file, readable by you only")
    passphrase.add_to(parser, "put the master key into the file too, under a passphrase")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    here = environment.current()
    secret = passphrase.chosen(arguments)
    with stopping.tidily("no backup was made"), backup_server.reachable(here):
        made = backup.write(here, arguments.file, secret)
    print(json.dumps(_value(made)) if arguments.json else "\n".join(_lines(made, here)))
    return 0


def _value(made: Made) -> dict[str, object]:
    return {
        "file": str(made.path),
        "octets": made.octets,
        "tables": made.tables,
        "rows": made.rows,
        "key_fingerprint": made.key_fingerprint,
        "holds_key": made.holds_key,
    }


def _lines(made: Made, here: environment.Environment) -> list[str]:
    if made.holds_key:
        key = f"inside, under the passphrase ({made.key_fingerprint})"
    else:
        key = f"not inside ({made.key_fingerprint}): without a copy of {_place(here)} this file opens for nobody"
    return [
        f"Backup   {made.path}  ({q.describe_octets(made.octets)})",
        f"Rows     {made.rows} in {made.tables} tables",
        f"Key      {key}",
        f"Restore  hotgate restore {made.path}   into an empty state folder",
    ]


def _place(here: environment.Environment) -> str:
    return str(here.key_path) if here.key_path.exists() else "the key in HOTGATE_KEY"
