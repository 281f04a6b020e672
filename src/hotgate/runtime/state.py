"""The state folder: who owns what in it, and the master key.

<state>/            0711  of whoever starts Hotgate
    key             0600  the master key, 64 hexadecimal digits
    lock            held while `hotgate up` runs
    data/ sock/     0700  of the service user: the embedded PostgreSQL
    runtime/        0755  PostgreSQL's programs, copied there when started as root
    static/         0755  collected static files
"""

import fcntl
import os
import pathlib
import pwd
import secrets
import shutil
import subprocess
from dataclasses import replace
from typing import IO

from hotgate.environment import KEY_OCTETS, Environment
from hotgate.runtime.errors import CannotStart

SERVICE_USER = "hotgate"


def prepare(environment: Environment) -> Environment:
    """Make the folder and, at first start, the key; the environment with it. Raises CannotStart."""
    try:
        make_folder(environment.state, 0o711)
        if environment.key is None:
            environment = replace(environment, key=_make_key(environment))
    except OSError as error:
        path = error.filename or environment.state
        raise CannotStart(f"HOTGATE_STATE: {path} cannot be used ({error.strerror})") from error
    return environment


def hold_lock(environment: Environment) -> IO[str]:
    """Keep two `hotgate up` off one state folder; held until the returned file is closed."""
    path = environment.state / "lock"
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip()
        lock.close()
        raise CannotStart(f"Hotgate already runs on {environment.state} (process {holder})") from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def make_folder(path: pathlib.Path, mode: int, owner: pwd.struct_passwd | None = None) -> None:
    """A folder that exists keeps its rights: whoever laid it out may have had reasons."""
    if path.is_dir():
        return
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    if owner is not None:
        os.chown(path, owner.pw_uid, owner.pw_gid)


def service_user() -> pwd.struct_passwd | None:
    """As root: the account PostgreSQL runs under, made when missing. Otherwise None: we are it ourselves."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(SERVICE_USER)
    except KeyError:
        _add_service_user()
    return pwd.getpwnam(SERVICE_USER)


def check_reachable(folder: pathlib.Path, user: pwd.struct_passwd | None) -> None:
    """Hotgate never opens a folder above its own: it says which one is closed instead."""
    if user is None:
        return
    for parent in folder.resolve().parents:
        info = parent.stat()
        open_to = 0o100 if info.st_uid == user.pw_uid else 0o010 if info.st_gid == user.pw_gid else 0o001
        if not info.st_mode & open_to:
            raise CannotStart(f"the account {user.pw_name} cannot enter {parent}: choose another HOTGATE_STATE")


def _make_key(environment: Environment) -> bytes:
    if (environment.state / "data").exists():
        raise CannotStart(f"the database here was made with a key that is gone: put {environment.key_path} back")
    key = secrets.token_bytes(KEY_OCTETS)
    unfinished = environment.key_path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(environment.key_path)
    return key


def _add_service_user() -> None:
    if shutil.which("useradd"):
        command = ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        command += ["--shell", "/usr/sbin/nologin", SERVICE_USER]
    else:
        command = ["adduser", "-S", "-D", "-H", "-h", "/nonexistent", "-s", "/sbin/nologin", SERVICE_USER]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        detail = getattr(error, "stderr", "") or str(error)
        raise CannotStart(f"cannot make the account {SERVICE_USER}: {detail.strip()}") from error
