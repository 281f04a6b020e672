"""What a change is worth: several checkouts of Hotgate, one after the other in pairs, on one PostgreSQL.

    python benchmarks/radius/pairs.py BEFORE AFTER [--case mixed] [--pairs 8] [--seconds 2] [--subscribers 100000]

A machine that drifts by a third within minutes hides a change of a twentieth; the ratio of two runs one behind the
other shows it. Each checkout is a folder with a `src`, such as `git worktree add` makes; the first is what the others
are compared with. All serve the same subscribers at the same time, each on ports of its own, so they have to know the
same tables. Needs what `run.py` needs.
"""

from __future__ import annotations

import argparse
import contextlib
import pathlib
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median, quantiles
from typing import Final

import cluster as clusters
import hotgate_side
import machine
import run
from cluster import Cluster
from report import Run

FIRST_PORT: Final = 23822
PORTS: Final = 10  # from one checkout to the next
FIGURES: Final[dict[str, Callable[[Run], float]]] = {
    "requests/s": lambda run: run.measured.load["per_second"],
    "p50 ms": lambda run: run.measured.load["p50_ms"],
    "p99 ms": lambda run: run.measured.load["p99_ms"],
    "server µs": lambda run: run.measured.cpu_micro["server"],
    "database µs": lambda run: run.measured.cpu_micro["database"],
}


def main() -> int:
    typed = _parser().parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hotgate-pairs-", dir="/tmp"))
    folder.chmod(0o755)  # the database runs as a user of its own
    try:
        machine.build(folder)
        with clusters.started(folder / "postgres", run.POSTGRES) as cluster:
            told = measure(typed, folder, cluster)
    except machine.CannotMeasure as error:
        sys.stderr.write(f"{error}\n")
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write("".join(f"{line}\n" for line in written(typed.checkouts, told)))
    return 1 if any(each.checked and each.checked.wrong for each in told) else 0


def measure(typed: argparse.Namespace, folder: pathlib.Path, cluster: Cluster) -> list[Run]:
    """All rounds, each in the other order than the one before."""
    installation = hotgate_side.install(folder / "hotgate", cluster, FIRST_PORT, run.SECRET, typed.subscribers, 0)
    told: list[Run] = []
    with contextlib.ExitStack() as servers:
        sides = [
            servers.enter_context(serving(installation, checkout, FIRST_PORT + PORTS * number, cluster))
            for number, checkout in enumerate(typed.checkouts)
        ]
        for round_number in range(1, typed.pairs + 1):
            for side in sides if round_number % 2 else reversed(sides):
                told.append(run.one_run(typed, folder, cluster, run.CASES[typed.case], side, round_number))
                sys.stderr.write(f"{told[-1]}\n")
    return told


@contextlib.contextmanager
def serving(
    installation: hotgate_side.Installation, checkout: pathlib.Path, port: int, cluster: Cluster
) -> Iterator[run.Side]:
    """The AAA server of a checkout, for the length of a block."""
    folder = installation.folder / str(port)
    folder.mkdir()
    its_own = {
        "PYTHONPATH": str(checkout / "src"),
        "HOTGATE_RADIUS_AUTH": f"127.0.0.1:{port}",
        "HOTGATE_RADIUS_ACCT": f"127.0.0.1:{port + 1}",
    }
    of_checkout = hotgate_side.Installation(folder, installation.environ | its_own)
    with hotgate_side.serving(of_checkout, port, 1) as pids:
        yield run.hotgate_side_of(str(checkout), port, pids, installation, cluster)


def written(checkouts: Sequence[pathlib.Path], told: Sequence[Run]) -> Iterator[str]:
    """Medians of each, and for all but the first the ratios: their median and the middle half of them."""
    for checkout in checkouts:
        yield f"{checkout}"
        for name, figure in FIGURES.items():
            mine, first = ([figure(each) for each in told if each.side == str(c)] for c in (checkout, checkouts[0]))
            line = f"  {name:12} {median(mine):10,.1f}"
            if checkout != checkouts[0]:
                ratios = [one / other for one, other in zip(mine, first, strict=True)]
                low, middle, high = quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
                line += f"  × {middle:.3f}  ({low:.3f} to {high:.3f})"
            yield line


def _checkout(text: str) -> pathlib.Path:
    folder = pathlib.Path(text).resolve()
    if not (folder / "src" / "hotgate").is_dir():
        raise argparse.ArgumentTypeError(f"{text} is no checkout of Hotgate")
    return folder


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("checkouts", type=_checkout, nargs="+")
    add("--case", choices=run.CASES, default="mixed")
    add("--pairs", type=int, default=8)
    add("--seconds", type=float, default=2.0, help="measured in each run, after a warm-up")
    add("--subscribers", type=int, default=100_000)
    parser.set_defaults(began=time.time())
    return parser


if __name__ == "__main__":
    sys.exit(main())
