"""A busy server has its books kept by a process of its own: whatever becomes of that, each record is booked once."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from aaa.running import SECRET, Nas, Running, running
from aaa.seeded import Connect, World
from aaa.test_accounting import INTERIM, START, STOP, session_of, used_of
from aaa.test_backlog import acknowledged, nothing_is_booked, record
from aaa.test_booker import of
from hotgate.aaa import apart, backlog
from hotgate.aaa.apart import Apart
from hotgate.aaa.backlog import Deferred
from hotgate.aaa.books import Books
from hotgate.radius import attributes as attr
from hotgate.radius.packet import attribute, uint32

SECONDS = 20.0


@pytest.fixture(autouse=True)
def always_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A single record is deferred, and makes the server a busy one."""
    monkeypatch.setattr(backlog, "DEFERRED_FROM", 1)
    monkeypatch.setattr(backlog, "BUSY_FROM", 0.0)
    monkeypatch.setattr(apart, "AGAIN_SECONDS", 0.1)


@pytest.fixture
def busy(world: World, host: str) -> Iterator[tuple[Running, Nas]]:
    """A server whose second process is there."""
    world.nas(host, SECRET)
    world.guest("nobody")
    with running(books_apart=True) as here:
        nas = Nas(here.server, host)
        assert acknowledged(nas, of(nas, "nobody", "x0"))
        until_there(here)
        yield here, nas
        nas.close()


@pytest.fixture
def only_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process that answers books nothing itself."""

    async def settle(_: Books, taken: Sequence[Deferred]) -> bool:
        return False

    monkeypatch.setattr(Books, "settle", settle)


def apart_of(here: Running) -> Apart:
    assert here.server.apart is not None
    return here.server.apart


def until_there(here: Running, but: int | None = None) -> int:
    """The pid of the process that books; another one than that."""
    found = until(lambda: apart_of(here).pid not in (None, but))
    pid = apart_of(here).pid
    assert found
    assert pid is not None
    return pid


def until(holds: Callable[[], bool]) -> bool:
    ends_at = time.monotonic() + SECONDS
    while not holds() and time.monotonic() < ends_at:
        time.sleep(0.02)
    return holds()


def is_alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@pytest.mark.usefixtures("only_apart")
def test_a_busy_server_leaves_the_booking_to_the_other_process(busy: tuple[Running, Nas], world: World) -> None:
    _, nas = busy
    _, entitlement_id = world.guest("anna", amount=10**9)
    assert acknowledged(nas, record(nas, "s1"))
    assert acknowledged(nas, record(nas, "s1", STOP, seconds=60, octets_in=7, octets_out=5))
    assert session_of(world, "s1") == (60, 7, 5, True)
    assert used_of(world, entitlement_id) == 12


def test_while_little_comes_in_there_is_no_other_process(
    world: World, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "BUSY_FROM", 50.0)
    world.nas(host, SECRET)
    world.guest("anna", amount=10**9)
    with running(books_apart=True) as here:
        nas = Nas(here.server, host)
        assert acknowledged(nas, record(nas, "s1"))
        world.wait_for_books()
        nas.close()
        assert apart_of(here)._process is None


@pytest.mark.usefixtures("only_apart")
def test_it_knows_a_gateway_that_is_added_later(busy: tuple[Running, Nas], world: World, host: str) -> None:
    here, _ = busy
    later = host.replace("127.1.", "127.2.")
    world.nas(later, SECRET)
    here.do(here.server._reload_clients())
    nas = Nas(here.server, later)
    world.guest("anna", amount=10**9)
    assert acknowledged(nas, record(nas, "s1", STOP, seconds=60, octets_in=7, octets_out=5))
    nas.close()
    assert session_of(world, "s1") == (60, 7, 5, True)
    assert world.rows("SELECT reason FROM quarantine WHERE operator_id = %s", world.operator_id) == []


@pytest.mark.usefixtures("only_apart")
def test_what_it_finds_faulty_is_set_aside_and_the_rest_of_the_batch_booked(
    busy: tuple[Running, Nas], world: World, connect: Connect
) -> None:
    here, nas = busy
    anna_id, _ = world.guest("anna", amount=10**9)
    with nothing_is_booked(connect, anna_id):
        assert acknowledged(nas, record(nas, "s0"))  # the next wait together behind this one
        time.sleep(0.2)
        assert acknowledged(nas, record(nas, "s1", STOP, seconds=60, octets_in=7, octets_out=5))
        eight_days = attribute(attr.ACCT_DELAY_TIME, uint32(8 * 86_400))
        assert acknowledged(nas, nas.record(STOP, "s2", eight_days, name="anna", seconds=60))
        assert acknowledged(nas, record(nas, ""))
    assert until(lambda: len(here.server.backlog) == 0)
    assert session_of(world, "s1") == (60, 7, 5, True)
    reasons = "SELECT reason FROM quarantine WHERE operator_id = %s ORDER BY reason"
    assert world.rows(reasons, world.operator_id) == [("no_session_id",), ("too_old",)]


@pytest.mark.parametrize("strikes", [signal.SIGKILL, signal.SIGSTOP])
def test_killed_or_stopped_it_loses_and_doubles_nothing_and_another_takes_its_place(
    busy: tuple[Running, Nas], world: World, host: str, strikes: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(apart, "HUNG_SECONDS", 1.0)
    here, _ = busy
    guests = [world.guest(f"guest{number}", amount=10**13) for number in range(6)]

    steps, is_over = 40, threading.Event()

    def tell(number: int) -> None:
        nas = Nas(here.server, host)
        begins = time.time() - 600
        for step in range(steps):
            kind = STOP if step == steps - 1 else INTERIM if step else START
            octets = nas.record(
                kind,
                f"s{number}",
                name=f"guest{number}",
                seconds=10 * step,
                octets_in=1_000 * step,
                octets_out=2_000 * step,
                at=begins + 10 * step,
            )
            while not is_over.wait(0.05) and step == steps // 2:  # goes on until it has been struck
                nas.ask("acct", octets, 1.0)
            assert any(nas.ask("acct", octets, 1.0) for _ in range(8))
        nas.close()

    threads = [threading.Thread(target=tell, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    pid = until_there(here)
    for _ in range(2):
        os.kill(pid, strikes)
        pid = until_there(here, but=pid)
    is_over.set()
    for thread in threads:
        thread.join()
    assert [session_of(world, f"s{number}") for number in range(6)] == [(390, 39_000, 78_000, True)] * 6
    assert [used_of(world, entitlement_id) for _, entitlement_id in guests] == [117_000] * 6


def test_it_ends_with_the_server(world: World, host: str) -> None:
    world.nas(host, SECRET)
    with running(books_apart=True) as here:
        nas = Nas(here.server, host)
        assert acknowledged(nas, of(nas, "nobody", "x0"))
        pid = until_there(here)
        nas.close()
    assert until(lambda: not is_alive(pid))
