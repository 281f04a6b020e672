"""The pages about users with very many of them: python benchmarks/users/run.py --users 1000000 --usage 50000000

A PostgreSQL of its own, filled by SQL, asked over HTTP of the real web process by one signed-in person, for users taken
by chance.
Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import http.client
import ipaddress
import json
import os
import pathlib
import random
import secrets
import statistics
import sys
import time
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "console"), str(HERE.parent / "radius")]  # both have a run.py: the console's

import machine  # noqa: E402
from cluster import Cluster, started  # noqa: E402
from hotgate_side import DATABASE  # noqa: E402
from run import FILL_ENTITLEMENTS, FILL_USERS, Browser, install, kept, step  # noqa: E402

DAYS = 30
INTERIMS = 5  # of each session
AIM_MS = 150
FILL_NAS = """
WITH place AS (
  INSERT INTO site (uuid, operator_id, name) VALUES (gen_random_uuid(), {operator}, 'House') RETURNING id
)
INSERT INTO nas (uuid, operator_id, site_id, name, address)
SELECT gen_random_uuid(), {operator}, id, 'Gateway', '192.0.2.1' FROM place RETURNING id
"""
# sessions of an hour, spread over 30 days
FILL_SESSIONS = """
INSERT INTO access_session (uuid, operator_id, nas_id, acct_session_id, started_at, subscriber_id, user_name, mac,
                            device, called_station, framed_ip, last_event_at, last_heard_at, stopped_at, seconds,
                            octets_in, octets_out)
SELECT gen_random_uuid(), {operator}, {nas}, to_hex(n), at, subscriber, 'user' || subscriber,
       ('02005e' || lpad(to_hex(subscriber % 16777216), 6, '0'))::macaddr,
       upper(replace(('02005e' || lpad(to_hex(subscriber % 16777216), 6, '0'))::macaddr::text, ':', '-')),
       '02-00-5E-AA-00-' || lpad(upper(to_hex(n % 200)), 2, '0') || ':Guests', '10.0.0.0'::inet + (subscriber % 65536),
       at + interval '1 hour', at + interval '1 hour', at + interval '1 hour', 3600, 10000000, 90000000
  FROM (SELECT n, {first} + n % {users} AS subscriber,
               date_trunc('hour', now()) - interval '2 hours' - (n::float8 / {sessions}) * interval '{days} days' AS at
          FROM generate_series(0, {sessions} - 1) AS n) AS new
"""
FILL_USAGE = """
INSERT INTO usage (event_at, session_id, operator_id, subscriber_id, seconds, octets_in, octets_out)
SELECT s.started_at + k * interval '12 minutes', s.id, s.operator_id, s.subscriber_id, k * 720, k * 2000000,
       k * 18000000
  FROM access_session s, generate_series(1, {interims}) AS k
"""
FILL_DAYS = """
INSERT INTO daily_usage (subscriber_id, day, operator_id, seconds, octets_in, octets_out)
SELECT subscriber_id, started_at::date, operator_id, sum(seconds), sum(octets_in), sum(octets_out)
  FROM access_session GROUP BY 1, 2, 3
"""
FILL_SALES = """
INSERT INTO sale (uuid, operator_id, reference, subscriber_id, plan_id, nas_id, state, currency, price_minor,
                  cost_minor, chain, at)
SELECT gen_random_uuid(), e.operator_id, 'entitlement:' || e.id, e.subscriber_id, e.plan_id, {nas}, 'paid', 'EUR',
       250, 0, '[]',
       now() - random() * interval '{days} days'
  FROM entitlement e
"""
PEOPLE = """
SELECT uuid, name, id, (SELECT uuid FROM nas LIMIT 1)
  FROM subscriber TABLESAMPLE SYSTEM (5) ORDER BY random() LIMIT 1000
"""
HELD = """
SELECT host(framed_ip),
       (started_at + interval '20 minutes') AT TIME ZONE (SELECT time_zone FROM operator WHERE name = 'Benchmark')
  FROM access_session TABLESAMPLE SYSTEM (1) ORDER BY random() LIMIT 1000
