"""Hotgate with ten million subscribers and sessions against itself with few, and cold against FreeRADIUS.

    python benchmarks/radius/growth.py [--small 100000] [--large 10000000] [--rounds 3] [--out docs/benchmarks.md]

Needs what `run.py` needs, root for the cold runs, and tens of GB of disk for the large size. Cold: a
PostgreSQL just started, on a machine that has dropped its caches; each run has a start of its own. Warm: every table
and index read once (`pg_prewarm`). Both databases are vacuumed after they were filled: else that goes on beside the
runs.
"""

from __future__ import annotations

import argparse
import contextlib
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Final

import cluster as clusters
import freeradius
import hotgate_side
import machine
import report
import run
from cluster import Cluster
from report import Run

CASES: Final = ("auth", "acct", "mixed")
BEGIN, END = "<!-- benchmarks/radius/growth: begin -->", "<!-- benchmarks/radius/growth: end -->"
WARM_MUST, COLD_MUST, MEMORY_MUST_MB = 0.6, 1.5, 150
KEPT: Final = """
    INSERT INTO radacct (acctsessionid, acctuniqueid, username, nasipaddress, acctstarttime, acctupdatetime,
                         acctsessiontime, acctinputoctets, acctoutputoctets)
    SELECT 'kept-' || id, md5('kept' || id), username, '127.0.0.1', now() - interval '10 minutes', now(), 600, 20000000,
           80000000
      FROM radcheck"""
PREWARM: Final = """
    SELECT pg_prewarm(oid) FROM pg_class
     WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace ORDER BY relkind DESC"""

Opened = Callable[[Cluster], contextlib.AbstractContextManager[run.Side]]


def main() -> int:
    typed = _parser().parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hotgate-growth-", dir=typed.folder))
    folder.chmod(0o755)
    try:
        machine.build(folder)
        text = written(typed, small_runs(typed, folder / "small"), *large_runs(typed, folder / "large"))
    except machine.CannotMeasure as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(text)
    if typed.out:
        report.put_into(typed.out, text, BEGIN, END)
    return 0


def small_runs(typed: argparse.Namespace, folder: pathlib.Path) -> list[Run]:
    """Hotgate's own rates with few."""
    with clusters.started(folder / "postgres", run.POSTGRES) as cluster:
        hotgate = hotgate_of(typed, filled(folder, cluster, typed.small))
        return warm_runs(typed, folder, cluster, hotgate)


def large_runs(typed: argparse.Namespace, folder: pathlib.Path) -> tuple[list[Run], list[Run]]:
    """(warm runs of Hotgate, cold runs of Hotgate and of FreeRADIUS)."""
    with clusters.started(folder / "postgres", run.POSTGRES) as cluster:
        installation = filled(folder, cluster, typed.large)
        freeradius.load_subscribers(cluster, installation.users)
        cluster.execute(freeradius.DATABASE, KEPT)
        for database in (hotgate_side.DATABASE, freeradius.DATABASE):
            cluster.execute(database, "VACUUM ANALYZE")
    hotgate, lean = hotgate_of(typed, installation), lean_of(folder, installation.users)
    cold = list(cold_runs(typed, folder, (hotgate, lean)))
    with clusters.started(folder / "postgres", run.POSTGRES) as cluster:
        return warm_runs(typed, folder, cluster, hotgate), cold


def filled(folder: pathlib.Path, cluster: Cluster, count: int) -> hotgate_side.Installation:
    """As many subscribers as open sessions."""
    shutil.copy(folder.parent / "load", folder / "load")
    return hotgate_side.install(folder / "hotgate", cluster, run.HOTGATE, run.SECRET, count, count)


def hotgate_of(typed: argparse.Namespace, installation: hotgate_side.Installation) -> Opened:
    @contextlib.contextmanager
    def opened(cluster: Cluster) -> Iterator[run.Side]:
        with hotgate_side.serving(installation, run.HOTGATE, typed.processes) as pids:
            yield run.Side("hotgate", run.HOTGATE, run.HOTGATE + 1, pids, installation.users)

    return opened


def lean_of(folder: pathlib.Path, users: pathlib.Path) -> Opened:
    @contextlib.contextmanager
    def opened(cluster: Cluster) -> Iterator[run.Side]:
        with freeradius.serving(folder / "lean", cluster, "lean", run.LEAN, run.SECRET) as pid:
            yield run.Side("lean", run.LEAN, run.LEAN + 1, (pid,), users, signing="anywhere")

    return opened


