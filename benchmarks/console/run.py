"""The console with very many rows: python benchmarks/console/run.py --vouchers 5000000 --users 1000000

A PostgreSQL of its own, filled by SQL, asked over HTTP of the real web process. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "radius"))

import machine  # noqa: E402
from cluster import Cluster, started  # noqa: E402
from hotgate_side import DATABASE, Installation  # noqa: E402

BATCH = 100_000  # vouchers of each that is there before
FILL_USERS = """
INSERT INTO subscriber (uuid, operator_id, realm_id, name, display_name, created_via, created_at)
SELECT gen_random_uuid(), {operator}, {realm}, 'user' || n, 'Person ' || md5(n::text), 'console',
       now() - n * interval '10 seconds'
  FROM generate_series(1, {users}) AS n
"""
FILL_BATCHES = """
INSERT INTO voucher_batch (uuid, operator_id, plan_id, mode, state, confirmed_at, created_at, length, charset, size,
                           made, prefix)
SELECT gen_random_uuid(), {operator}, {plan}, 'login', 'confirmed', at, at, 10, 'clear', {batch}, {batch}, 'B' || n
  FROM (SELECT n, now() - n * interval '1 day' AS at FROM generate_series(1, {batches}) AS n) AS t
"""
# every tenth voucher is used, by one of the users, and half of those are over
FILL_VOUCHERS = """
INSERT INTO voucher (uuid, operator_id, batch_id, plan_id, code_index, code_sealed, shown, sold_at, created_at)
SELECT gen_random_uuid(), b.operator_id, b.id, b.plan_id, sha256((b.id || ' ' || n)::bytea),
       sha256('x')||'0123456789012345',
       b.prefix || '…' || upper(substr(md5(b.id || '.' || n), 1, 4)), b.created_at, b.created_at
  FROM voucher_batch b, generate_series(1, {batch}) AS n WHERE b.prefix <> ''
"""
FILL_ENTITLEMENTS = """
INSERT INTO entitlement (uuid, operator_id, subscriber_id, plan_id, created_at, starts_at, validity_kind, amount, used,
                         first_used_at)
SELECT gen_random_uuid(), {operator}, id, {plan}, created_at, created_at, 'always', 3600, 3600 * (id % 2), created_at
  FROM subscriber WHERE operator_id = {operator}
"""
FILL_USED = """
UPDATE voucher v SET state = 'used', subscriber_id = s.id, claimed_at = now()
  FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM voucher WHERE id % 10 = 0) AS u
  JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM subscriber WHERE operator_id = {operator}) AS s USING (n)
 WHERE v.id = u.id
"""
# 500 users are online, each by a device of its own
FILL_SESSIONS = """
INSERT INTO access_session (uuid, operator_id, nas_id, acct_session_id, started_at, last_event_at, last_heard_at,
                            subscriber_id, entitlement_id, user_name, device, mac, framed_ip, octets_in, octets_out)
SELECT gen_random_uuid(), {operator}, {nas}, 's' || s.id, now() - s.id * interval '1 minute', now(), now(), s.id,
       (SELECT min(e.id) FROM entitlement e WHERE e.subscriber_id = s.id), s.name, mac::text, mac, '10.5.50.9',
       s.id * 1000003, s.id * 7000003
  FROM (SELECT id, name,
               ('02-00-00-00-' || lpad(to_hex(id / 256 % 256), 2, '0') || '-'
                || lpad(to_hex(id % 256), 2, '0'))::macaddr AS mac
          FROM subscriber WHERE operator_id = {operator} ORDER BY id LIMIT 500) AS s
"""
# all but the oldest 100,000: unused ones by their date, those in use because somebody ended them
FILL_OVER = (
    """
UPDATE voucher SET expires_at = now() - interval '1 hour'
 WHERE state = 'available' AND id > (SELECT id FROM voucher ORDER BY created_at, id OFFSET 100000 LIMIT 1)