"""
FILLED = (FILL_USERS, FILL_ENTITLEMENTS, FILL_SESSIONS, FILL_USAGE, FILL_DAYS, FILL_SALES)
PAGES = {
    "a user": "/users/{uuid}/",
    "a user, 90 days": "/users/{uuid}/?days=90",
    "sales to a user": "/users/{uuid}/sales/",
    "recharge": "/users/{uuid}/recharge/",
    "users, newest": "/users/",
    "users, search": "/users/?q={name}",
    "sessions, newest": "/sessions/",
    "sessions, by address": "/sessions/?q={mac}",
    "connection log": "/log/",
    "connection log of a user": "/log/user/{uuid}/",
    "connection log of the gateway": "/log/gateway/{nas}/",
    "connection log, an IP address": "/log/?q={ip}",
    "connection log, a device": "/log/?q={mac}",
    "connection log, a user's name": "/log/?q={name}",
    "connection log, nobody's name": "/log/?q=nobody{name}",
    "connection log, lost ones": "/log/?show=lost",
    "Wi-Fi log": "/log/wifi/",
    "Wi-Fi log of a user": "/log/wifi/user/{uuid}/",
}
LOOK_UP, LOOK_UP_AIM_MS = "/log/look-up/", 50


# Indexes that no constraint needs are built after the rows: twice as fast, and as they are after a REINDEX.
PLAIN_INDEXES = """
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
  FROM pg_index i LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid
 WHERE i.indrelid = '{table}'::regclass AND c.oid IS NULL
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--usage", type=int, default=50_000_000, help="rows, five for each session")
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--port", type=int, default=55492)
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the database, which the next run asks again")
    parser.add_argument("--only-fill", action="store_true", help="write the rows and ask nothing; with --keep")
    typed = parser.parse_args()
    with kept(typed.keep) as folder, started(folder / "postgres", typed.port) as cluster:
        for line in measure(folder, cluster, typed):
            print(line, flush=True)