def warm_runs(typed: argparse.Namespace, folder: pathlib.Path, cluster: Cluster, opened: Opened) -> list[Run]:
    """All rounds on tables that were read once."""
    cluster.execute(hotgate_side.DATABASE, "CREATE EXTENSION IF NOT EXISTS pg_prewarm")
    cluster.execute(hotgate_side.DATABASE, PREWARM)
    with opened(cluster) as side:
        rounds = [(number, name) for number in range(1, typed.rounds + 1) for name in CASES]
        return [told(run.one_run(typed, folder, cluster, run.CASES[name], side, number)) for number, name in rounds]


def cold_runs(typed: argparse.Namespace, folder: pathlib.Path, sides: tuple[Opened, ...]) -> Iterator[Run]:
    """Alternated; each on a PostgreSQL and a machine that remember nothing."""
    for number in range(1, typed.rounds + 1):
        for name in CASES:
            for opened in sides if number % 2 else reversed(sides):
                drop_caches()
                with clusters.started(folder / "postgres", run.POSTGRES) as cluster, opened(cluster) as side:
                    yield told(run.one_run(typed, folder, cluster, run.CASES[name], side, number))


def drop_caches() -> None:
    """What the machine keeps of files. Raises CannotMeasure."""
    subprocess.run(["sync"], check=True)
    try:
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("3\n")
    except OSError as error:
        raise machine.CannotMeasure(f"cold runs need to drop the caches: {error}") from error


def told(one: Run) -> Run:
    sys.stderr.write(f"{one}\n")
    return one


def written(typed: argparse.Namespace, small: list[Run], large: list[Run], cold: list[Run]) -> str:
    """The section."""
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(typed.began))
    lines = [
        f"## RADIUS: {typed.large:,} subscribers and as many open sessions",
        "",
        f"{when}; medians of {typed.rounds} runs of {typed.seconds:g} s, {typed.processes} AAA processes. Cold: "
        f"PostgreSQL just started and caches dropped, before every run. FreeRADIUS has only sql and pap.",
        "",
        f"| case | {typed.small:,}, warm | {typed.large:,}, warm | ≥ {WARM_MUST:g} | cold | FreeRADIUS, cold |"
        f" ≥ {COLD_MUST:g} |",
        "|---|---|---|---|---|---|---|",
    ]
    for case in CASES:
        few, many = rate(small, case, "hotgate"), rate(large, case, "hotgate")
        ours, theirs = rate(cold, case, "hotgate"), rate(cold, case, "lean")
        kept, lead = many / few, ours / theirs
        lines.append(
            f"| {report.TITLES[case]} | {few:,.0f} | {many:,.0f} | {verdict(kept, WARM_MUST)} | {ours:,.0f} |"
            f" {theirs:,.0f} | {verdict(lead, COLD_MUST)} |"
        )
    memory = max(each.memory_octets for each in (*small, *large, *cold) if each.side == "hotgate") / 1e6
    fits = "reached" if memory <= MEMORY_MUST_MB else "**missed**"
    lines += ["", f"Memory of one AAA process: {memory:.0f} MB at most; ≤ {MEMORY_MUST_MB} MB: {fits}."]
    return "\n".join(lines) + "\n"


def rate(runs: list[Run], case: str, side: str) -> float:
    """The median of requests a second."""
    return median([float(r.measured.load["per_second"]) for r in runs if (r.case, r.side) == (case, side)])


def verdict(ratio: float, must: float) -> str:
    return f"{ratio:.2f}" if ratio >= must else f"{ratio:.2f} **missed**"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--small", type=int, default=100_000)
    add("--large", type=int, default=10_000_000)
    add("--rounds", type=int, default=3)
    add("--seconds", type=float, default=4.0)
    add("--processes", type=int, default=run.PROCESSES)
    add("--folder", default="/tmp", help="where the databases go, for the time of the run")
    add("--out", type=pathlib.Path, help="put the result into this file, such as docs/benchmarks.md")
    parser.set_defaults(began=time.time())
    return parser


if __name__ == "__main__":
    sys.exit(main())
