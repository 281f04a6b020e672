"""Medians, ratios and goals, as Markdown. The part of a file between two marks is replaced, the rest stays."""

from __future__ import annotations

import argparse
import importlib.util
import os
import pathlib
import platform
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, NamedTuple

from ledger import Checked
from machine import Measured

BEGIN, END = "<!-- benchmarks/radius: begin -->", "<!-- benchmarks/radius: end -->"
NAMES: Final = {
    "hotgate": "Hotgate",
    "stock": "FreeRADIUS, Debian's site",
    "lean": "FreeRADIUS, only sql and pap",
    "echo": "does nothing",
}
TITLES: Final = {
    "auth": "logins (PAP), window 64",
    "acct": "accounting 1 : 4 : 1 with 5 % duplicates, window 64",
    "mixed": "1 login : 1 start : 4 interims : 1 stop, window 64",
    "mixed512": "the same, window 512",
    "paced": "the same, 1,000 requests a second, open loop",
    "chap": "logins (CHAP), window 64",
    "mschapv2": "logins (MS-CHAPv2), window 64",
    "radclient": "logins by radclient, 64 at once",
}


@dataclass(frozen=True, slots=True)
class Run:
    """One side in one case of one round."""

    case: str
    side: str
    round_number: int
    measured: Measured
    checked: Checked | None = None
    memory_octets: int = 0

    def __str__(self) -> str:
        load = self.measured.load
        cpu = " ".join(f"{name} {micro:.0f} µs" for name, micro in self.measured.cpu_micro.items())
        kept = f"; {self.checked.in_words()}" if self.checked else ""
        p99 = f", p99 {load['p99_ms']:.1f} ms" if "p99_ms" in load else ""
        return f"{self.round_number} {self.case:9} {self.side:8} {load['per_second']:9,.0f}/s{p99}; {cpu}{kept}"


class Goal(NamedTuple):
    """What issue 4 asks for. `higher` says which way is better."""

    text: str
    must: float
    aim: float
    higher: bool
    value: Callable[[Table], float | None]


class Table:
    """Medians over the rounds."""

    def __init__(self, runs: Sequence[Run]) -> None:
        self.runs = runs

    def of(self, case: str, side: str) -> list[Run]:
        """The rounds of one side in one case."""
        return [run for run in self.runs if run.case == case and run.side == side]

    def number(self, case: str, side: str, name: str) -> float | None:
        """The median of a number that `load` gave."""
        return _median([float(run.measured.load[name]) for run in self.of(case, side) if name in run.measured.load])

    def cpu(self, case: str, side: str, process: str) -> float | None:
        """Median CPU microseconds per request; 0 where the process was not looked at."""
        return _median([run.measured.cpu_micro.get(process, 0.0) for run in self.of(case, side)])

    def cpu_both(self, case: str, side: str) -> float | None:
        """Server and database together."""
        return _median([sum(run.measured.cpu_micro.values()) for run in self.of(case, side)])

    def ratio(self, case: str, name: str, side: str = "stock") -> float | None:
        """Hotgate ÷ the other side."""
        ours, theirs = self.number(case, "hotgate", name), self.number(case, side, name)
        return ours / theirs if ours is not None and theirs else None


GOALS: Final = (
    Goal("logins a second ÷ FreeRADIUS", 6, 10, True, lambda table: table.ratio("auth", "per_second")),
    Goal("accounting a second ÷ FreeRADIUS", 2.5, 4.5, True, lambda table: table.ratio("acct", "per_second")),
    Goal("mixed a second ÷ FreeRADIUS", 3.5, 5, True, lambda table: table.ratio("mixed", "per_second")),
    Goal("mixed, window 512 ÷ FreeRADIUS", 4, 7, True, lambda table: table.ratio("mixed512", "per_second")),
    Goal(
        "retransmissions at window 512", 0, 0, False, lambda table: table.number("mixed512", "hotgate", "retransmitted")
    ),
    Goal("p99 of mixed, ms", 15, 10, False, lambda table: table.number("mixed", "hotgate", "p99_ms")),
    Goal(
        "CPU of server and database per mixed request, µs",
        150,
        100,
        False,
        lambda table: table.cpu_both("mixed", "hotgate"),
    ),
    Goal("p99 at 1,000 a second ÷ FreeRADIUS", 1, 0.7, False, lambda table: table.ratio("paced", "p99_ms")),
    Goal(
        "memory of one AAA process with the one that books, MB",
        150,
        150,
        False,
        lambda table: max((run.memory_octets for run in table.runs if run.side == "hotgate"), default=0) / 1e6 or None,
    ),
    Goal("CHAP ÷ own PAP", 0.8, 0.8, True, lambda table: _own(table, "chap")),
    Goal("MS-CHAPv2 ÷ own PAP", 0.4, 0.4, True, lambda table: _own(table, "mschapv2")),
)


