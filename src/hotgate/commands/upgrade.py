"""`hotgate upgrade`: a backup, then the migrations of this version."""

from __future__ import annotations

import argparse
import pathlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hotgate import __version__, environment
from hotgate.commands import passphrase, registering, with_django
from hotgate.domain import quantities as q
from hotgate.environment import Environment
from hotgate.runtime import backup, backup_server, state

if TYPE_CHECKING:
    from django.db.migrations.executor import MigrationExecutor

FOLDER = "backups"


def register(subparsers: registering.Subparsers) -> None:
    parser = subparsers.add_parser("upgrade", help="make a backup, then bring the database up to this version")
    parser.add_argument(
        "--backup", metavar="FILE", type=pathlib.Path, help=f"where to, instead of `{FOLDER}` in the state folder"
    )
    passphrase.add_to(parser, "put the master key into the backup too, under a passphrase")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    here = environment.current()
    secret = passphrase.chosen(arguments)
    with backup_server.reachable(here):
        pending = _pending()
        if not pending:
            print(f"The database is at Hotgate {__version__} already: nothing to do")
            return 0
        made = backup.write(here, arguments.backup or _place(here), secret)
        print(f"Backup    {made.path}  ({q.describe_octets(made.octets)})", flush=True)
        _migrate(arguments.verbose)
    noun = "migration" if len(pending) == 1 else "migrations"
    print(f"Upgraded  {len(pending)} {noun} done: {', '.join(pending)}")
    print(f"Way back  install the version before, then restore that backup into an empty state folder: {made.path}")
    return 0


def _pending() -> list[str]:
    executor = _executor()
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _executor() -> MigrationExecutor:
    with_django.set_up("owner")
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    return MigrationExecutor(connection)


def _migrate(is_verbose: bool) -> None:
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=2 if is_verbose else 0)


def _place(here: Environment) -> pathlib.Path:
    folder = here.state / FOLDER
    state.make_folder(folder, 0o700)
    return folder / f"before-{__version__}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.hotgate"
