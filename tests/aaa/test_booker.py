"""Booking what was acknowledged: each batch once, whatever fails on the way, and nothing behind it is held up."""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator

import pytest

from aaa.running import SECRET, Nas, Running, running
from aaa.seeded import Connect, World
from aaa.test_accounting import DEVICE, INTERIM, START, STOP, session_of, token_of, used_of
from aaa.test_backlog import ON, acknowledged, leave, left_row, nothing_is_booked, record, waiting_rows
from hotgate import vault
from hotgate.aaa import backlog, booker, pipeline, server
from hotgate.radius import attributes as attr
from hotgate.radius.packet import Code, attribute

LEFT_SECONDS = 0.5
PATIENT = "SET lock_timeout = '5s'"
PLACE = b"accounting:backlog"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A single record is deferred, what was left is looked for often, and nobody waits for a lock for long."""
    monkeypatch.setattr(backlog, "DEFERRED_FROM", 1)
    monkeypatch.setattr(booker, "LEFT_SECONDS", LEFT_SECONDS)
    monkeypatch.setattr(server, "ACCOUNTING_SETTINGS", "SET lock_timeout = '200ms'")


@contextlib.contextmanager
def no_row_can_be_deleted(world: World) -> Iterator[None]:
    world.execute(
        "CREATE FUNCTION stubborn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;"
        " CREATE TRIGGER stubborn BEFORE DELETE ON accounting_backlog FOR EACH ROW EXECUTE FUNCTION stubborn()"
    )
    try:
        yield
    finally:
        world.execute("DROP FUNCTION stubborn CASCADE")


@contextlib.contextmanager
def poison(world: World) -> Iterator[None]:
    """No record that was called so can be booked."""
    world.execute("ALTER TABLE access_session ADD CONSTRAINT poison CHECK (called_station <> 'poison')")
    try:
        yield
    finally:
        world.execute("ALTER TABLE access_session DROP CONSTRAINT poison")


def of(nas: Nas, name: str, session_id: str, station: bytes = b"good", kind: int = STOP) -> bytes:
    called, device = attribute(attr.CALLED_STATION_ID, station), f"AA-BB-CC-00-01-{ord(session_id[-1]):02X}"
    return nas.record(kind, session_id, called, name=name, device=device, seconds=60, octets_in=7, octets_out=5)


def journal_of(world: World) -> object:
    return world.value("SELECT count(*) FROM packet_journal WHERE operator_id = %s", world.operator_id)


def test_after_any_error_the_booking_goes_on(alone: tuple[Running, Nas], world: World) -> None:
    _, nas = alone
    _, entitlement_id = world.guest("anna", amount=10**9)
    with no_row_can_be_deleted(world):
        for number in range(4):
            assert acknowledged(nas, of(nas, "anna", f"s{number}"))
            time.sleep(0.2)
    assert acknowledged(nas, of(nas, "anna", "s4"))
    world.wait_for_books(15)
    assert used_of(world, entitlement_id) == 5 * 12
    assert journal_of(world) == 5


def test_of_two_processes_that_book_the_same_one_does(
    world: World, host: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is slow, and one that thinks it dead."""
    monkeypatch.setattr(server, "ACCOUNTING_SETTINGS", PATIENT)
    subscriber_id, entitlement_id = world.guest("anna", amount=10**9)
    world.nas(host, SECRET)
    with running() as slow, running():
        nas = Nas(slow.server, host)
        with nothing_is_booked(connect, subscriber_id):
            assert acknowledged(nas, of(nas, "anna", "s1"))
            time.sleep(1.8 * LEFT_SECONDS)
        nas.close()
        time.sleep(1)
    assert used_of(world, entitlement_id) == 12
    assert journal_of(world) == 1


def test_what_cannot_be_booked_yet_is_tried_alone_and_the_rest_is_done_once(
    alone: tuple[Running, Nas], world: World, connect: Connect
) -> None:
    """One batch in three: of somebody who is locked, one that no table takes, and one that is sound."""
    _, nas = alone
    locked_id, _ = world.guest("anna", amount=10**9)
    world.guest("berta", amount=10**9)
    with poison(world), nothing_is_booked(connect, locked_id):
        for name, session_id, station in (("anna", "s1", b"a"), ("berta", "s2", b"poison"), ("berta", "s3", b"b")):
            assert acknowledged(nas, of(nas, name, session_id, station))
        time.sleep(5)
    assert session_of(world, "s1") == session_of(world, "s3") == (60, 7, 5, True)
    assert world.rows("SELECT reason FROM quarantine WHERE operator_id = %s", world.operator_id) == [("23514",)]
    assert journal_of(world) == 2


