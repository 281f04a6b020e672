"""Sessions that nobody speaks of any more, and places that nobody took (B18, B19, HN-15)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from aaa.running import SECRET, Nas, Running
from aaa.seeded import Connect, World
from aaa.test_accounting import DEVICE, INTERIM, START, STOP, session_of, token_of, used_of
from aaa.test_orders import Listener, order, settled, silent
from hotgate.aaa.sourceports import Landed

MEGABYTE = 1_000_000


@pytest.fixture
def online(nas: Nas, world: World) -> bytes:
    """Anna's Class; her session has used 2 MB in five minutes. Her plan: one device, 100 MB."""
    world.guest("anna", amount=100 * MEGABYTE, profile_id=world.profile(devices_max=1))
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    now = time.time()
    nas.tell(START, "s1", name="anna", token=token, device=DEVICE, seconds=0, at=now - 300)
    nas.tell(INTERIM, "s1", name="anna", token=token, device=DEVICE, seconds=300, octets_out=2 * MEGABYTE, at=now)
    return token


def look(aaa: Running, minutes: float, *, listened_minutes: float = 10_000) -> None:
    """The closer's round, so many minutes from now, after listening without a break for as many."""
    now = datetime.now(UTC) + timedelta(minutes=minutes)
    aaa.do(aaa.server._closer.work(now, now - timedelta(minutes=listened_minutes)))


def ending(world: World) -> tuple[object, ...]:
    """(is over, ended at its last evidence, own cause, estimated, closed locally)"""
    (row,) = world.rows(
        "SELECT stopped_at IS NOT NULL, stopped_at = last_event_at, close_reason, estimated, closed_locally"
        " FROM access_session WHERE operator_id = %s",
        world.operator_id,
    )
    return row


OPEN = (False, None, "", False, False)
LOST = (True, True, "lost", True, False)
CLOSED_BY_STAFF = (True, True, "closed_by_staff", True, True)


def places(world: World) -> int:
    return int(world.value("SELECT count(*) FROM slot WHERE operator_id = %s", world.operator_id))


@pytest.mark.parametrize(("interim", "minutes", "expected"), [(300, 14, OPEN), (300, 16, LOST), (900, 44, OPEN)])
def test_three_interims_of_silence_end_a_session(
    aaa: Running, online: bytes, world: World, interim: int, minutes: float, expected: tuple[object, ...]
) -> None:
    world.execute("UPDATE access_session SET interim_seconds = %s WHERE operator_id = %s", interim, world.operator_id)
    look(aaa, minutes)
    assert ending(world) == expected


@pytest.mark.parametrize(("minutes", "expected"), [(9.5, OPEN), (10.5, LOST)])
def test_ten_minutes_are_the_least(
    aaa: Running, online: bytes, world: World, minutes: float, expected: tuple[object, ...]
) -> None:
    world.execute("UPDATE access_session SET interim_seconds = 60 WHERE operator_id = %s", world.operator_id)
    look(aaa, minutes)
    assert ending(world) == expected


def test_silence_counts_only_while_we_listened(aaa: Running, online: bytes, world: World) -> None:
    """After an outage of our own every session gets its full time again."""
    look(aaa, 120, listened_minutes=14)
    assert ending(world) == OPEN
    look(aaa, 120, listened_minutes=16)
    assert ending(world) == LOST


def test_use_stays_and_the_place_is_free(aaa: Running, nas: Nas, online: bytes, world: World) -> None:
    look(aaa, 20)
    assert session_of(world, "s1") == (300, 0, 2 * MEGABYTE, True)
    assert token_of(nas.login("anna", "secret-word", "AA-BB-CC-00-00-02"))


def test_a_later_packet_reopens_and_the_stop_has_the_last_word(
    aaa: Running, nas: Nas, online: bytes, world: World
) -> None:
    look(aaa, 20)
    told = {"name": "anna", "token": online, "device": DEVICE}
    nas.tell(INTERIM, "s1", seconds=310, octets_out=3 * MEGABYTE, at=time.time() + 10, **told)  # type: ignore[arg-type]
    assert ending(world) == OPEN
    assert places(world) == 1
    nas.tell(STOP, "s1", seconds=320, octets_out=4 * MEGABYTE, at=time.time() + 20, **told)  # type: ignore[arg-type]
    assert ending(world) == (True, True, "", False, False)
    entitlement_id = world.value("SELECT id FROM entitlement WHERE operator_id = %s", world.operator_id)
    assert used_of(world, entitlement_id) == 4 * MEGABYTE


