"""Accounting that is acknowledged first and booked a moment later: what may come between, and that nothing is lost."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from aaa.running import SECRET, Nas, Running, running
from aaa.seeded import Connect, World
from aaa.test_accounting import DEVICE, INTERIM, START, STOP, session_of, token_of, used_of
from hotgate.aaa import backlog, booker
from hotgate.radius import attributes as attr
from hotgate.radius.packet import Code, attribute

ON = 7
COUNT = "SELECT count(*) FROM accounting_backlog"


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """A single record is enough to be deferred."""
    monkeypatch.setattr(backlog, "DEFERRED_FROM", 1)


@contextlib.contextmanager
def nothing_is_booked(connect: Connect, subscriber_id: int) -> Iterator[psycopg.Connection[Any]]:
    """Somebody else has the subscriber's row; until this ends, no record of it can be booked."""
    holder = connect("owner")
    holder.execute("SELECT FROM subscriber WHERE id = %s FOR UPDATE", [subscriber_id])
    try:
        yield holder
    finally:
        holder.rollback()


def waiting_rows(connection: psycopg.Connection[Any]) -> int:
    row = connection.execute(COUNT).fetchone()
    assert row is not None
    return int(row[0])


def left_row(connection: psycopg.Connection[Any]) -> bytes:
    """The newest batch that waits, as it is written down."""
    row = connection.execute("SELECT sealed FROM accounting_backlog ORDER BY id DESC LIMIT 1").fetchone()
    assert row is not None
    return bytes(row[0])


def leave(world: World, sealed: bytes) -> None:
    """As a process that died an hour ago."""
    world.execute("INSERT INTO accounting_backlog (at, sealed) VALUES (now() - interval '1 hour', %s)", sealed)


def record(nas: Nas, session_id: str, kind: int = START, **told: Any) -> bytes:
    return nas.record(kind, session_id, name="anna", device=DEVICE, **({"seconds": 0} | told))


def acknowledged(nas: Nas, octets: bytes) -> bool:
    reply = nas.ask("acct", octets)
    return reply is not None and reply.code == Code.ACCOUNTING_RESPONSE


def test_a_record_is_acknowledged_while_its_booking_waits_and_is_booked_then(
    alone: tuple[Running, Nas], world: World, connect: Connect
) -> None:
    subscriber_id, entitlement_id = world.guest("anna", amount=10**9)
    with nothing_is_booked(connect, subscriber_id) as other:
        assert acknowledged(alone[1], record(alone[1], "s1", STOP, seconds=60, octets_in=7, octets_out=5))
        assert waiting_rows(other) == 1
    assert session_of(world, "s1") == (60, 7, 5, True)
    assert used_of(world, entitlement_id) == 12
    assert world.rows(COUNT) == [(0,)]


def test_what_waits_is_sealed(alone: tuple[Running, Nas], world: World, connect: Connect) -> None:
    subscriber_id, _ = world.guest("anna", amount=10**9)
    with nothing_is_booked(connect, subscriber_id) as other:
        assert acknowledged(alone[1], record(alone[1], "s1"))
        sealed = left_row(other)
    assert b"anna" not in sealed


def test_what_a_process_left_is_booked_by_the_next_at_its_start(world: World, host: str, connect: Connect) -> None:
    subscriber_id, entitlement_id = world.guest("anna", amount=10**9)
    world.nas(host, SECRET)
    with nothing_is_booked(connect, subscriber_id) as other, running() as first:
        nas = Nas(first.server, host)
        assert acknowledged(nas, record(nas, "s1", STOP, seconds=60, octets_in=7, octets_out=5))
        nas.close()
        first.do(first.server.stop())
        assert waiting_rows(other) == 1
    with running():
        assert session_of(world, "s1") == (60, 7, 5, True)
    assert used_of(world, entitlement_id) == 12


def test_what_a_dead_process_left_is_booked_by_one_that_lives(
    alone: tuple[Running, Nas], world: World, connect: Connect, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booker, "LEFT_SECONDS", 0.5)
    subscriber_id, _ = world.guest("anna", amount=10**9)
    with running() as dying:
        nas = Nas(dying.server, host)
        with nothing_is_booked(connect, subscriber_id):
            assert acknowledged(nas, record(nas, "s1", STOP, seconds=60, octets_in=7, octets_out=5))
            for task in dying.server._tasks:
                dying.loop.call_soon_threadsafe(task.cancel)
        nas.close()
        assert session_of(world, "s1") == (60, 7, 5, True)


def test_booked_twice_it_counts_once(alone: tuple[Running, Nas], world: World, connect: Connect) -> None:
    """A process that is slow and one that thinks it dead book the same batch."""
    here, nas = alone
    subscriber_id, entitlement_id = world.guest("anna", amount=10**9)
    with nothing_is_booked(connect, subscriber_id) as other:
        assert acknowledged(nas, record(nas, "s1", STOP, seconds=60, octets_in=7, octets_out=5))
        sealed = left_row(other)
    world.wait_for_books()
    leave(world, sealed)
    with running():
        world.wait_for_books()
    assert session_of(world, "s1") == (60, 7, 5, True)
    assert used_of(world, entitlement_id) == 12
    assert here.server.health.is_up