""",
    "UPDATE entitlement SET ended_at = now() - interval '1 hour' WHERE id > (SELECT min(id) + 10000 FROM entitlement)",
)
OVER = {
    "hide expired, newest": "/vouchers/?show=left",
    "hide expired, oldest": "/vouchers/?show=left&sort=since",
    "hide expired, by code": "/vouchers/?show=left&sort=code",
    "hide both": "/vouchers/?show=begun&show=left",
}
PAGES = {
    "vouchers, newest": "/vouchers/",
    "vouchers, by code": "/vouchers/?sort=code",
    "vouchers, hide unused": "/vouchers/?show=begun",
    "vouchers, hide expired": "/vouchers/?show=left",
    "vouchers, both": "/vouchers/?show=begun&show=left",
    "vouchers, one code": "/vouchers/?q={code}",
    "vouchers, a prefix": "/vouchers/?q=B7",
    "generator with its batches": "/vouchers/generator/",
    "users, newest": "/users/",
    "users, search": "/users/?q=user4711",
    "live sessions": "/sessions/",
    "connection log": "/log/",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vouchers", type=int, default=5_000_000)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--port", type=int, default=55490)
    parser.add_argument("--over", action="store_true", help="ask once more after all but 100,000 vouchers ran out")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the database, which the next run asks again")
    typed = parser.parse_args()
    with kept(typed.keep) as folder, started(folder / "postgres", typed.port) as cluster:
        for line in measure(folder, cluster, typed):
            print(line, flush=True)


@contextlib.contextmanager
def kept(folder: pathlib.Path | None) -> Iterator[pathlib.Path]:
    """The folder that was named, or one for this run alone."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder.resolve()
        return
    with tempfile.TemporaryDirectory(prefix="hotgate-console-", dir="/tmp") as own:
        pathlib.Path(own).chmod(0o755)
        yield pathlib.Path(own)


def measure(folder: pathlib.Path, cluster: Cluster, typed: argparse.Namespace) -> Any:
    yield (
        f"Load average before: {os.getloadavg()[0]:.1f}; {os.cpu_count()} processors; {typed.vouchers:,} vouchers,"
        f" {typed.users:,} users."
    )
    yield "\n| what | figure | processor of the web or worker | aim |\n|---|---|---|---|"
    environ, facts, made = filled(folder, cluster, typed)
    yield (
        f"| {typed.batch:,} vouchers drafted, confirmed, stored | {made['seconds']:.1f} s, {made['megabytes']:.0f} MB"
        f" | {made['processor']:.1f} s, and {made['database']:.1f} s of PostgreSQL | 30 s, 400 MB |"
    )
    http_port = typed.port + 1
    words = [
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(http_port),
        "--no-ws",
        "hotgate.config.wsgi:application",
    ]
    web = environ | {"HOTGATE_ROLE": "web", "DJANGO_SETTINGS_MODULE": "hotgate.config.settings"}
    with machine.running([sys.executable, *words], folder / "web.log", env=web) as process:
        browser = Browser(http_port, facts["cookie"], process.pid)
        browser.wait()
        own = f"/vouchers/batches/{made['batch']}/"
        for name, address, aim in (
            ("its CSV export", "tickets.csv", 20),
            ("1,000 tickets with QR as PDF", "a4.pdf", 4),
        ):
            worked = browser.processor()
            seconds, size = browser.timed(own + address)
            spent = browser.processor() - worked
            yield f"| {name} | {seconds:.1f} s, {size / 1e6:.0f} MB | {spent:.1f} s | {aim} s |"
        yield from asked(browser, PAGES, typed.times, made["code"])
        if typed.over:
            noted = make_over(folder, cluster, environ)
            yield f"| what is over noted by the worker | {noted['seconds']:.0f} s | {noted['processor']:.1f} s | |"
            yield from asked(browser, OVER, typed.times, made["code"])
    yield f"\nLoad average after: {os.getloadavg()[0]:.1f}."


def asked(browser: Browser, pages: dict[str, str], times: int, code: str) -> Iterator[str]:
    for name, address in pages.items():
        worked = browser.processor()
        seconds = [browser.timed(address.format(code=code))[0] for _each in range(times)]
        spent = (browser.processor() - worked) / times * 1e3
        p95 = statistics.quantiles(seconds, n=20)[18] * 1e3
        middle = statistics.median(seconds) * 1e3
        yield f"| {name}: median, p95 | {middle:.0f} ms, {p95:.0f} ms | {spent:.0f} ms | 150 ms |"