def written(runs: Sequence[Run], typed: argparse.Namespace) -> str:
    """The whole section."""
    table = Table(runs)
    lines = ["## RADIUS: Hotgate and FreeRADIUS with SQL, in one run", "", *_about(typed), "", *_goals(table)]
    for case in TITLES:
        if any(run.case == case for run in runs):
            lines += ["", f"### {TITLES[case][0].upper()}{TITLES[case][1:]}", "", *_case(table, case)]
    return "\n".join(lines) + "\n"


def put_into(path: pathlib.Path, text: str, begin: str = BEGIN, end: str = END) -> None:
    """Replace what stands between the marks; put them at the end where there are none."""
    old = path.read_text() if path.exists() else "# Benchmarks\n\n"
    section = f"{begin}\n{text}{end}\n"
    if begin in old:
        new = re.sub(f"{re.escape(begin)}.*?{re.escape(end)}\n?", lambda _: section, old, flags=re.DOTALL)
    else:
        new = f"{old.rstrip()}\n\n{section}"
    path.write_text(new)


def is_exact(runs: Sequence[Run]) -> bool:
    """Whether Hotgate's sums were those it had acknowledged, in every run."""
    return not any(run.checked and run.checked.wrong for run in runs if run.side == "hotgate")


def _about(typed: argparse.Namespace) -> Iterator[str]:
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(typed.began))
    commit = _said("git", "rev-parse", "--short", "HEAD") or "unknown"
    yield (
        f"{when}, commit {commit}. {_processor()}, {os.cpu_count()} cores shared by load, server and database; "
        f"{platform.system()} {platform.release()}; PostgreSQL 15 for both with `fsync` and `synchronous_commit` on; "
        f"{_said('freeradius', '-v').partition(',')[0] or 'FreeRADIUS absent'}."
    )
    yield ""
    yield (
        f"{typed.subscribers:,} subscribers, {typed.sessions:,} sessions kept; {_served(typed)}; "
        f"medians of {typed.rounds} alternated rounds of {typed.seconds:g} s. "
        "Every reply is verified; a request is sent again after 3 s. "
        "`make bench` repeats it."
    )


def _served(typed: argparse.Namespace) -> str:
    """How Hotgate ran: processes, whose interpreter, and whether its hot modules were compiled."""
    how = "compiled" if _is_compiled() else "interpreted"
    python = f"CPython {platform.python_version()} of {sys.base_prefix}"
    return f"{typed.processes} AAA process(es) of Hotgate, {how}, on {python}"


def _is_compiled() -> bool:
    found = importlib.util.find_spec("hotgate.aaa.booking")
    return found is not None and not str(found.origin).endswith(".py")


def _goals(table: Table) -> Iterator[str]:
    yield "| goal | must | aim | reached | |"
    yield "|---|---|---|---|---|"
    for goal in GOALS:
        value = goal.value(table)
        if value is not None:
            must, aim = (f"{'≥' if goal.higher else '≤'} {bound:g}" for bound in (goal.must, goal.aim))
            yield f"| {goal.text} | {must} | {aim} | {value:.2f} | {_verdict(goal, value)} |"


def _verdict(goal: Goal, value: float) -> str:
    for bound, word in ((goal.aim, "aim reached"), (goal.must, "reached")):
        if value >= bound if goal.higher else value <= bound:
            return word
    return "**missed**"


def _case(table: Table, case: str) -> Iterator[str]:
    if case == "radclient":
        yield "| server | requests/s |"
        yield "|---|---|"
        for side in (name for name in NAMES if table.of(case, name)):
            yield f"| {NAMES[side]} | {table.number(case, side, 'per_second') or 0:,.0f} |"
        return
    headings = ("server", "requests/s min / **median** / max", "p50 ms", "p99 ms", "server µs", "database µs")
    yield f"| {' | '.join((*headings, 'sent again', 'ledger'))} |"
    yield "|---|---|---|---|---|---|---|---|"
    for side in (name for name in NAMES if table.of(case, name)):
        yield _row(table, case, side)


def _row(table: Table, case: str, side: str) -> str:
    runs = table.of(case, side)
    rates = sorted(run.measured.load["per_second"] for run in runs)
    wrong = [run.checked for run in runs if run.checked and run.checked.wrong]
    checked = next((run.checked for run in runs if run.checked), None)
    cells = [
        NAMES[side],
        f"{rates[0]:,.0f} / **{median(rates):,.0f}** / {rates[-1]:,.0f}",
        f"{table.number(case, side, 'p50_ms'):.1f}",
        f"{table.number(case, side, 'p99_ms'):.1f}",
        f"{table.cpu(case, side, 'server'):.0f}",
        f"{table.cpu(case, side, 'database'):.0f}" if side != "echo" else "–",
        f"{sum(run.measured.load['retransmitted'] for run in runs):,}",
        (wrong[0] if wrong else checked).in_words() if checked else "–",
    ]
    return f"| {' | '.join(cells)} |"


def _own(table: Table, case: str) -> float | None:
    ours, pap = table.number(case, "hotgate", "per_second"), table.number("auth", "hotgate", "per_second")
    return ours / pap if ours is not None and pap else None


def _median(numbers: Sequence[float]) -> float | None:
    return median(numbers) if numbers else None


def _processor() -> str:
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _said(*words: str) -> str:
    try:
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""
