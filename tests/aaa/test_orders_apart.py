"""An order that can't be sent, or not now, is nobody else's trouble."""

from __future__ import annotations

import time

import pytest

from aaa.running import SECRET, Nas, Running
from aaa.seeded import Connect, World
from aaa.test_accounting import DEVICE, START, token_of
from aaa.test_orders import Gateway, Listener, acknowledge, closed, gateway, order, refuse, settled
from aaa.test_stale import LOST, ending, look
from hotgate.aaa import dynauth
from hotgate.aaa.sourceports import SourcePort
from hotgate.radius import attributes as attr
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.client import Sent
from hotgate.radius.packet import Packet, attribute, decode

__all__ = ["gateway"]  # a fixture

LOCK = "SELECT FROM subscriber WHERE id = %s FOR NO KEY UPDATE"
ODD = b"\xff\x00\xfe" * 84 + b"\\"  # 253 octets, as many as fit
TRIES = "SELECT tries FROM session_order WHERE operator_id = %s"
LONG_NAME = "UPDATE service_profile SET filter_id = repeat('x', 300), revision = revision + 1 WHERE id = %s"


class Town:
    """Another operator beside ours, with a NAS of such columns."""

    def __init__(self, aaa: Running, connect: Connect, host: str, secret: bytes = SECRET, **columns: object) -> None:
        connection = connect("owner")
        connection.autocommit = True
        self.neighbour = World(connection)
        address = host.replace("127.1.", "127.3.")
        self.neighbour.nas(address, secret, **columns)
        aaa.do(aaa.server._reload_clients())
        self.nas = Nas(aaa.server, address, ClientKey(secret))


def go_online(nas: Nas, world: World, session_id: str = "s1", *more: bytes, **plan: object) -> int:
    subscriber_id, _ = world.guest("anna", amount=10_000_000, **plan)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    assert nas.tell(START, session_id, *more, name="anna", token=token, device=DEVICE, seconds=0, at=time.time() - 5)
    world.wait_for_books()
    return subscriber_id


def is_sent_soon(listener: Listener, count: int = 1) -> bool:
    return len(listener.wait_for(count, 3)) >= count


# -- that can't be sent ------------------------------------------------------------------------------------------------


def test_a_nas_that_can_t_be_reached_from_here_holds_up_no_other(
    aaa: Running, gateway: Gateway, world: World, connect: Connect, host: str, caplog: pytest.LogCaptureFixture
) -> None:
    """IPv6 from a server on IPv4: uvloop raises ValueError, and that ended the round of every operator."""
    nas, listener = gateway(acknowledge)
    go_online(nas, world)
    town = Town(aaa, connect, host, coa_address="2001:db8::1")
    go_online(town.nas, town.neighbour)
    order(town.neighbour, "disconnect", "by_staff")
    order(world, "disconnect", "by_staff")
    assert is_sent_soon(listener)
    assert settled(town.neighbour) == ("disconnect", "not_possible")
    assert closed(town.neighbour) == (True, "closed_by_staff", True)
    assert "2001:db8::1 can't be reached from 127.0.0.1" in caplog.text