def test_whoever_logs_in_has_what_was_acknowledged_before(
    alone: tuple[Running, Nas], world: World, connect: Connect
) -> None:
    """The last octets are acknowledged and not booked yet: the login waits for that, and is refused."""
    _, nas = alone
    world.guest("anna", amount=1_000_000)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    other_id, _ = world.guest("berta", amount=10**9)
    with nothing_is_booked(connect, other_id):
        berta = nas.record(START, "b1", name="berta", device="AA-BB-CC-00-00-77", seconds=0)
        used_up = record(nas, "s1", STOP, seconds=60, octets_in=0, octets_out=1_000_000, token=token)
        assert acknowledged(nas, berta)
        assert acknowledged(nas, used_up)
        asked = nas.access_request("anna", "secret-word", DEVICE)
        assert nas.ask("auth", asked, 0.5) is None
    reply = nas.receive(asked)
    assert reply is not None
    assert reply.code == Code.ACCESS_REJECT


def test_a_nas_that_starts_ends_what_was_acknowledged_before(
    alone: tuple[Running, Nas], world: World, connect: Connect
) -> None:
    _, nas = alone
    subscriber_id, _ = world.guest("anna", amount=10**9)
    with nothing_is_booked(connect, subscriber_id):
        assert acknowledged(nas, record(nas, "s1", at=time.time() - 5))
        starts = nas.record(ON, "", at=time.time())
        assert nas.ask("acct", starts, 0.5) is None
    assert nas.receive(starts) is not None
    assert session_of(world, "s1") == (0, 0, 0, True)


def test_a_record_that_cannot_be_booked_is_set_aside_and_the_others_are_booked(
    alone: tuple[Running, Nas], world: World, connect: Connect
) -> None:
    _, nas = alone
    subscriber_id, _ = world.guest("anna", amount=10**9)
    world.execute("ALTER TABLE access_session ADD CONSTRAINT poison CHECK (called_station <> 'poison')")
    try:
        with nothing_is_booked(connect, subscriber_id):
            for number in range(5):
                poison = attribute(attr.CALLED_STATION_ID, b"poison" if number == 2 else b"good")
                octets = nas.record(START, f"s{number}", poison, name="anna", device=DEVICE, seconds=0)
                assert acknowledged(nas, octets)
        assert world.value("SELECT count(*) FROM access_session WHERE operator_id = %s", world.operator_id) == 4
    finally:
        world.execute("ALTER TABLE access_session DROP CONSTRAINT poison")
    assert world.rows("SELECT reason FROM quarantine WHERE operator_id = %s", world.operator_id) == [("23514",)]


def test_a_record_whose_nas_was_switched_off_meanwhile_is_set_aside(world: World, host: str, connect: Connect) -> None:
    subscriber_id, _ = world.guest("anna", amount=10**9)
    nas_id = world.nas(host, SECRET)
    with nothing_is_booked(connect, subscriber_id), running() as first:
        nas = Nas(first.server, host)
        assert acknowledged(nas, record(nas, "s1"))
        nas.close()
        first.do(first.server.stop())
    world.execute("UPDATE nas SET enabled = false WHERE id = %s", nas_id)
    with running():
        found = world.rows("SELECT reason, nas_id FROM quarantine WHERE operator_id = %s", world.operator_id)
    assert found == [("nas_gone", nas_id)]


def test_before_its_table_is_there_everything_is_booked_first(alone: tuple[Running, Nas], world: World) -> None:
    """An upgrade may start the new server before its migrations have run."""
    _, nas = alone
    world.guest("anna", amount=10**9)
    world.execute("ALTER TABLE accounting_backlog RENAME TO not_there_yet")
    try:
        assert acknowledged(nas, record(nas, "s1", STOP, seconds=60, octets_in=7, octets_out=5))
    finally:
        world.execute("ALTER TABLE not_there_yet RENAME TO accounting_backlog")
    assert session_of(world, "s1") == (60, 7, 5, True)


def test_what_another_master_key_sealed_stays(world: World) -> None:
    world.execute("INSERT INTO accounting_backlog (at, sealed) VALUES (now() - interval '1 hour', 'nonsense')")
    try:
        with running() as here:
            time.sleep(0.5)
            assert waiting_rows(world.connection) == 1
            assert here.server.health.is_up
    finally:
        world.execute("DELETE FROM accounting_backlog")


def test_two_bookers_and_a_killed_connection_lose_nothing(alone: tuple[Running, Nas], world: World, host: str) -> None:
    here, _ = alone
    guests = [world.guest(f"guest{number}", amount=10**13) for number in range(8)]

    def tell(number: int) -> None:
        nas = Nas(here.server, host)
        for step in range(30):
            octets = nas.record(
                START if step == 0 else INTERIM,
                f"s{number}",
                name=f"guest{number}",
                device=f"AA-BB-CC-00-01-{number:02X}",
                seconds=10 * step,
                octets_in=1_000 * step,
                octets_out=2_000 * step,
            )
            assert any(nas.ask("acct", octets, 1.0) for _ in range(8))
        nas.close()

    threads = [threading.Thread(target=tell, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for _ in range(4):
        world.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND query ~ 'subscriber|accounting_backlog'"
        )
        time.sleep(0.1)
    for thread in threads:
        thread.join()
    assert [session_of(world, f"s{number}") for number in range(8)] == [(290, 29_000, 58_000, False)] * 8
    assert [used_of(world, entitlement_id) for _, entitlement_id in guests] == [87_000] * 8
