"""Users made and recharged by the API in a second, against the web process that `hotgate up` starts.

    python benchmarks/api/run.py [--seconds 10] [--clients 8] [--port 8899]

Everything runs on this machine, in one temporary folder, and ends with it: the embedded PostgreSQL (durable), the AAA
server, the worker, the web, and the clients that ask. Each request makes a user with credentials and gives it a plan,
with its sale, its wallet, its money in the till, its audit entries and its Idempotency-Key, in one transaction.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass, field

HOTGATE = pathlib.Path(sys.executable).with_name("hotgate")
READY_SECONDS = 120
BODY = {"display_name": "Room 12", "due": "paid"}


@dataclass
class Told:
    """What the clients saw: seconds of each answer that was 201, and all other statuses."""

    seconds: list[float] = field(default_factory=list)
    others: list[int] = field(default_factory=list)


def main() -> int:
    asked = _arguments()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="hotgate-bench-", dir="/tmp"))
    folder.chmod(0o711)
    environ = _environ(folder, asked.port)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([HOTGATE, "up", "--demo"], env=environ, stdout=log, stderr=log)
    try:
        _wait(asked.port)
        token = _token(environ)
        plan = _plan(asked.port, token)
        _run(asked, token, plan, 2)  # to warm up
        before = _cpu(folder)
        told = _run(asked, token, plan, asked.seconds)
        spent = {what: seconds - before.get(what, 0) for what, seconds in _cpu(folder).items()}
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)
        shutil.rmtree(folder, ignore_errors=True)
    _print(asked, told, spent)
    return 0 if told.seconds and not told.others else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--port", type=int, default=8899)
    return parser.parse_args()


def _environ(folder: pathlib.Path, port: int) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("HOTGATE", "DJANGO"))}
    return inherited | {
        "HOTGATE_STATE": str(folder / "state"),
        "HOTGATE_HTTP": f"127.0.0.1:{port}",
        "HOTGATE_RADIUS_AUTH": f"127.0.0.1:{port + 1}",
        "HOTGATE_RADIUS_ACCT": f"127.0.0.1:{port + 2}",
    }


def _wait(port: int) -> None:
    ends_at = time.monotonic() + READY_SECONDS
    while time.monotonic() < ends_at:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/api/v1/openapi.json")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.5)
    raise SystemExit("hotgate did not come up")


def _token(environ: dict[str, str]) -> str:
    words = ["token", "add", "bench", "--role", "manager", "--scope", "users:write", "--scope", "plans:read", "--json"]
    done = subprocess.run([HOTGATE, *words], env=environ, capture_output=True, text=True, check=True)
    return str(json.loads(done.stdout)["token"])


def _plan(port: int, token: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/api/v1/plans?active=true", headers={"Authorization": f"Bearer {token}"})
    plans = json.loads(connection.getresponse().read())["items"]
    return str(next(each["id"] for each in plans if each["payment"] == "prepaid" and each["cycle"] is None))


def _run(asked: argparse.Namespace, token: str, plan: str, seconds: float) -> Told:
    told, ends_at = Told(), time.monotonic() + seconds
    body = json.dumps(BODY | {"plan": plan})
    threads = [
        threading.Thread(target=_client, args=(asked.port, token, body, ends_at, told))
        for _each in range(asked.clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def _client(port: int, token: str, body: str, ends_at: float, told: Told) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    while time.monotonic() < ends_at:
        began = time.monotonic()
        connection.request("POST", "/api/v1/users", body, headers | {"Idempotency-Key": str(uuid.uuid4())})
        answer = connection.getresponse()
        answer.read()
        if answer.status == 201:
            told.seconds.append(time.monotonic() - began)
        else:
            told.others.append(answer.status)


def _cpu(folder: pathlib.Path) -> dict[str, float]:
    """Seconds of processor so far: of PostgreSQL's processes, and of all others that run in this folder."""
    mark, tick, sums = (
        f"HOTGATE_STATE={folder / 'state'}".encode(),
        os.sysconf("SC_CLK_TCK"),
        {"web": 0.0, "database": 0.0},
    )
    for each in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            name, environ = (each / "comm").read_text().strip(), (each / "environ").read_bytes().split(b"\0")
            if mark not in environ and not (name.startswith("postgres") and _runs_in(each, folder)):
                continue
            fields = (each / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        used = (int(fields[11]) + int(fields[12])) / tick
        sums["database" if name.startswith("postgres") else "web"] += used
    return sums


def _runs_in(process: pathlib.Path, folder: pathlib.Path) -> bool:
    return str((process / "cwd").resolve()).startswith(str(folder))


def _print(asked: argparse.Namespace, told: Told, spent: dict[str, float]) -> None:
    shown = sorted(told.seconds) or [0.0]
    load = os.getloadavg()[0]
    lines = (
        f"{len(told.seconds) / asked.seconds:.0f} users made and recharged per second, {asked.clients} clients",
        f"median {statistics.median(shown) * 1000:.0f} ms, 99% {shown[int(len(shown) * 0.99)] * 1000:.0f} ms",
        "processor for each: "
        + ", ".join(f"{1000 * seconds / max(1, len(told.seconds)):.1f} ms {what}" for what, seconds in spent.items()),
        f"other answers: {len(told.others)}; load average {load:.1f} on {os.cpu_count()} cores",
    )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
