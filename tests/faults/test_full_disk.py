"""G10: the disk is full. No record is acknowledged that is not stored, the log says so, and freeing space is enough."""

from __future__ import annotations

import os
import pathlib
import subprocess
import time
from collections.abc import Iterator

import pytest

from faults import scale, truth
from faults.fleet import Driven, Options
from faults.installation import Installation, installed

GUESTS = 10
DISK_MEGABYTES = 400
FULL_SECONDS = scale.count(short=6, full=60)
ROUNDS = scale.count(short=1, full=5)
BACK_SECONDS = 60.0


@pytest.fixture(scope="module")
def small_disk(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """A file system of its own, small enough to fill; only root can mount one."""
    made = folder / "disk"
    made.mkdir()
    made.chmod(0o711)
    words = ["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m,mode=711", "tmpfs", str(made)]
    if os.geteuid() != 0 or subprocess.run(words, check=False, capture_output=True).returncode:
        pytest.skip("needs root and the right to mount: a small file system to fill")
    yield made
    subprocess.run(["umount", "--lazy", str(made)], check=True)


@pytest.fixture(scope="module")
def installation(folder: pathlib.Path, small_disk: pathlib.Path) -> Iterator[Installation]:
    """The state is on the small disk; the log and the fleet's journal are elsewhere."""
    made = Installation(small_disk)
    made.log = folder / "log"
    with installed(made) as running:
        yield running


def fill(disk: pathlib.Path) -> pathlib.Path:
    """Take every octet that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 20))
        except OSError:
            pass
    return ballast


def test_G10_a_full_disk_acknowledges_nothing_it_does_not_store_and_heals_when_there_is_room(
    installation: Installation, small_disk: pathlib.Path, folder: pathlib.Path, host: str
) -> None:
    world = installation.world(host)
    truth.register(world, GUESTS)
    options = Options(installation.accounting, str(folder / "acknowledged"), guests=GUESTS, host=host, rate=1000.0)
    fleet = Driven(options)
    back = []
    try:
        for _ in range(ROUNDS):
            fleet.first_after(time.monotonic(), BACK_SECONDS)
            ballast = fill(small_disk)
            wait_for_silence(fleet, 60.0)
            time.sleep(FULL_SECONDS)
            ballast.unlink()
            back.append(round(fleet.first_after(time.monotonic(), BACK_SECONDS * 2), 1))
            time.sleep(2.0)
        told = fleet.end()
    finally:
        fleet.kill()
    scale.note("G10", rounds=ROUNDS, full_seconds=FULL_SECONDS, back_seconds=max(back))
    world.connection = installation.connect()
    truth.check(world, told)
    assert max(back) <= BACK_SECONDS
    assert "No space left on device" in installation.log.read_text()
    assert "the database does not answer, so NASes get no answer either" in installation.log.read_text()


def wait_for_silence(fleet: Driven, patience_seconds: float) -> None:
    """Until nothing was acknowledged for a second and a half: the last room is used up."""
    ends_at = time.monotonic() + patience_seconds
    while time.monotonic() < ends_at:
        if time.monotonic() - (fleet.acknowledgements() or [0.0])[-1] > 1.5:
            return
        time.sleep(0.2)
    raise AssertionError("the disk is not full")
