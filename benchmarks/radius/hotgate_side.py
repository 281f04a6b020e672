"""Hotgate on the same PostgreSQL: set up as by `hotgate up`, filled by `hotgate load`, served by AAA processes."""

from __future__ import annotations

import contextlib
import os
import pathlib
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import machine
from cluster import Cluster

DATABASE: Final = "hotgate"
BOOKED_SECONDS: Final = 2.0  # what waits at the end of a run is no more than a tenth of a second's work
HOTGATE: Final = pathlib.Path(sys.executable).with_name("hotgate")
# What a run writes. The subscribers stay.
WRITTEN: Final = (
    "access_session, open_session, session_address, session_allocation, session_order, usage, login_attempt,"
    " packet_journal, accounting_backlog, quarantine, slot, event"
)


@dataclass(frozen=True, slots=True)
class Installation:
    """An installed Hotgate: its environment and its folder."""

    folder: pathlib.Path
    environ: dict[str, str]

    @property
    def users(self) -> pathlib.Path:
        """Lines of `user,password`."""
        return self.folder / "users"

    def run(self, *words: str) -> str:
        """What a command prints. Raises CannotMeasure."""
        ended = subprocess.run(words, env=self.environ, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise machine.CannotMeasure(f"{' '.join(words[:3])}: {(ended.stderr or ended.stdout).strip()[-2000:]}")
        return ended.stdout


def install(
    folder: pathlib.Path, cluster: Cluster, auth_port: int, secret: str, subscribers: int, sessions: int
) -> Installation:
    """A new database with so many subscribers, and the load generator as its one NAS."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster.create(DATABASE)
    environ = os.environ | {
        "HOTGATE_STATE": str(folder / "state"),
        "HOTGATE_KEY": secrets.token_hex(32),
        "HOTGATE_DATABASE_URL": cluster.url(DATABASE),
        "HOTGATE_RADIUS_AUTH": f"127.0.0.1:{auth_port}",
        "HOTGATE_RADIUS_ACCT": f"127.0.0.1:{auth_port + 1}",
    }
    installation = Installation(folder, environ)
    (folder / "state").mkdir(exist_ok=True)
    as_owner = Installation(folder, environ | {"HOTGATE_ROLE": "owner"})
    as_owner.run(sys.executable, "-m", "hotgate.runtime.preparing", str(folder / "prepared"))
    installation.run(str(HOTGATE), "nas", "add", "127.0.0.1", "--secret", secret, "--maker", "mikrotik")
    load = [
        "load",
        "--subscribers",
        str(subscribers),
        "--sessions",
        str(sessions),
        "--chap",
        "--out",
        str(installation.users),
    ]
    sys.stderr.write(installation.run(str(HOTGATE), *load))
    return installation


@contextlib.contextmanager
def serving(installation: Installation, auth_port: int, count: int) -> Iterator[tuple[int, ...]]:
    """So many AAA processes on the same ports for the length of a block: their pids."""
    log = installation.folder / "aaa.log"
    words = [sys.executable, "-m", "hotgate.aaa"]
    environ = installation.environ | {"HOTGATE_AAA_PROCESSES": str(count)}
    with contextlib.ExitStack() as servers:
        processes = [servers.enter_context(machine.running(words, log, env=environ)) for _ in range(count)]
        for process in processes:
            machine.wait_for_udp(auth_port + 1, process, log, sockets=count)
        yield tuple(process.pid for process in processes)


def clear(cluster: Cluster) -> None:
    """No session, no use, no log: each run starts alike."""
    cluster.execute(DATABASE, f"TRUNCATE {WRITTEN}")
    cluster.execute(
        DATABASE, "UPDATE entitlement SET used = 0, first_used_at = NULL WHERE used <> 0 OR first_used_at IS NOT NULL"
    )
    cluster.execute(DATABASE, "CHECKPOINT")


def totals(cluster: Cluster) -> dict[str, tuple[int, int, int, int]]:
    """(sessions, seconds, octets in, octets out) by user, once all that was acknowledged is booked."""
    until = time.monotonic() + BOOKED_SECONDS
    while cluster.execute(DATABASE, "SELECT 1 FROM accounting_backlog LIMIT 1"):
        if time.monotonic() > until:
            raise machine.CannotMeasure("what was acknowledged is not booked")
        time.sleep(0.01)
    rows = cluster.execute(
        DATABASE,
        "SELECT user_name, count(*), sum(seconds)::bigint, sum(octets_in)::bigint, sum(octets_out)::bigint"
        " FROM access_session GROUP BY user_name",
    )
    return {row[0]: row[1:] for row in rows}


def quarantined(cluster: Cluster) -> int:
    """Records that were acknowledged and set aside."""
    return int(cluster.execute(DATABASE, "SELECT count(*) FROM quarantine")[0][0])
