"""A NAS that gives every session the same Acct-Session-Id: each record finds its own, and little is loaded for it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aaa.running import Nas
from aaa.seeded import World
from aaa.test_accounting import DEVICE, INTERIM, START, STOP, used_of
from hotgate.domain.crowded import NEAREST
from hotgate.store import db
from hotgate.store.accounting import CROWD, LOAD_NEAREST_SESSIONS, LOAD_SESSIONS, SessionRow

SESSIONS = 1_000
EVERY_SECONDS = 300
OTHER = "AA-BB-CC-00-00-02"

MANY = """
INSERT INTO access_session (id, uuid, operator_id, nas_id, acct_session_id, started_at, user_name, device,
  called_station, framed_ipv6, nas_port, multi_session_id, last_event_at, last_heard_at, seconds, octets_in, octets_out,
  stopped_at, close_reason, closed_locally, estimated, superseded, flags, raw_points)
SELECT nextval(pg_get_serial_sequence('access_session', 'id')), gen_random_uuid(), n.operator_id, n.id, '0',
       %(now)s - g * %(every)s, 'somebody', %(device)s, '', '{}', '', '', %(now)s - g * %(every)s + interval '9 s',
       now(), 9, 1, 1, CASE WHEN %(ended)s THEN %(now)s - g * %(every)s + interval '9 s' END, '', false, false, false,
       '{}', '{}'
  FROM nas n, generate_series(1, %(count)s) g WHERE n.operator_id = %(operator)s
"""


@pytest.fixture
def began(nas: Nas, world: World) -> datetime:
    """When the newest of many sessions under the id 0 began, five minutes before which the next did."""
    now = datetime.now(UTC).replace(microsecond=0)
    many(world, now, SESSIONS, ended=True)
    return now - timedelta(seconds=EVERY_SECONDS)


def many(world: World, now: datetime, count: int, *, ended: bool, device: str = OTHER) -> None:
    told = {"now": now, "every": timedelta(seconds=EVERY_SECONDS), "count": count, "ended": ended, "device": device}
    world.connection.execute(MANY, told | {"operator": world.operator_id})


def loaded(world: World, statement: db.Statement[SessionRow], *which: Any) -> list[SessionRow]:
    nas_id = world.value("SELECT id FROM nas WHERE operator_id = %s", world.operator_id)
    rows: list[SessionRow] = statement.fetch(world.connection, db.ints([nas_id]), db.texts(["0"]), *which)
    return rows


def sessions_of(world: World, device: str = DEVICE) -> list[tuple[Any, ...]]:
    told = (
        "SELECT seconds, octets_in, stopped_at IS NOT NULL FROM access_session WHERE operator_id = %s AND device = %s"
    )
    return world.rows(told + " ORDER BY started_at", world.operator_id, device)


def test_only_those_near_and_those_that_run_on_the_device_are_loaded(world: World, began: datetime) -> None:
    many(world, began - timedelta(seconds=7), 10, ended=False, device=DEVICE)
    many(world, began - timedelta(seconds=9), 10, ended=False, device="AA-BB-CC-00-00-03")
    epoch = began - 150 * timedelta(seconds=EVERY_SECONDS)
    assert len(loaded(world, LOAD_SESSIONS, db.times([epoch]), db.times([epoch]))) == CROWD
    rows = loaded(world, LOAD_NEAREST_SESSIONS, db.times([epoch]), db.texts([DEVICE]))
    assert len([row for row in rows if row.device == OTHER]) == 2 * NEAREST
    assert [row.device for row in rows if row.stopped_at is None] == [DEVICE] * 10
    assert [row.started_at for row in rows] == sorted(row.started_at for row in rows)
    assert abs(rows[NEAREST].started_at - epoch) <= timedelta(seconds=EVERY_SECONDS)


def test_a_guest_is_booked_from_start_to_stop(nas: Nas, world: World, began: datetime) -> None:
    _, entitlement_id = world.guest("anna", amount=10**9)
    now = time.time() - 700
    for status, seconds in ((START, 0), (INTERIM, 300), (INTERIM, 300), (STOP, 600)):
        told = {"seconds": seconds, "octets_in": seconds, "octets_out": 0, "device": DEVICE, "at": now + seconds}
        assert nas.tell(status, "0", name="anna", **told) is not None
    assert sessions_of(world) == [(600, 600, True)]
    assert used_of(world, entitlement_id) == 600


def test_a_record_that_comes_days_late_finds_the_session_in_their_midst(
    nas: Nas, world: World, began: datetime
) -> None:
    world.guest("anna", amount=10**9)
    start = (began - timedelta(days=2, seconds=100)).timestamp()
    assert nas.tell(START, "0", name="anna", seconds=0, device=DEVICE, at=start) is not None
    told = {"seconds": 40, "octets_in": 7, "octets_out": 0, "device": DEVICE, "at": start + 40}
    assert nas.tell(STOP, "0", name="anna", **told) is not None
    assert sessions_of(world) == [(40, 7, True)]


def test_a_session_that_runs_for_a_day_goes_on_though_its_clock_jumped(nas: Nas, world: World, began: datetime) -> None:
    """Its record tells another start than it had, and hundreds have begun since."""
    world.guest("anna", amount=10**9)
    told = {"octets_out": 0, "device": DEVICE}
    start = time.time() - 86_400
    assert nas.tell(INTERIM, "0", name="anna", seconds=60, octets_in=5, at=start + 60, **told) is not None
    world.execute("UPDATE access_session SET last_heard_at = now() - interval '300 s' WHERE device = %s", DEVICE)
    assert nas.tell(INTERIM, "0", name="anna", seconds=360, octets_in=9, at=time.time(), **told) is not None
    assert sessions_of(world) == [(360, 9, False)]


def test_where_few_have_the_id_all_of_them_are_loaded(nas: Nas, world: World) -> None:
    now = datetime.now(UTC)
    many(world, now, CROWD - 1, ended=True)
    assert len(loaded(world, LOAD_SESSIONS, db.times([now]), db.times([now]))) == CROWD - 1
