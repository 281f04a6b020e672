"""A state folder in which the database has its tables: made once in a run of tests, and copied for whoever asks."""

from __future__ import annotations

import fcntl
import os
import pathlib
import subprocess

from faults.parts import Parts
from postgres_for_tests import FOLDER


def lay_down(folder: pathlib.Path) -> None:
    """Put one where a `Place` in this folder has its state."""
    ready = pathlib.Path(os.environ[FOLDER], "ready")
    with ready.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other workers may ask at the same time
        if not ready.exists():
            _make(ready)
    subprocess.run(["cp", "-a", ready, folder / "state"], check=True)


def _make(ready: pathlib.Path) -> None:
    folder = ready.with_suffix(".new")
    folder.mkdir()
    folder.chmod(0o711)  # the service user passes through
    made = Parts(folder)
    try:
        made.prepare()
    finally:
        made.close()
    (folder / "state").rename(ready)