def make_over(folder: pathlib.Path, cluster: Cluster, environ: dict[str, str]) -> dict[str, Any]:
    """The newest vouchers run out, all at once, and the worker notes it; what that took."""
    for statement in FILL_OVER:
        cluster.execute(DATABASE, statement)
    noted = step(folder, environ, "worker", "note")
    cluster.execute(DATABASE, "VACUUM ANALYZE")
    return noted


def filled(folder: pathlib.Path, cluster: Cluster, typed: argparse.Namespace) -> Any:
    """The environment, whom to ask as, and the batch that was made: of an earlier run where one kept its folder."""
    note = folder / "filled.json"
    if note.exists():
        key, facts, made = json.loads(note.read_text())
        return install(folder, cluster, key), facts, made
    cluster.create(DATABASE)
    environ = install(folder, cluster, key := secrets.token_hex(32))
    facts = step(folder, environ, "owner", "found")
    begun = machine.cpu_seconds(cluster.pid)
    made = step(folder, environ, "worker", "make", str(facts["operator"]), str(typed.batch))
    made["database"] = machine.cpu_seconds(cluster.pid) - begun
    fill(cluster, facts, typed)
    note.write_text(json.dumps([key, facts, made]))
    return environ, facts, made


def install(folder: pathlib.Path, cluster: Cluster, key: str) -> dict[str, str]:
    environ = os.environ | {
        "HOTGATE_STATE": str(folder / "state"),
        "HOTGATE_KEY": key,
        "HOTGATE_DATABASE_URL": cluster.url(DATABASE),
    }
    (folder / "state").mkdir(exist_ok=True)
    Installation(folder, environ | {"HOTGATE_ROLE": "owner"}).run(
        sys.executable, "-m", "hotgate.runtime.preparing", str(folder / "prepared")
    )
    return environ


def step(folder: pathlib.Path, environ: dict[str, str], role: str, *words: str) -> dict[str, Any]:
    said = Installation(folder, environ | {"HOTGATE_ROLE": role}).run(sys.executable, str(HERE / "steps.py"), *words)
    return dict(json.loads(said.splitlines()[-1]))


def fill(cluster: Cluster, facts: dict[str, Any], typed: argparse.Namespace) -> None:
    values = {
        "operator": facts["operator"],
        "plan": facts["plan"],
        "realm": facts["realm"],
        "nas": facts["nas"],
        "users": typed.users,
        "batch": BATCH,
        "batches": max(1, (typed.vouchers - typed.batch) // BATCH),
    }
    for statement in (FILL_USERS, FILL_ENTITLEMENTS, FILL_BATCHES, FILL_VOUCHERS, FILL_USED, FILL_SESSIONS):
        begins = time.monotonic()
        cluster.execute(DATABASE, statement.format(**values))
        sys.stderr.write(f"{statement.split()[2]}: {time.monotonic() - begins:.0f} s\n")
    cluster.execute(DATABASE, "VACUUM ANALYZE")


class Browser:
    """One signed-in person on one connection."""

    def __init__(self, port: int, cookie: str, server: int) -> None:
        self.server = server
        self.port, self.headers = port, {"Cookie": cookie, "Host": f"127.0.0.1:{port}"}

    def timed(self, address: str) -> tuple[float, int]:
        """Seconds until the last octet, and how many there were. Raises CannotMeasure but for 200."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        begins = time.monotonic()
        connection.request("GET", address, headers=self.headers)
        answer, size = connection.getresponse(), 0
        while part := answer.read(1 << 20):
            size += len(part)
        connection.close()
        if answer.status != 200:
            raise machine.CannotMeasure(f"{address}: {answer.status} {answer.headers.get('Location', '')}")
        return time.monotonic() - begins, size

    def processor(self) -> float:
        """Seconds that the web process and its children have worked; the database's are not among them."""
        return machine.cpu_seconds(self.server)

    def wait(self) -> None:
        for _attempt in range(200):
            try:
                self.timed("/")
            except OSError:
                time.sleep(0.1)
            else:
                return
        raise machine.CannotMeasure("the web process does not answer")


if __name__ == "__main__":
    main()
