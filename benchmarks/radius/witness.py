"""A second witness: FreeRADIUS's own radclient sends logins to each side, and says how many were accepted."""

from __future__ import annotations

import pathlib
import re
import shutil
import subprocess
import time
from typing import Final

from machine import Measured
from report import Run

REQUESTS: Final = 4_000
PARALLEL: Final = 64


def run(side: str, port: int, secret: str, users: pathlib.Path, folder: pathlib.Path) -> Run:
    """Accepted logins per second; nothing where radclient is missing."""
    if shutil.which("radclient") is None:
        return Run("radclient", side, 1, Measured({"requests": 0, "per_second": 0.0}, {}))
    asked = folder / "radclient.txt"
    with users.open() as lines:
        pairs = [line.strip().partition(",")[::2] for _, line in zip(range(REQUESTS), lines, strict=False)]
    entries = (
        f'User-Name = "{name}"\nUser-Password = "{password}"\nMessage-Authenticator = 0x00\n'
        for name, password in pairs
    )
    asked.write_text("\n".join(entries))
    words = ["radclient", "-q", "-s", "-p", str(PARALLEL), "-f", str(asked), f"127.0.0.1:{port}", "auth", secret]
    began = time.monotonic()
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    took = time.monotonic() - began
    found = re.search(r"(?:Access-Accepts|Accepted)\s*:\s*(\d+)", ended.stdout)
    accepted = int(found[1]) if found else 0
    return Run("radclient", side, 1, Measured({"requests": accepted, "per_second": accepted / took}, {}))