def test_one_process_at_a_time(aaa: Running, online: bytes, world: World, connect: Connect) -> None:
    from hotgate.aaa.stale import TURN

    other = connect("owner")
    other.execute("SELECT pg_advisory_lock(%s)", [TURN])
    look(aaa, 20)
    assert ending(world) == OPEN
    other.execute("SELECT pg_advisory_unlock_all()")
    look(aaa, 20)
    assert ending(world) == LOST


def test_a_place_nobody_took_goes_when_its_slice_has_come_back(aaa: Running, nas: Nas, world: World) -> None:
    world.guest("anna", amount=100 * MEGABYTE, profile_id=world.profile(devices_max=2))
    token_of(nas.login("anna", "secret-word", DEVICE))
    world.execute(
        "UPDATE slot SET expires_at = now() - interval '1 s', session_ends_at = now() + interval '60 min'"
        " WHERE operator_id = %s",
        world.operator_id,
    )
    look(aaa, 30)
    assert places(world) == 1
    look(aaa, 61)
    assert places(world) == 0


@pytest.fixture
def deaf(aaa: Running, world: World, host: str) -> Iterator[Nas]:
    """A NAS that answers no order."""
    listener = Listener(host, silent)
    world.nas(host, SECRET, coa_port=listener.port)
    aaa.do(aaa.server._reload_clients())
    nas = Nas(aaa.server, host)
    yield nas
    nas.close()
    listener.close()


def give_up(aaa: Running) -> None:
    """As if all retransmissions were through."""

    async def land() -> None:
        dispatcher = aaa.server._dispatcher
        for port in dispatcher.ports.opened:
            while port.flights:
                _, flight = port.flights.popitem()
                dispatcher._landed.append(Landed(flight, None, None))

    ends_at = time.monotonic() + 5
    while not any(port.flights for port in aaa.server._dispatcher.ports.opened) and time.monotonic() < ends_at:
        time.sleep(0.02)
    aaa.do(land())


def go_online(nas: Nas, world: World) -> bytes:
    world.guest("anna", amount=100 * MEGABYTE)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    nas.tell(START, "s1", name="anna", token=token, device=DEVICE, seconds=0, at=time.time() - 5)
    return token


def wait_for_end(world: World) -> tuple[object, ...]:
    ends_at = time.monotonic() + 3
    while ending(world) == OPEN and time.monotonic() < ends_at:
        time.sleep(0.02)
    return ending(world)


def test_staff_closes_our_record_though_the_gateway_keeps_silent(aaa: Running, deaf: Nas, world: World) -> None:
    """HN-15: marked as closed locally; a later packet opens it again, and what it used is charged (HN-A5)."""
    token = go_online(deaf, world)
    order(world, "disconnect", "")
    give_up(aaa)
    assert wait_for_end(world) == CLOSED_BY_STAFF
    assert settled(world) == ("disconnect", "unknown")
    deaf.tell(
        INTERIM, "s1", name="anna", token=token, device=DEVICE, seconds=60, octets_out=MEGABYTE, at=time.time() + 55
    )
    assert ending(world) == OPEN
    entitlement_id = world.value("SELECT id FROM entitlement WHERE operator_id = %s", world.operator_id)
    assert used_of(world, entitlement_id) == MEGABYTE


def test_an_automatic_order_closes_nothing_without_an_answer(aaa: Running, deaf: Nas, world: World) -> None:
    go_online(deaf, world)
    world.insert("hold", operator_id=world.operator_id, kind="staff", subscriber_id=anna(world))
    order(world, "disconnect", "held_by_staff")
    give_up(aaa)
    time.sleep(0.6)
    assert ending(world) == OPEN
    assert settled(world, 0.1) is None


def anna(world: World) -> int:
    return int(world.value("SELECT id FROM subscriber WHERE operator_id = %s", world.operator_id))


def test_staff_closes_our_record_on_a_gateway_that_takes_no_orders(aaa: Running, world: World, host: str) -> None:
    """Its address is a prefix and no other is known: nothing can be sent."""
    world.nas(f"{host.rpartition('.')[0]}.0/24", SECRET)
    aaa.do(aaa.server._reload_clients())
    nas = Nas(aaa.server, host)
    go_online(nas, world)
    order(world, "disconnect", "")
    assert wait_for_end(world) == CLOSED_BY_STAFF
    assert settled(world) == ("disconnect", "not_possible")
    nas.close()
