"""`hotgate load`: as many subscribers as a measurement needs, by COPY, with the rights of the tables' owner.

COPY goes into temporary tables, since PostgreSQL refuses it where row-level security is forced; from there one INSERT
per table takes all rows. Names are made of the subscriber's id, so that a second load never meets the first.
Two writers share the work, since PostgreSQL gives a connection one core; neither commits before both could.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import secrets
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

from hotgate.commands import registering, tenant, with_django
from hotgate.commands.errors import CommandError

if TYPE_CHECKING:
    from hotgate.apps.catalogue.models import Plan
    from hotgate.apps.operators.models import Operator
    from hotgate.vault import Keys

ROWS_MAX = 100_000_000
CHUNK = 100_000
WRITERS = 2
PLAN_NAME = "Load test"
PASSWORD_OCTETS = 6  # 12 hexadecimal digits

INSERTS = (
    """INSERT INTO subscriber (id, uuid, operator_id, realm_id, name, kind, created_via)
       SELECT subscriber_id, subscriber_uuid, %(operator)s, %(realm)s, name, 'person', 'load' FROM new_subscriber""",
    """INSERT INTO credential (id, operator_id, subscriber_id, kind, name_key)
       SELECT credential_id, %(operator)s, subscriber_id, 'password', name FROM new_subscriber""",
    """INSERT INTO credential_secret (credential_id, operator_id, pap_digest, sealed)
       SELECT credential_id, %(operator)s, digest, sealed FROM new_subscriber""",
    """INSERT INTO entitlement (uuid, operator_id, subscriber_id, plan_id, starts_at, validity_kind)
       SELECT entitlement_uuid, %(operator)s, subscriber_id, %(plan)s, now(), 'always' FROM new_subscriber""",
)
INSERT_SESSIONS = """
    INSERT INTO access_session (uuid, operator_id, nas_id, acct_session_id, started_at, subscriber_id, entitlement_id,
                                user_name, device, last_event_at, last_heard_at, seconds, octets_in, octets_out)
    SELECT new.uuid, %(operator)s, %(nas)s, 'load-' || new.uuid, now() - interval '10 minutes', subscriber.id,
           entitlement.id, subscriber.name, '', now(), now(), 600, 20000000, 80000000
      FROM new_session AS new
      JOIN subscriber ON subscriber.id = new.subscriber_id
      JOIN entitlement ON entitlement.subscriber_id = subscriber.id AND entitlement.live"""


def register(subparsers: registering.Subparsers) -> None:
    summary = "make many subscribers with a password and a free plan, to measure with"
    parser = subparsers.add_parser("load", help=summary, description=summary)
    add = parser.add_argument
    add("--subscribers", type=int, required=True, metavar="N", help="how many, on top of those there are")
    add("--sessions", type=int, default=0, metavar="M", help="open sessions of theirs, on the operator's first NAS")
    add("--chap", action="store_true", help="keep the passwords sealed as well, without which CHAP can't be checked")
    add("--out", type=pathlib.Path, required=True, metavar="FILE", help="lines of user,password; only you may read it")
    add("--operator", metavar="NAME", help="needed only when there is more than one")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    if not 1 <= arguments.subscribers <= ROWS_MAX or not 0 <= arguments.sessions <= ROWS_MAX:
        raise CommandError(f"--subscribers: 1 to {ROWS_MAX:,}; --sessions: at most {ROWS_MAX:,}")
    began = time.monotonic()
    with_django.set_up("owner")
    from hotgate.apps.core import scope

    with _opened(arguments.out) as out:
        with scope.of_everyone():
            operator = _operator(arguments.operator)
        side_by_side(operator, arguments.subscribers, arguments.sessions, out, with_chap=arguments.chap)
    _analyse()
    made = f"{arguments.subscribers:,} subscribers and {arguments.sessions:,} open sessions"
    print(f"{made} in {time.monotonic() - began:.1f} s; names and passwords are in {arguments.out}")
    return 0


def side_by_side(operator: Operator, subscribers: int, sessions: int, out: TextIO, *, with_chap: bool = False) -> None:
    """All of them or none: a writer that fails takes the other along, for both wait before they commit."""
    from django.db import connection

    from hotgate.apps.core import scope

    with scope.of_everyone():
        _owners(operator)  # made first and committed: each writer would make its own, and wait for the other's
    writers = min(WRITERS, subscribers)
    both_done = threading.Barrier(writers)

    def share(count: int, writer: int) -> int:
        return count * (writer + 1) // writers - count * writer // writers

    def write(writer: int) -> None:
        try:
            with scope.of_everyone():
                ids = load_subscribers(operator, share(subscribers, writer), out, with_chap=with_chap)
                open_sessions(operator, ids, share(sessions, writer))
                both_done.wait()
        except BaseException:
            both_done.abort()
            raise
        finally:
            connection.close()

    with ThreadPoolExecutor(writers) as pool:
        failures = [each.exception() for each in [pool.submit(write, writer) for writer in range(writers)]]
    causes = [each for each in failures if each and not isinstance(each, threading.BrokenBarrierError)]
    if causes:
        raise causes[0]


def load_subscribers(operator: Operator, count: int, out: TextIO, *, with_chap: bool = False) -> list[int]:
    """The ids of the new ones; a line `user,password` for each goes to `out`."""
    from hotgate.apps.core import keys

    owners, current = _owners(operator), keys.current()
    _execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS new_subscriber (subscriber_id bigint, credential_id bigint, name text,"
        " digest bytea, sealed bytea, subscriber_uuid uuid, entitlement_uuid uuid) ON COMMIT DROP"
    )
    made: list[int] = []
    for size in _chunks(count):
        subscriber_ids, credential_ids = _take_ids("subscriber", size), _take_ids("credential", size)
        passwords = [secrets.token_hex(PASSWORD_OCTETS) for _ in subscriber_ids]
        rows = _rows(subscriber_ids, credential_ids, passwords, current, with_chap)
        _copy("COPY new_subscriber FROM STDIN", rows)
        for statement in INSERTS:
            _execute(statement, owners)
        _execute("TRUNCATE new_subscriber")
        pairs = zip(subscriber_ids, passwords, strict=True)
        out.write("".join(f"load{id_},{password}\n" for id_, password in pairs))
        made += subscriber_ids
    return made


def open_sessions(operator: Operator, subscriber_ids: Sequence[int], count: int) -> None:
    """Ten minutes and 100 MB old, spread evenly over the subscribers."""
    from hotgate.apps.core import ids
    from hotgate.apps.network.models import Nas

    if not count:
        return
    nas = Nas.objects.filter(operator=operator).order_by("id").first()
    if nas is None:
        raise CommandError("sessions need a NAS: `hotgate nas add` first")
    _execute("CREATE TEMPORARY TABLE IF NOT EXISTS new_session (uuid uuid, subscriber_id bigint) ON COMMIT DROP")
    done = 0
    for size in _chunks(count):
        numbers = range(done, done + size)
        _copy("COPY new_session FROM STDIN", ((ids.uuid7(), subscriber_ids[n % len(subscriber_ids)]) for n in numbers))
        _execute(INSERT_SESSIONS, {"operator": operator.id, "nas": nas.id})
        _execute("TRUNCATE new_session")
        done += size


def _rows(
    subscriber_ids: Sequence[int], credential_ids: Sequence[int], passwords: Sequence[str], current: Keys, sealed: bool
) -> Iterator[tuple[Any, ...]]:
    from hotgate import vault
    from hotgate.apps.core import ids
    from hotgate.store import seals

    for subscriber_id, credential_id, password in zip(subscriber_ids, credential_ids, passwords, strict=True):
        secret = password.encode()
        digest = vault.wire_digest(current.wire, seals.subscriber_ref(subscriber_id), secret)
        place = seals.credential_place(credential_id)
        kept = vault.seal(current.network, secret, place) if sealed else None
        yield subscriber_id, credential_id, f"load{subscriber_id}", digest, kept, ids.uuid7(), ids.uuid7()


def _owners(operator: Operator) -> dict[str, int]:
    from hotgate.apps.subscribers import services

    return {"operator": operator.id, "realm": services.default_realm(operator).id, "plan": _plan(operator).id}


def _plan(operator: Operator) -> Plan:
    """Free, flat, and without a count of devices; the one of an earlier load again."""
    from hotgate.apps.catalogue import queries, services
    from hotgate.apps.catalogue.drafts import Limits, PlanDraft
    from hotgate.apps.operators.actor import COMMAND_LINE
    from hotgate.domain.catalogue import Measure, Payment

    known = queries.plan_named(operator, PLAN_NAME)
    if known is not None:
        return known
    limits = Limits(
        download_bps=20_000_000,
        upload_bps=5_000_000,
        idle_timeout_seconds=600,
        session_timeout_seconds=86_400,
        devices_max=None,
    )
    draft = PlanDraft(name=PLAN_NAME, payment=Payment.FREE, measure=Measure.NONE, limits=limits)
    return services.publish_plan(by=COMMAND_LINE, now=tenant.now(), operator=operator, draft=draft)


def _operator(name: str | None) -> Operator:
    from hotgate.apps.operators import queries

    found = queries.operator_named(name) if name else None
    operators = [found] if found else [] if name else list(queries.operators()[:2])
    if len(operators) == 1:
        return operators[0]
    if name:
        raise CommandError(f"there is no operator {name!r}")
    raise CommandError("which operator? Say it with --operator" if operators else "there is no operator yet")


def _take_ids(table: str, count: int) -> list[int]:
    rows = _execute(
        "SELECT nextval(pg_get_serial_sequence(%(table)s, 'id')) FROM generate_series(1, %(count)s)",
        {"table": table, "count": count},
    )
    return [number for (number,) in rows]


def _copy(statement: str, rows: Iterator[tuple[Any, ...]]) -> None:
    from django.db import connection

    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _execute(statement: str, parameters: dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def _analyse() -> None:
    _execute("ANALYZE subscriber, credential, credential_secret, ready_login, entitlement, access_session")


def _chunks(count: int) -> Iterator[int]:
    for begun in range(0, count, CHUNK):
        yield min(CHUNK, count - begun)


@contextmanager
def _opened(path: pathlib.Path) -> Iterator[TextIO]:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise CommandError(f"{path} cannot be written ({error.strerror})") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        yield out
