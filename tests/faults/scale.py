"""How much of each test is run: the short form in CI, the full figure by `make soak`.

HOTGATE_SOAK is a factor on the full figures: unset or 0 is the short form, 1 all of it, 0.1 a tenth.
HOTGATE_SOAK_LOG names a file that gets one line of JSON for each measured figure, with commit, time, cores and load.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import time
from typing import Any

SOAK = float(os.environ.get("HOTGATE_SOAK") or 0)
IS_SOAK = SOAK > 0


def count(short: int, full: int) -> int:
    """So many in CI, so many by `make soak`."""
    return max(short, round(full * SOAK))


def note(goal: str, **figures: Any) -> None:
    """Say a figure, and keep it where a log is asked for."""
    line = json.dumps({"goal": goal, **figures})
    print(line)  # noqa: T201 - `pytest -rP` shows it
    log = os.environ.get("HOTGATE_SOAK_LOG")
    if log:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        kept = {"at": at, "commit": commit(), **machine(), "goal": goal, **figures}
        with pathlib.Path(log).open("a") as file:
            file.write(json.dumps(kept) + "\n")


def machine() -> dict[str, Any]:
    """What the figures were measured on, and how busy others kept it."""
    return {"cores": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}


def commit() -> str:
    """The commit that is measured."""
    words = ["git", "-C", str(pathlib.Path(__file__).parent), "rev-parse", "--short", "HEAD"]
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
