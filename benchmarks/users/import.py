"""Users from a file, by the command that anybody would use: python benchmarks/users/import.py --rows 100000

A PostgreSQL of its own, durable. The file has names, passwords, people and a plan. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import resource
import secrets
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "console"), str(HERE.parent / "radius")]  # both have a run.py: the console's

import machine  # noqa: E402
from cluster import started  # noqa: E402
from hotgate_side import DATABASE, HOTGATE, Installation  # noqa: E402
from run import install, step  # noqa: E402

HEADING = "User name,Password,Full name,Phone,Plan"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--port", type=int, default=55491)
    typed = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hotgate-import-", dir="/tmp") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        with started(folder / "postgres", typed.port) as cluster:
            cluster.create(DATABASE)
            environ = install(folder, cluster, secrets.token_hex(32))
            step(folder, environ, "owner", "found")
            file = folder / "users.csv"
            rows = (f"user{n},secret{n:08},Person {n},+39333{n:07},1 hour" for n in range(typed.rows))
            file.write_text("\n".join([HEADING, *rows]))
            installation = Installation(folder, environ)
            print(f"{typed.rows:,} rows; load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors\n")
            print("| what, with the start of the command | seconds | its processor time | PostgreSQL's |")
            print("|---|---|---|---|")
            for what, *words in (
                ("looked through",),
                ("imported", "--confirm"),
                ("imported again: nothing new", "--confirm"),
            ):
                began, worked, database = time.monotonic(), worked_so_far(), machine.cpu_seconds(cluster.pid)
                installation.run(str(HOTGATE), "user", "import", str(file), "--operator", "benchmark", *words)
                took, own = time.monotonic() - began, worked_so_far() - worked
                database = machine.cpu_seconds(cluster.pid) - database
                print(f"| {what} | {took:.1f} | {own:.1f} s | {database:.1f} s |", flush=True)


def worked_so_far() -> float:
    """Seconds of processor time of the commands that ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


if __name__ == "__main__":
    main()
