"""The embedded server for a command that may find it running or stopped, and a new one to restore into."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace

import psycopg

from hotgate import database
from hotgate.environment import Environment
from hotgate.runtime import postgres, roles, state

WORKSHOP = "restoring"
# One transaction makes, fills and locks everything, and what it did not finish is thrown away.
FOR_LOADING = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "4GB",
    "max_locks_per_transaction": "1024",
    "maintenance_work_mem": "256MB",
    "autovacuum": "off",
}


@contextlib.contextmanager
def reachable(here: Environment) -> Iterator[None]:
    """The database answers inside. An embedded one that is stopped is started for that long.

    Raises CannotStart where it neither answers nor can be started.
    """
    if here.database_url or here.key is None or not (here.state / "data").exists() or _answers(here):
        yield
        return
    with state.hold_lock(here), _running(here, here.state, {}):
        yield


@contextlib.contextmanager
def workshop(here: Environment, key: bytes) -> Iterator[Environment]:
    """A folder in the state folder with the key and, unless a server is given, an empty running server of its own.

    It is gone afterwards, whatever happened.
    """
    folder = here.state / WORKSHOP
    _clear(folder)
    state.make_folder(folder, 0o711)
    there = replace(here, state=folder, key=key)
    try:
        _write_key(there.key_path, key)
        with contextlib.nullcontext() if here.database_url else _running(there, folder, FOR_LOADING):
            yield there
    except BaseException:
        _clear(folder)
        raise


def move_in(here: Environment, *, with_key: bool) -> None:
    """Give what the workshop made its place. The key first: data without a key would be useless, not the reverse."""
    folder = here.state / WORKSHOP
    if with_key:
        (folder / "key").rename(here.key_path)
        sync_folder(here.state)
    if here.database_url is None:
        (folder / "data").rename(here.state / "data")
        sync_folder(here.state)
    _clear(folder)


def sync_folder(folder: pathlib.Path) -> None:
    """A rename is on the disk when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _running(here: Environment, folder: pathlib.Path, settings: Mapping[str, str]) -> Iterator[None]:
    assert here.key is not None
    superuser = database.superuser_conninfo(here)
    cluster = postgres.prepare(folder, superuser["password"])
    with (folder / "postgres.log").open("ab") as log:
        process = postgres.start(cluster, log, settings)
    try:
        postgres.wait_until_ready(process, superuser)
        roles.ensure(superuser, here.key)
        yield
    finally:
        postgres.stop(process)
        (folder / "postgres.log").unlink(missing_ok=True)


def _answers(here: Environment) -> bool:
    try:
        psycopg.connect(**database.conninfo(here, "owner")).close()
    except psycopg.OperationalError as error:
        return "No such file" not in str(error) and "Connection refused" not in str(error)
    return True


def _clear(folder: pathlib.Path) -> None:
    """Also what a killed restore left: its server first."""
    if not folder.exists():
        return
    postgres.stop_leftover(postgres.Cluster(folder, pathlib.Path(), None))
    shutil.rmtree(folder)


def _write_key(path: pathlib.Path, key: bytes) -> None:
    with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