def test_what_the_socket_raises_is_a_datagram_lost(
    gateway: Gateway, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    nas, listener = gateway(acknowledge)
    for session_id in ("s1", "s2"):
        assert nas.tell(START, session_id, name="anna", device=DEVICE, seconds=0)
    world.wait_for_books()
    put = SourcePort._put
    failed: list[object] = []

    def fail_once(port: SourcePort, address: tuple[str, int], sent: Sent) -> None:
        put(port, address if failed else ("no address", 1), sent)
        failed.append(sent)

    monkeypatch.setattr(SourcePort, "_put", fail_once)
    order(world, "disconnect", "by_staff")
    assert len(listener.wait_for(1, 1.5)) == 1  # the other one
    assert len(listener.wait_for(2)) == 2  # and the first when it was sent again


def test_another_operator_s_orders_to_the_same_address_lose_none_of_ours(
    aaa: Running, gateway: Gateway, world: World, connect: Connect, host: str
) -> None:
    """Any address for orders may be typed; signed by another secret they reach nobody there."""

    def acknowledge_late(packet: Packet) -> bytes:
        time.sleep(1)
        return acknowledge(packet)

    nas, listener = gateway(acknowledge_late)
    go_online(nas, world)
    town = Town(aaa, connect, host, b"a secret of the other's", coa_address=host, coa_port=listener.port)
    go_online(town.nas, town.neighbour)
    order(world, "disconnect", "by_staff")
    listener.wait_for()
    order(town.neighbour, "disconnect", "by_staff")
    assert settled(world) == ("disconnect", "acknowledged")


def test_an_answer_counts_though_its_nas_was_edited_meanwhile(aaa: Running, gateway: Gateway, world: World) -> None:
    def acknowledge_late(packet: Packet) -> bytes:
        time.sleep(1)
        return acknowledge(packet)

    nas, listener = gateway(acknowledge_late)
    for session_id in ("s1", "s2"):
        assert nas.tell(START, session_id, name="anna", device=DEVICE, seconds=0)
    world.wait_for_books()
    order(world, "disconnect", "by_staff", "s1")
    listener.wait_for()
    world.execute("UPDATE nas SET users_max = 40 WHERE operator_id = %s", world.operator_id)
    aaa.do(aaa.server._reload_clients())
    order(world, "disconnect", "by_staff", "s2")
    listener.wait_for(2)
    time.sleep(1.5)
    outcomes = world.rows("SELECT outcome FROM session_order WHERE operator_id = %s", world.operator_id)
    assert outcomes == [("acknowledged",), ("acknowledged",)]
    assert len(set(listener.ports)) == 1


def test_an_order_that_does_not_fit_into_a_packet_is_tried_again_later_and_alone(
    aaa: Running, gateway: Gateway, world: World, connect: Connect, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynauth, "TRIES_MAX", 2)
    monkeypatch.setattr(dynauth, "RETRY_SECONDS", 0)
    nas, listener = gateway(acknowledge)
    go_online(nas, world)
    town = Town(aaa, connect, host, maker="aruba")
    profile_id = town.neighbour.profile()
    go_online(town.nas, town.neighbour, profile_id=profile_id)
    town.neighbour.execute(LONG_NAME, profile_id)
    order(town.neighbour, "reauthorize", "changed")
    order(world, "disconnect", "by_staff")
    assert is_sent_soon(listener)
    assert settled(town.neighbour) == ("reauthorize", "not_possible")
    assert closed(town.neighbour, 0.3)[0] is False


# -- ids that are no text ----------------------------------------------------------------------------------------------


def test_an_order_names_the_session_by_the_octets_that_its_nas_sent(gateway: Gateway, world: World) -> None:
    nas, listener = gateway(acknowledge)
    go_online(nas, world, "", attribute(attr.ACCT_SESSION_ID, ODD))
    order(world, "disconnect", "by_staff")
    (request,) = listener.wait_for()
    assert request.first(attr.ACCT_SESSION_ID) == ODD
    assert settled(world) == ("disconnect", "acknowledged")


def test_two_sessions_whose_ids_are_no_text_are_two(gateway: Gateway, world: World) -> None:
    nas, _ = gateway(acknowledge)
    for session_id in (b"\xff\xfe", b"\xfe\xff"):
        assert nas.tell(START, "", attribute(attr.ACCT_SESSION_ID, session_id), name="anna", device=DEVICE, seconds=0)
    assert world.value("SELECT count(*) FROM access_session WHERE operator_id = %s", world.operator_id) == 2


def test_a_name_that_is_no_text_is_left_out_of_an_order(gateway: Gateway, world: World) -> None:
    """By another name than its own the NAS would find nobody, and our record would end."""
    nas, listener = gateway(acknowledge)
    name = attribute(attr.USER_NAME, b"\xff" * 253)
    assert nas.tell(START, "s1", name, device=DEVICE, seconds=0)
    world.wait_for_books()
    order(world, "disconnect", "by_staff")
    (request,) = listener.wait_for()
    assert request.first(attr.USER_NAME) is None
    assert request.first(attr.ACCT_SESSION_ID) == b"s1"


def kept_endings(world: World) -> list[Packet]:
    rows = world.rows(
        "SELECT packet FROM packet_journal WHERE operator_id = %s AND source = '0.0.0.0'", world.operator_id
    )
    return [decode(bytes(packet)) for (packet,) in rows]


def forget_octets(world: World) -> None:
    """As versions stored such an id that kept no octets."""
    sql = "UPDATE access_session SET acct_session_id = repeat(chr(65533), 100) WHERE operator_id = %s"
    world.execute(sql, world.operator_id)


def test_a_session_whose_id_an_older_version_did_not_keep_is_closed_here_and_no_other_there(
    aaa: Running, gateway: Gateway, world: World
) -> None:
    nas, listener = gateway(acknowledge)
    go_online(nas, world)
    forget_octets(world)
    order(world, "disconnect", "by_staff")
    assert settled(world) == ("disconnect", "not_possible")
    assert closed(world) == (True, "closed_by_staff", True)
    assert listener.requests == []


def test_silence_ends_a_session_whose_id_an_older_version_did_not_keep(aaa: Running, nas: Nas, world: World) -> None:
    go_online(nas, world)
    forget_octets(world)
    look(aaa, 60)
    assert ending(world) == LOST
    (packet,) = kept_endings(world)
    assert packet.first(attr.ACCT_SESSION_ID) == ("\ufffd" * 84).encode()


def test_silence_ends_a_session_whose_id_is_no_text(aaa: Running, nas: Nas, world: World) -> None:
    go_online(nas, world, "", attribute(attr.ACCT_SESSION_ID, ODD))
    look(aaa, 60)
    assert ending(world) == LOST
    (packet,) = kept_endings(world)
    assert packet.first(attr.ACCT_SESSION_ID) == ODD


# -- whose rows somebody holds -----------------------------------------------------------------------------------------


def test_a_subscriber_whose_row_is_held_holds_up_no_other_order(
    aaa: Running, gateway: Gateway, world: World, connect: Connect, host: str
) -> None:
    nas, listener = gateway(acknowledge)
    go_online(nas, world)
    town = Town(aaa, connect, host)
    held = connect("owner")
    held.execute(LOCK, [go_online(town.nas, town.neighbour)])
    order(town.neighbour, "disconnect", "used_up")  # what is left is looked at under the lock
    time.sleep(0.5)
    order(world, "disconnect", "by_staff")
    begun = time.monotonic()
    assert is_sent_soon(listener)
    assert time.monotonic() - begun < 1.5
    time.sleep(3)
    assert town.neighbour.value(TRIES, town.neighbour.operator_id) <= 1  # this was none
    held.rollback()
    assert wait_for_try(town.neighbour) == 1


def wait_for_try(world: World) -> int:
    """How often the operator's order was leased and sent."""
    sql = "SELECT tries FROM session_order WHERE operator_id = %s AND leased_by IS NOT NULL"
    ends_at = time.monotonic() + 5
    while world.value(sql, world.operator_id) is None and time.monotonic() < ends_at:
        time.sleep(0.05)
    return int(world.value(sql, world.operator_id) or 0)


def test_a_closing_whose_row_is_held_waits_and_the_other_orders_go_on(
    aaa: Running, gateway: Gateway, world: World, connect: Connect, host: str
) -> None:
    nas, listener = gateway(acknowledge)
    go_online(nas, world)
    address = host.replace("127.1.", "127.3.")
    gone = Listener(address, refuse(503))
    town = Town(aaa, connect, host, coa_port=gone.port)
    held = connect("owner")
    held.execute(LOCK, [go_online(town.nas, town.neighbour)])
    order(town.neighbour, "disconnect", "by_staff")
    gone.wait_for()
    time.sleep(0.5)
    order(world, "disconnect", "by_staff")
    begun = time.monotonic()
    assert is_sent_soon(listener)
    assert time.monotonic() - begun < 1.5
    assert settled(town.neighbour) == ("disconnect", "gone")
    assert closed(town.neighbour, 0.1)[0] is False
    held.rollback()
    assert closed(town.neighbour) == (True, "lost", True)
    gone.close()
