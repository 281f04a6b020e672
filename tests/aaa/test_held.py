"""Somebody holds the row of one subscriber and does not let go: all others are served."""

from __future__ import annotations

import time

import pytest

from aaa.running import Nas, Running
from aaa.seeded import Connect, World
from aaa.test_accounting import DEVICE, START, STOP, session_of
from aaa.test_backlog import acknowledged, nothing_is_booked, record, waiting_rows
from aaa.test_booker import of
from hotgate.aaa import backlog, booker, pipeline
from hotgate.radius.packet import Code
from hotgate.radius.server import Role

Alone = tuple[Running, Nas]

PASSWORD = "secret-word"
SOON = 2.0  # seconds: one wait for a lock, and a busy machine


def send(nas: Nas, role: Role, octets: bytes) -> None:
    nas.socket.sendto(octets, nas.server.address(role))


@pytest.fixture
def anna(world: World) -> int:
    """Whose row is held; berta's is not."""
    plan_id = world.plan(payment="free", measure="none", profile_id=world.profile(devices_max=None))
    world.entitlement(world.subscriber("berta"), plan_id)
    subscriber_id = world.subscriber("anna")
    world.entitlement(subscriber_id, plan_id)
    return subscriber_id


@pytest.fixture
def deferring(monkeypatch: pytest.MonkeyPatch) -> None:
    """A single record is deferred, and what was left is looked for often."""
    monkeypatch.setattr(booker, "LEFT_SECONDS", 0.5)
    monkeypatch.setattr(backlog, "DEFERRED_FROM", 1)


def is_let_in(nas: Nas, name: str, device: str, seconds: float = 8.0) -> bool:
    reply = nas.login(name, PASSWORD, device, seconds=seconds)
    return reply is not None and reply.code == Code.ACCESS_ACCEPT


def test_a_login_behind_one_that_is_held_is_answered(alone: Alone, anna: int, connect: Connect) -> None:
    _, nas = alone
    assert is_let_in(nas, "berta", DEVICE)
    with nothing_is_booked(connect, anna):
        send(nas, "auth", nas.access_request("anna", PASSWORD, "02-00-00-00-00-0A"))
        time.sleep(0.1)
        began = time.monotonic()
        assert is_let_in(nas, "berta", "02-00-00-00-00-0B")
        assert time.monotonic() - began < SOON


def test_logins_in_one_batch_with_some_that_are_held_are_answered(alone: Alone, anna: int, connect: Connect) -> None:
    _, nas = alone
    with nothing_is_booked(connect, anna):
        send(nas, "auth", nas.access_request("anna", PASSWORD, "02-00-00-00-00-0A"))
        began = time.monotonic()
        for number in range(12):  # all wait for the batch of the first
            name = "berta" if number % 4 else "anna"
            send(nas, "auth", nas.access_request(name, PASSWORD, f"02-00-00-00-01-{number:02X}"))
        nas.socket.settimeout(8.0)
        for _ in range(9):
            assert nas.socket.recv(4096)[0] == Code.ACCESS_ACCEPT
        assert time.monotonic() - began < 2 * SOON
        nas.socket.settimeout(0.2)
        with pytest.raises(TimeoutError):
            nas.socket.recv(4096)
    assert is_let_in(nas, "anna", "02-00-00-00-00-0A")


def test_while_little_comes_in_a_record_behind_two_that_are_held_is_acknowledged_and_they_too(
    alone: Alone, anna: int, world: World, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(booker, "LEFT_SECONDS", 0.5)
    _, nas = alone
    with nothing_is_booked(connect, anna):
        held = [of(nas, "anna", f"a{number}") for number in range(2)]
        for octets in held:
            send(nas, "acct", octets)
            time.sleep(0.05)
        began = time.monotonic()
        assert acknowledged(nas, of(nas, "berta", "b1"))
        assert time.monotonic() - began < SOON
        for octets in held:
            assert nas.receive(octets) is not None or acknowledged(nas, octets)
    world.wait_for_books(15)
    assert session_of(world, "a0") == session_of(world, "a1") == (60, 7, 5, True)


def test_of_one_booking_what_is_not_held_is_done_at_once(
    deferring: None, alone: Alone, anna: int, world: World, connect: Connect
) -> None:
    """A hotel whose guests share a login, and 40 records of others among theirs."""
    _, nas = alone
    booked = "SELECT count(*), sum(octets_in) FROM access_session WHERE operator_id = %s AND user_name = %s"
    with nothing_is_booked(connect, anna):
        for number in range(40):
            for name in ("anna", "berta"):
                assert acknowledged(nas, nas.record(STOP, f"{name}{number}", name=name, seconds=60, octets_in=7))
        until = time.monotonic() + 3 * SOON
        while world.rows_at_once(booked, world.operator_id, "berta") != [(40, 40 * 7)]:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert world.rows_at_once(booked, world.operator_id, "anna") == [(0, None)]
    world.wait_for_books()
    assert world.rows(booked, world.operator_id, "anna") == [(40, 40 * 7)]


def test_what_was_left_and_is_held_does_not_hold_up_what_comes(
    deferring: None, alone: Alone, anna: int, world: World, connect: Connect
) -> None:
    _, nas = alone
    with nothing_is_booked(connect, anna) as other:
        for number in range(8):
            assert acknowledged(nas, record(nas, f"s{number}"))
            time.sleep(0.1)
        time.sleep(SOON)
        assert waiting_rows(other) >= 1
        for number in range(5):
            began = time.monotonic()
            assert acknowledged(nas, of(nas, "berta", f"b{number}", kind=START))
            while not world.rows_at_once("SELECT FROM access_session WHERE acct_session_id = %s", f"b{number}"):
                assert time.monotonic() - began < SOON
                time.sleep(0.02)
            time.sleep(0.3)
    world.wait_for_books(30)


def test_without_room_in_the_backlog_the_database_still_counts_as_there(
    deferring: None, alone: Alone, anna: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Logins are answered; only who can't be acknowledged hears nothing (D19)."""
    monkeypatch.setattr(backlog, "RECORDS_MAX", 0)
    monkeypatch.setattr(pipeline, "BATCH_SECONDS_MAX", 0.5)
    here, nas = alone
    assert nas.ask("acct", record(nas, "s1"), 1.5) is None
    assert here.server.attempts.totals["D19", "acct"] == 1
    assert here.server.health.is_up
    assert is_let_in(nas, "berta", DEVICE)
