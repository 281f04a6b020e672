"""Hotgate against FreeRADIUS with rlm_sql, alternately in one run, on one PostgreSQL: `make bench`.

    python benchmarks/radius/run.py [--rounds 5] [--subscribers 100000] [--seconds 4] [--cases mixed,…] [--out FILE]

Needs root on Debian 12, and: apt-get install --no-install-recommends gcc libc6-dev postgresql-15 freeradius
freeradius-postgresql freeradius-utils. Everything runs on 127.0.0.1 and in one temporary folder, and ends with it.
"""

from __future__ import annotations

import argparse
import contextlib
import pathlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import cluster as clusters
import freeradius
import hotgate_side
import ledger
import machine
import proofs
import report
import witness
from cluster import Cluster
from ledger import Totals
from report import Run

SECRET: Final = "benchmark-secret-of-32-characters"
ECHO, HOTGATE, STOCK, LEAN, POSTGRES = 23812, 23822, 23832, 23842, 23899
WARMUP_SECONDS: Final = 1.5
PROOFS_MAX: Final = 20_000
OCTETS_STEP: Final = 2_000_000  # at most, from one reading to the next, so that no session is faster than its plan
PROCESSES: Final = 1  # with load and database on the same two cores a second one takes from both


@dataclass(frozen=True, slots=True)
class Case:
    """What is sent. `only` leaves out the sides that it does not concern."""

    name: str
    mix: str
    window: int = 64
    rate: float | None = None
    dup_pct: float | None = None
    proof: str | None = None
    only: tuple[str, ...] = ("echo", "hotgate", "stock", "lean")


CASES: Final = {
    case.name: case
    for case in (
        Case("auth", "auth"),
        Case("acct", "acct", dup_pct=5),
        Case("mixed", "mixed"),
        Case("mixed512", "mixed", window=512),
        Case("paced", "mixed", rate=1000, only=("hotgate", "stock", "lean")),
        Case("chap", "auth", proof="chap", only=("hotgate",)),
        Case("mschapv2", "auth", proof="mschapv2", only=("hotgate",)),
    )
}


@dataclass(frozen=True, slots=True)
class Side:
    """A server under test."""

    name: str
    port: int
    acct_port: int
    pids: tuple[int, ...]
    users: pathlib.Path
    signing: str = "first"
    clear: Callable[[], None] | None = None
    booked: Callable[[], dict[str, Totals]] | None = None


def main() -> int:
    typed = _parser().parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hotgate-bench-", dir="/tmp"))
    folder.chmod(0o755)  # the database and FreeRADIUS run as users of their own
    try:
        machine.build(folder)
        with clusters.started(folder / "postgres", POSTGRES) as cluster:
            told = measure(typed, folder, cluster)
        text = report.written(told, typed)
    except machine.CannotMeasure as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        if not typed.keep:
            shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(text)
    if typed.out:
        report.put_into(typed.out, text)
    return 0 if report.is_exact(told) else 1


def measure(typed: argparse.Namespace, folder: pathlib.Path, cluster: Cluster) -> list[Run]:
    """All rounds. The order of sides is reversed from round to round, since the machine drifts."""
    runs: list[Run] = []
    with contextlib.ExitStack() as servers:
        sides = [servers.enter_context(SIDES[name](typed, folder, cluster)) for name in _sides(typed)]
        for round_number in range(1, typed.rounds + 1):
            for case in (CASES[name] for name in typed.cases.split(",")):
                for side in sides if round_number % 2 else reversed(sides):
                    if side.name in case.only:
                        runs.append(one_run(typed, folder, cluster, case, side, round_number))
                        sys.stderr.write(f"{runs[-1]}\n")
        runs += [witness.run(side.name, side.port, SECRET, side.users, folder) for side in sides]
    return runs


def one_run(
    typed: argparse.Namespace, folder: pathlib.Path, cluster: Cluster, case: Case, side: Side, round_number: int
) -> Run:
    """Empty tables, load, and the ledger checked."""
    if side.clear:
        side.clear()
    users = side.users
    if case.proof:
        users = folder / f"{side.name}.{case.proof}"
        if not users.exists():
            proofs.write(side.users, case.proof, users, PROOFS_MAX)
    acked = folder / "acked"
    options: dict[str, Any] = {
        "auth-port": side.port,
        "acct-port": side.acct_port,
        "secret": SECRET,
        "users": users,
        "mix": case.mix,
        "window": case.window,
        "rate": case.rate,
        "dup-pct": case.dup_pct,
        "signing": side.signing,
        "octets-step": OCTETS_STEP,
        "seconds": typed.seconds,
        "warmup": WARMUP_SECONDS,
        "seed": round_number,
        "acked": acked,
    }
    measured = machine.run_load(folder / "load", options, {"server": side.pids, "database": [cluster.pid]})
    checked = ledger.check(acked, side.booked()) if side.booked and case.mix != "auth" else None
    return Run(case.name, side.name, round_number, measured, checked, max(map(machine.memory_octets, side.pids)))