def measure(folder: pathlib.Path, cluster: Cluster, typed: argparse.Namespace) -> Iterator[str]:
    environ, facts = filled(folder, cluster, typed)
    if typed.only_fill:
        return
    [counted] = cluster.execute(DATABASE, "SELECT (SELECT count(*) FROM subscriber), (SELECT count(*) FROM usage)")
    yield (
        "{:,} users, {:,} rows of usage; ".format(*counted)
        + f"load average before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    )
    words = ["-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(typed.port + 1), "--no-ws"]
    web = environ | {"HOTGATE_ROLE": "web", "DJANGO_SETTINGS_MODULE": "hotgate.config.settings"}
    people, held = cluster.execute(DATABASE, PEOPLE), cluster.execute(DATABASE, HELD)
    yield "\n| page | median | 95 % | aim | web's processor | PostgreSQL's |\n|---|---|---|---|---|---|"
    with machine.running(
        [sys.executable, *words, "hotgate.config.wsgi:application"], folder / "web.log", env=web
    ) as process:
        browser = Browser(typed.port + 1, facts["cookie"], process.pid)
        browser.wait()
        for name, address in PAGES.items():

            def ask(address: str = address) -> float:
                return browser.timed(_of(address, random.choice(people)))[0]

            yield row(name, ask, AIM_MS, typed.times, process.pid, cluster.pid)
        for name, is_at in (("who had this address at this time", True), ("who had this address, ever", False)):

            def look(is_at: bool = is_at) -> float:
                return _look_up(browser, *random.choice(held), is_at=is_at)

            yield row(name, look, LOOK_UP_AIM_MS, typed.times, process.pid, cluster.pid)
    yield f"\nload average after: {os.getloadavg()[0]:.1f}"


def row(name: str, ask: Callable[[], float], aim: int, times: int, web: int, database: int) -> str:
    """A line of the table; the first two warm up the web process. Processor time is a mean of each request's."""
    ask(), ask()
    before = [machine.cpu_seconds(pid) for pid in (web, database)]
    seconds = [ask() for _each in range(times)]
    spent = [(machine.cpu_seconds(pid) - was) / times * 1e3 for pid, was in zip((web, database), before, strict=True)]
    median, p95 = statistics.median(seconds) * 1e3, statistics.quantiles(seconds, n=20)[18] * 1e3
    return f"| {name} | {median:.0f} ms | {p95:.0f} ms | {aim} ms | {spent[0]:.0f} ms | {spent[1]:.1f} ms |"


def filled(folder: pathlib.Path, cluster: Cluster, typed: argparse.Namespace) -> tuple[dict[str, str], dict[str, Any]]:
    """The environment and whom to ask as: of an earlier run where one kept its folder."""
    note = folder / "filled.json"
    if note.exists():
        key, facts = json.loads(note.read_text())
        return install(folder, cluster, key), facts
    cluster.create(DATABASE)
    environ = install(folder, cluster, key := secrets.token_hex(32))
    facts = step(folder, environ, "owner", "found")
    fill(cluster, facts, typed)
    note.write_text(json.dumps([key, facts]))
    return environ, facts


def fill(cluster: Cluster, facts: dict[str, Any], typed: argparse.Namespace) -> None:
    values = facts | {"users": typed.users, "sessions": typed.usage // INTERIMS, "interims": INTERIMS, "days": DAYS}
    cluster.execute(DATABASE, f"SELECT ensure_partitions('usage', current_date - {DAYS + 1}, current_date + 1)")
    [(values["nas"],)] = cluster.execute(DATABASE, FILL_NAS.format(**values))
    for statement in FILLED:
        table, begins = statement.split()[2], time.monotonic()
        with _indexes_later(cluster, table):
            # rows that fit by how they are made: nothing is looked up for each of them
            cluster.execute(DATABASE, f"SET session_replication_role = replica; {statement.format(**values)}")
        if statement is FILL_USERS:
            [(values["first"],)] = cluster.execute(DATABASE, "SELECT min(id) FROM subscriber")
        sys.stderr.write(f"{table}: {time.monotonic() - begins:.0f} s\n")
    cluster.execute(DATABASE, "VACUUM ANALYZE")


@contextlib.contextmanager
def _indexes_later(cluster: Cluster, table: str) -> Iterator[None]:
    indexes = cluster.execute(DATABASE, PLAIN_INDEXES.format(table=table))
    for name, _made in indexes:
        cluster.execute(DATABASE, f"DROP INDEX {name}")
    yield
    for _name, made in indexes:
        cluster.execute(DATABASE, f"SET maintenance_work_mem = '1GB'; {made.replace(' ON ONLY ', ' ON ')}")


def _look_up(browser: Browser, address: str, at: datetime.datetime, *, is_at: bool) -> float:
    """Seconds; by a form with its token. Raises CannotMeasure where nobody is found."""
    token = "b" * 32
    form = {
        "csrfmiddlewaretoken": token,
        "address": address,
        "reason": "benchmark",
        "at": f"{at:%Y-%m-%dT%H:%M:%S}" if is_at else "",
    }
    headers = browser.headers | {"Content-Type": "application/x-www-form-urlencoded"}
    headers["Cookie"] += f"; csrftoken={token}"
    connection = http.client.HTTPConnection("127.0.0.1", browser.port, timeout=300)
    begins = time.monotonic()
    connection.request("POST", LOOK_UP, urllib.parse.urlencode(form), headers)
    answer = connection.getresponse()
    text = answer.read()
    seconds = time.monotonic() - begins
    connection.close()
    if answer.status != 200 or b"user" not in text.partition(b"<tbody")[2]:
        raise machine.CannotMeasure(f"{LOOK_UP}: {answer.status}")
    return seconds


def _of(address: str, person: tuple[Any, ...]) -> str:
    uuid, name, number, nas = person
    digits = f"02005e{number % 16777216:06x}".upper()
    ip = ipaddress.IPv4Address("10.0.0.0") + number % 65536
    mac = "-".join(digits[at : at + 2] for at in range(0, 12, 2))
    return address.format(uuid=uuid, name=name, nas=nas, ip=ip, mac=mac)


if __name__ == "__main__":
    main()
