"""One short process before the servers start: migrations, static files, first-run set-up.

    python -m hotgate.runtime.preparing OUTCOME [--demo]

It works as the owner of the tables, a right that no process keeps afterwards. What the person is to be told
goes into the file OUTCOME as JSON; what it prints is for the log.
"""

import json
import os
import pathlib
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from hotgate.environment import WrongSetting
from hotgate.runtime.errors import CannotStart

MIGRATE_TRIES: Final = 5
DEADLOCK: Final = "40P01"


def main(outcome: str, *flags: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "hotgate.config.settings"
    import django
    from django.core.management import call_command

    from hotgate import environment
    from hotgate.config import key
    from hotgate.runtime import first_run

    django.setup()
    begun_again(lambda: call_command("migrate", verbosity=0, interactive=False))
    key.claim()
    _make_partitions()
    call_command("collectstatic", verbosity=0, interactive=False)
    told = first_run.prepare(environment.current(), demo="--demo" in flags)
    pathlib.Path(outcome).write_text(json.dumps(told.lines))


def begun_again(migrate: Callable[[], object]) -> None:
    """Migrate, and go on where a migration met a server at work in a deadlock: each is one transaction (G23)."""
    from django.db import OperationalError

    for tries_left in reversed(range(MIGRATE_TRIES)):
        try:
            migrate()
            break
        except OperationalError as error:
            if not tries_left or getattr(error.__cause__, "sqlstate", None) != DEADLOCK:
                raise


def _make_partitions() -> None:
    from django.db import OperationalError

    from hotgate.apps.core import partitions

    try:
        partitions.ensure(datetime.now(UTC).date())
    except OperationalError as error:  # another host holds the table; the DEFAULT partition serves until the daily job
        print(f"partitions: {error}", file=sys.stderr)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (WrongSetting, CannotStart) as refused:
        sys.exit(str(refused))