@contextlib.contextmanager
def _echo(typed: argparse.Namespace, folder: pathlib.Path, cluster: Cluster) -> Iterator[Side]:
    users = _hotgate_users(folder)
    if not users.exists():
        users = folder / "nobody"
        users.write_text("".join(f"user{number},password{number}\n" for number in range(10_000)))
    log = folder / "echo.log"
    with machine.running([str(folder / "echo"), str(ECHO), SECRET], log) as process:
        machine.wait_for_udp(ECHO, process, log)
        yield Side("echo", ECHO, ECHO, (process.pid,), users)


@contextlib.contextmanager
def _hotgate(typed: argparse.Namespace, folder: pathlib.Path, cluster: Cluster) -> Iterator[Side]:
    installation = hotgate_side.install(folder / "hotgate", cluster, HOTGATE, SECRET, typed.subscribers, typed.sessions)
    with hotgate_side.serving(installation, HOTGATE, typed.processes) as pids:
        side = hotgate_side_of("hotgate", HOTGATE, pids, installation, cluster)
        yield replace(side, clear=None, booked=None) if typed.sessions else side


def hotgate_side_of(
    name: str, port: int, pids: tuple[int, ...], installation: hotgate_side.Installation, cluster: Cluster
) -> Side:
    """These AAA processes of Hotgate."""
    return Side(
        name,
        port,
        port + 1,
        pids,
        installation.users,
        clear=lambda: hotgate_side.clear(cluster),
        booked=lambda: hotgate_side.totals(cluster),
    )


def _freeradius(site: freeradius.Site, port: int) -> Callable[..., contextlib.AbstractContextManager[Side]]:
    @contextlib.contextmanager
    def opened(typed: argparse.Namespace, folder: pathlib.Path, cluster: Cluster) -> Iterator[Side]:
        users = _hotgate_users(folder)
        if not users.exists():
            users = folder / "subscribers"
            users.write_text("".join(f"user{n},password{n}\n" for n in range(typed.subscribers)))
        # Both sites read one database, filled by the first of them.
        if not clusters.exists(cluster, freeradius.DATABASE):
            freeradius.load_subscribers(cluster, users)
        with freeradius.serving(folder / site, cluster, site, port, SECRET) as pid:
            yield Side(
                site,
                port,
                port + 1,
                (pid,),
                users,
                signing="anywhere",
                clear=lambda: freeradius.clear(cluster),
                booked=lambda: freeradius.totals(cluster),
            )

    return opened


def _hotgate_users(folder: pathlib.Path) -> pathlib.Path:
    """The same names and passwords for everybody, where Hotgate takes part."""
    return folder / "hotgate" / "users"


SIDES: Final = {
    "hotgate": _hotgate,
    "echo": _echo,
    "stock": _freeradius("stock", STOCK),
    "lean": _freeradius("lean", LEAN),
}


def _sides(typed: argparse.Namespace) -> list[str]:
    """Hotgate first: it makes the names."""
    chosen = typed.sides.split(",")
    return [name for name in SIDES if name in chosen]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--rounds", type=int, default=5)
    add("--seconds", type=float, default=4.0, help="measured in each run, after a warm-up")
    add("--subscribers", type=int, default=100_000)
    add("--sessions", type=int, default=0, help="open sessions kept from the start; the ledger is not checked then")
    add("--processes", type=int, default=PROCESSES, help="of Hotgate's AAA server, on the same ports")
    add("--cases", default=",".join(CASES))
    add("--sides", default=",".join(SIDES))
    add("--out", type=pathlib.Path, help="put the result into this file, such as docs/benchmarks.md")
    add("--keep", action="store_true", help="leave the temporary folder")
    parser.set_defaults(began=time.time())
    return parser


if __name__ == "__main__":
    sys.exit(main())
