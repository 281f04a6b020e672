"""What `hotgate doctor` can see without the database: settings, key, clock, disk, ports."""

import ctypes
import os
import shutil
import struct
import sys
import time
from collections.abc import Iterator

from hotgate import environment
from hotgate.commands.doctor_findings import Finding, Level
from hotgate.environment import Environment
from hotgate.runtime import ports

DISK_LEVELS: tuple[tuple[int, Level], ...] = ((95, "fail"), (90, "warn"), (80, "warn"))  # per cent used
EARLIEST_PLAUSIBLE_CLOCK = 1_767_225_600  # 2026-01-01: a machine without a battery wakes in 1970
OTHERS_MAY = 0o077
# struct timex of adjtimex(2): modes, offset, freq, maxerror, esterror, status, and more that is not read
TIMEX = struct.Struct("@Illlli")
TIMEX_OCTETS = 512
STA_UNSYNC = 0x40


def names(_here: Environment) -> Iterator[Finding]:
    for name in environment.unknown_names(os.environ):
        yield Finding(
            "warn", "settings", f"{name} is not a setting of Hotgate", "misspelt? docs/settings.md lists them"
        )


def key(here: Environment) -> Iterator[Finding]:
    if here.key is None:
        yield Finding(
            "fail", "key", f"no key at {here.key_path} yet", "`hotgate up` makes it, or give HOTGATE_KEY_FILE"
        )
        return
    yield Finding("ok", "key", "found")
    for path in _key_files(here):
        yield from _rights(path)


def clock(_here: Environment) -> Iterator[Finding]:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    if time.time() < EARLIEST_PLAUSIBLE_CLOCK:
        yield Finding("fail", "clock", f"{now} is years behind: sessions would be dated wrongly", _SYNCHRONISE)
        return
    error_seconds = _clock_error_seconds()
    if error_seconds is None:
        yield Finding("warn", "clock", f"{now}, and nothing keeps this machine's clock right", _SYNCHRONISE)
    else:
        yield Finding("ok", "clock", f"{now}, synchronised, at most {error_seconds:.3f} s off")


def disk(here: Environment) -> Iterator[Finding]:
    folder = next(path for path in (here.state, *here.state.parents) if path.exists())
    usage = shutil.disk_usage(folder)
    used = 100 - 100 * usage.free // usage.total
    text = f"{used} % of the disk of {folder} is used, {usage.free / 1e9:.1f} GB free"
    level: Level = next((level for bound, level in DISK_LEVELS if used >= bound), "ok")
    mend = "make room or a larger disk: when it is full, nobody is answered" if level != "ok" else None
    yield Finding(level, "disk", text, mend)


def listening(here: Environment) -> Iterator[Finding]:
    for port in ports.of(here):
        obstacle = ports.obstacle(port)
        if obstacle is None:
            yield Finding("ok", "port", f"{port.setting} {port.address} is free: Hotgate is not running there")
        elif "in use" in obstacle:
            yield Finding("ok", "port", f"{port.setting} {port.address} is in use, by Hotgate if it runs")
        else:
            yield Finding("fail", "port", obstacle, f"give another address in {port.setting}, or let Hotgate use this")


_SYNCHRONISE = "let systemd-timesyncd, chrony or ntpd run (in a container: on its host)"


def _key_files(here: Environment) -> list[str]:
    given = os.environ.get("HOTGATE_KEY_FILE", "").strip()
    return [given] if given else [str(here.key_path)] if here.key_path.exists() else []


def _rights(path: str) -> Iterator[Finding]:
    info = os.stat(path)
    if info.st_mode & OTHERS_MAY:
        yield Finding("fail", "key", f"{path} may be read by others ({info.st_mode & 0o777:04o})", f"chmod 600 {path}")


def _clock_error_seconds() -> float | None:
    """What the kernel believes is the greatest error; None when it is not being corrected, or does not say."""
    if not sys.platform.startswith("linux"):
        return None
    buffer = ctypes.create_string_buffer(TIMEX_OCTETS)  # modes = 0: only read
    if ctypes.CDLL(None, use_errno=True).adjtimex(buffer) < 0:
        return None
    _, _, _, maxerror_microseconds, _, status = TIMEX.unpack_from(buffer)
    return None if status & STA_UNSYNC else maxerror_microseconds / 1e6