def test_records_of_nobody_stay_with_the_operator_of_their_gateway_in_one_booking(
    alone: tuple[Running, Nas], world: World, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """D24: names that no operator knows, at two gateways of two operators."""
    here, nas = alone
    monkeypatch.setattr(backlog, "CALM_GATHER_SECONDS", 0.5)
    stranger = World(world.connection)
    stranger_host = host.replace("127.1.", "127.3.")
    stranger.nas(stranger_host, SECRET)
    here.do(here.server._reload_clients())
    other = Nas(here.server, stranger_host)
    for kind, seconds in ((START, 0), (INTERIM, 300)):
        for each, number in itertools.product((nas, other), range(3)):
            octets = each.record(kind, f"s{number}", name="nobody", device=f"AA-BB-CC-00-02-0{number}", seconds=seconds)
            assert acknowledged(each, octets)
        world.wait_for_books()
    other.close()
    whose = """SELECT n.operator_id, s.operator_id, u.operator_id, count(*) FROM usage u
                 JOIN access_session s ON s.id = u.session_id JOIN nas n ON n.id = s.nas_id
                WHERE n.operator_id = ANY (%s) GROUP BY 1, 2, 3"""
    mine, theirs = world.operator_id, stranger.operator_id
    assert sorted(world.rows(whose, [mine, theirs])) == [(mine, mine, mine, 3), (theirs, theirs, theirs, 3)]


def test_a_batch_that_nobody_can_read_holds_up_no_other(world: World, host: str, connect: Connect) -> None:
    subscriber_id, _ = world.guest("anna", amount=10**9)
    world.nas(host, SECRET)
    with running() as first, nothing_is_booked(connect, subscriber_id) as other:
        nas = Nas(first.server, host)
        assert acknowledged(nas, of(nas, "anna", "s1"))
        nas.close()
        first.do(first.server.stop())
        sealed = left_row(other)
    world.execute("DELETE FROM accounting_backlog")
    cut = vault.seal(world.keys.network, vault.unseal(world.keys.network, sealed, PLACE)[:-9], PLACE)
    try:
        leave(world, cut)
        leave(world, sealed)
        with running():
            until = time.monotonic() + 10
            while waiting_rows(world.connection) != 1 and time.monotonic() < until:
                time.sleep(0.05)
            assert left_row(world.connection) == cut
    finally:
        world.execute("DELETE FROM accounting_backlog")
    assert session_of(world, "s1") == (60, 7, 5, True)


def test_a_record_of_a_gateway_that_is_gone_is_set_aside_once(world: World, host: str, connect: Connect) -> None:
    subscriber_id, entitlement_id = world.guest("anna", amount=10**9)
    gone_host = host.replace("127.1.", "127.2.")
    gone_id = world.nas(gone_host, SECRET)
    world.nas(host, SECRET)
    with running() as first, nothing_is_booked(connect, subscriber_id) as other:
        nas, gone = Nas(first.server, host), Nas(first.server, gone_host)
        assert acknowledged(nas, of(nas, "anna", "s1"))
        kept = vault.unseal(world.keys.network, left_row(other), PLACE)
        assert acknowledged(gone, of(gone, "anna", "s2"))
        kept += vault.unseal(world.keys.network, left_row(other), PLACE)
        nas.close()
        gone.close()
        first.do(first.server.stop())
    world.execute("DELETE FROM accounting_backlog")
    world.execute("UPDATE nas SET enabled = false WHERE id = %s", gone_id)
    leave(world, vault.seal(world.keys.network, kept, PLACE))
    with nothing_is_booked(connect, subscriber_id), running():
        time.sleep(3)
    with running():
        assert used_of(world, entitlement_id) == 12
        found = world.rows("SELECT reason, nas_id FROM quarantine WHERE operator_id = %s", world.operator_id)
    assert found == [("nas_gone", gone_id)]


def test_what_comes_after_a_start_is_left_to_those_who_acknowledged_it(
    alone: tuple[Running, Nas], world: World, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under load there is always something that waits, of processes that live."""
    monkeypatch.setattr(booker, "LEFT_SECONDS", 60.0)
    here, nas = alone
    subscriber_id, _ = world.guest("anna", amount=10**9)
    with nothing_is_booked(connect, subscriber_id) as other:
        assert acknowledged(nas, of(nas, "anna", "s1"))
        sealed = left_row(other)
    world.wait_for_books()
    here.do(here.server.stop())
    writer, stop = connect("owner"), threading.Event()
    writer.autocommit = True

    def live() -> None:
        while not stop.is_set():
            writer.execute("INSERT INTO accounting_backlog (sealed) SELECT %s FROM generate_series(1, 5)", [sealed])

    try:
        thread = threading.Thread(target=live)
        thread.start()
        with running():
            time.sleep(1.5)
            counted = waiting_rows(world.connection)
            time.sleep(1.5)
            stop.set()
            thread.join()
            grown = waiting_rows(world.connection)
            time.sleep(1.0)
            assert waiting_rows(world.connection) == grown > counted
    finally:
        stop.set()
        world.execute("DELETE FROM accounting_backlog")


def test_a_login_waits_for_the_books_only_so_long_and_the_next_does_not(
    world: World, host: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody holds the row of another in the same batch, and will not let go."""
    monkeypatch.setattr(server, "ACCOUNTING_SETTINGS", PATIENT)
    monkeypatch.setattr(backlog, "CALM_GATHER_SECONDS", 0.5)
    world.nas(host, SECRET)
    other_id, _ = world.guest("berta", amount=10**9)  # the first whose row is locked
    world.guest("anna", amount=10**9)
    with running() as here:
        nas = Nas(here.server, host)
        token_of(nas.login("anna", "secret-word", DEVICE))
        with nothing_is_booked(connect, other_id):
            assert acknowledged(nas, of(nas, "berta", "b1"))
            assert acknowledged(nas, record(nas, "s1"))
            began = time.monotonic()
            for _ in range(3):
                reply = nas.login("anna", "secret-word", DEVICE, seconds=8)
                assert reply is not None
                assert reply.code == Code.ACCESS_ACCEPT
            assert 1.5 < time.monotonic() - began < 4
        nas.close()


def test_a_nas_that_starts_ends_what_another_process_acknowledged_before(
    alone: tuple[Running, Nas], world: World, connect: Connect, host: str
) -> None:
    _, nas = alone
    subscriber_id, _ = world.guest("anna", amount=10**9)
    with running() as second:
        elsewhere = Nas(second.server, host)
        with nothing_is_booked(connect, subscriber_id):
            assert acknowledged(nas, record(nas, "s1", at=time.time() - 5))
            starts = elsewhere.record(ON, "", at=time.time())
            assert elsewhere.ask("acct", starts, 1.5) is None
        assert elsewhere.receive(starts) is not None
        elsewhere.close()
    assert session_of(world, "s1") == (0, 0, 0, True)


def test_a_nas_that_starts_waits_for_the_books_only_so_long(
    alone: tuple[Running, Nas], world: World, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "REBOOT_SECONDS", 1.0)
    _, nas = alone
    subscriber_id, _ = world.guest("anna", amount=10**9)
    world.guest("berta", amount=10**9)
    with nothing_is_booked(connect, subscriber_id):
        assert acknowledged(nas, record(nas, "s1"))
        assert acknowledged(nas, nas.record(ON, "", at=time.time()))
        assert acknowledged(nas, of(nas, "berta", "b1", kind=START))
    world.wait_for_books()


def test_without_room_there_is_silence_until_there_is(
    world: World, host: str, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "RECORDS_MAX", 1)
    monkeypatch.setattr(server, "ACCOUNTING_SETTINGS", "SET lock_timeout = '10s'")
    world.nas(host, SECRET)
    subscriber_id, _ = world.guest("anna", amount=10**9)
    with running() as here:
        nas = Nas(here.server, host)
        with nothing_is_booked(connect, subscriber_id):
            assert acknowledged(nas, of(nas, "anna", "s1"))
            monkeypatch.setattr(pipeline, "BATCH_SECONDS_MAX", 1.0)
            second = of(nas, "anna", "s2")
            assert nas.ask("acct", second, 2.0) is None
            assert here.server.attempts.totals["D19", "acct"] >= 1
        assert any(nas.ask("acct", second, 1.0) for _ in range(8))
        nas.close()
        assert session_of(world, "s2") == (60, 7, 5, True)
