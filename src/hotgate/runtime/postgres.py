"""The embedded PostgreSQL: made once, started and stopped, recovered by starting it again.

It listens on its Unix socket only and asks for a password there (SCRAM). Started as root it drops to the
service user.
"""

import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from hotgate import database
from hotgate.runtime import binaries, processes, state
from hotgate.runtime.errors import CannotStart

SOCKET_PATH_OCTETS_MAX = 100  # the kernel's limit is 107
STOP_SECONDS = 30.0
READY_SECONDS = 60.0
RECOVERY_SECONDS = 900.0  # replaying a long write-ahead log: alive and not failing, so wait
POLL_SECONDS = 0.05
MEGABYTE = 1 << 20
# After a crash one call for the file system instead of one for each of thousands of files: seconds less of silence.
_SOON_BACK = {"recovery_init_sync_method": "syncfs"} if sys.platform == "linux" else {}


@dataclass(frozen=True, slots=True)
class Cluster:
    """One embedded server: its folders, its programs and the account it runs under (None: ours)."""

    folder: pathlib.Path
    programs: pathlib.Path
    user: pwd.struct_passwd | None

    @property
    def data(self) -> pathlib.Path:
        return self.folder / "data"

    @property
    def sock(self) -> pathlib.Path:
        return self.folder / "sock"


def prepare(folder: pathlib.Path, superuser_password: str) -> Cluster:
    """Folders, programs and, at first start, the data. Raises CannotStart."""
    user = state.service_user()
    check_socket_path(folder)
    state.check_reachable(folder / "data", user)
    state.make_folder(folder / "sock", 0o700, user)
    programs = binaries.in_wheel()
    if user is not None:
        state.make_folder(folder / "runtime", 0o755)
        programs = binaries.copied_to(folder / "runtime")
    cluster = Cluster(folder, programs, user)
    if not cluster.data.exists():
        _initialise(cluster, superuser_password)
    _check_version(cluster)
    return cluster


def start(cluster: Cluster, output: Any = None, settings: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
    """Start the server, ending first what a killed supervisor may have left. It may still be recovering.

    It ends with the thread that calls this.
    """
    stop_leftover(cluster)
    return subprocess.Popen(
        [cluster.programs / "postgres", "-D", cluster.data, *_options(cluster, settings or {})],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
        preexec_fn=processes.dies_with_parent(signal.SIGINT),
        **_as_user(cluster),
    )


def wait_until_ready(process: subprocess.Popen[bytes], conninfo: dict[str, Any]) -> None:
    """Raises CannotStart when the server ends or does not answer in time."""
    started = time.monotonic()
    while True:
        try:
            psycopg.connect(**conninfo).close()
            return
        except psycopg.OperationalError as error:
            if process.poll() is not None:
                raise CannotStart(f"PostgreSQL ended with code {process.returncode}") from error
            check_patience(error, time.monotonic() - started)
        time.sleep(POLL_SECONDS)


def check_patience(error: psycopg.OperationalError, waited_seconds: float) -> None:
    """Raises CannotStart when a server that does not answer has had time enough, or answers to another key only."""
    if database.is_other_key(error):
        raise CannotStart("the database here was made with another key: give that one by HOTGATE_KEY_FILE") from error
    is_recovering = "starting up" in str(error) or "not yet accepting" in str(error)
    if waited_seconds > (RECOVERY_SECONDS if is_recovering else READY_SECONDS):
        raise CannotStart(f"PostgreSQL does not answer: {database.reason(error)}") from error


def stop(process: subprocess.Popen[bytes]) -> None:
    """PostgreSQL's fast shutdown: roll back what is open, write a checkpoint, end."""
    processes.end(process, signal.SIGINT, STOP_SECONDS)


def stop_leftover(cluster: Cluster) -> bool:
    """End the server that the data folder's pid file names, if that process is this server.

    If it is another, or dead and not yet buried, the file is stale: PostgreSQL would refuse to start beside
    it. Should a process of the old server still use the data, its shared memory says so at the next start.
    """
    pid_file = cluster.data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return False
    was_ours = processes.stop_stranger(pid, ("postgres", str(cluster.data)), signal.SIGINT, STOP_SECONDS)
    pid_file.unlink(missing_ok=True)
    return was_ours


def check_socket_path(folder: pathlib.Path) -> None:
    path = os.fsencode(folder / "sock" / f".s.PGSQL.{database.EMBEDDED_PORT}")
    if len(path) > SOCKET_PATH_OCTETS_MAX:
        raise CannotStart(f"{folder} is too long for a Unix socket: set HOTGATE_STATE to a shorter path")


def shared_buffers_megabytes(memory_octets: int) -> int:
    """An eighth of the memory, since Python's processes live beside it; 64 MB to 2 GB."""
    return max(64, min(2048, memory_octets // 8 // MEGABYTE))


def _options(cluster: Cluster, more: Mapping[str, str]) -> list[str]:
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(cluster.sock),
        "unix_socket_permissions": "0700",
        "port": str(database.EMBEDDED_PORT),
        "shared_buffers": f"{shared_buffers_megabytes(_memory_octets())}MB",
        "max_connections": "200",
        "shared_preload_libraries": "pg_stat_statements",
        "jit": "off",  # statements here are short: compiling them costs more than it saves
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "",
        **_SOON_BACK,
        **more,
    }
    return [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]


def _initialise(cluster: Cluster, superuser_password: str) -> None:
    # made under another name, so that an interrupted first start leaves nothing that looks complete
    unfinished = cluster.folder / "data.new"
    password_file = cluster.folder / "initdb-password"
    shutil.rmtree(unfinished, ignore_errors=True)
    state.make_folder(unfinished, 0o700, cluster.user)
    password_file.unlink(missing_ok=True)
    with open(os.open(password_file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(superuser_password)
    try:
        if cluster.user is not None:
            os.chown(password_file, cluster.user.pw_uid, cluster.user.pw_gid)
        _run_initdb(cluster, unfinished, password_file)
    finally:
        password_file.unlink()
    unfinished.rename(cluster.data)


def _run_initdb(cluster: Cluster, data: pathlib.Path, password_file: pathlib.Path) -> None:
    command = [str(cluster.programs / "initdb"), "-D", str(data), "-U", "postgres", "-E", "UTF8", "-k"]
    command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth=scram-sha-256"]
    made = subprocess.run(
        [*command, f"--pwfile={password_file}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        **_as_user(cluster),
    )
    if made.returncode != 0:
        raise CannotStart(f"PostgreSQL cannot make its data folder: {_last_line(made.stderr)}")


def _check_version(cluster: Cluster) -> None:
    shown = subprocess.run([cluster.programs / "postgres", "--version"], capture_output=True, text=True, check=True)
    carried = shown.stdout.split()[2].split(".")[0]
    made_by = (cluster.data / "PG_VERSION").read_text().strip()
    if carried != made_by:
        raise CannotStart(f"{cluster.data} belongs to PostgreSQL {made_by} and this is {carried}: dump and restore it")


def _as_user(cluster: Cluster) -> dict[str, Any]:
    # the working folder of root may be closed to the service user
    common: dict[str, Any] = {"cwd": "/", "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}}
    if cluster.user is None:
        return common
    return {**common, "user": cluster.user.pw_uid, "group": cluster.user.pw_gid, "extra_groups": []}


def _memory_octets() -> int:
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        limit = int(pathlib.Path("/sys/fs/cgroup/memory.max").read_text())
    except (OSError, ValueError):  # no cgroup, or "max"
        return physical
    return min(physical, limit)


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1] if text.strip() else "no reason given"
