"""From the end of a quota to the NAS's acknowledgement, and to the refused next login."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from aaa.running import KEY, SECRET, Nas, Running
from aaa.seeded import World
from aaa.test_access import reason_told
from aaa.test_accounting import DEVICE, INTERIM, START, STOP, token_of
from hotgate.domain.reasons import TEXTS, Reason
from hotgate.radius import attributes as attr
from hotgate.radius import dynauth
from hotgate.radius.packet import Code, Packet

Reply = Callable[[Packet], bytes | None]


class Listener:
    """The NAS's port for CoA and Disconnect."""

    def __init__(self, host: str, reply: Reply) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.port = self.socket.getsockname()[1]
        self.requests: list[Packet] = []
        self.ports: list[int] = []  # from which each came
        self.reply = reply
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        while True:
            try:
                datagram, source = self.socket.recvfrom(4096)
            except OSError:
                return
            packet = dynauth.receive_request(datagram, KEY, int(time.time()))
            if not isinstance(packet, Packet):  # of a test beside this one, whose server had the port before
                continue
            self.ports.append(source[1])
            self.requests.append(packet)
            answer = self.reply(packet)
            if answer is not None:
                with contextlib.suppress(OSError):  # the test has just ended
                    self.socket.sendto(answer, source)

    def wait_for(self, count: int = 1, seconds: float = 5.0) -> list[Packet]:
        ends_at = time.monotonic() + seconds
        while len(self.requests) < count and time.monotonic() < ends_at:
            time.sleep(0.02)
        return self.requests

    def close(self) -> None:
        self.socket.close()


def acknowledge(packet: Packet) -> bytes:
    return dynauth.ack(packet, KEY)


def silent(_packet: Packet) -> None:
    return


def refuse(cause: int | None) -> Reply:
    return lambda packet: dynauth.nak(packet, KEY, cause)


def closed(world: World, seconds: float = 5.0) -> tuple[bool, str, bool]:
    """(over, reason, estimated) of the operator's only session; our record follows the order by a transaction."""
    ends_at = time.monotonic() + seconds
    sql = "SELECT stopped_at IS NOT NULL, close_reason, estimated FROM access_session WHERE operator_id = %s"
    while time.monotonic() < ends_at and not world.rows(sql, world.operator_id)[0][0]:
        time.sleep(0.05)
    return world.rows(sql, world.operator_id)[0]  # type: ignore[return-value]


def settled(world: World, seconds: float = 5.0) -> tuple[str, str] | None:
    """(kind, outcome) of the operator's only order, once it is settled."""
    ends_at = time.monotonic() + seconds
    sql = "SELECT kind, outcome FROM session_order WHERE operator_id = %s AND settled_at IS NOT NULL"
    while time.monotonic() < ends_at:
        rows = world.rows(sql, world.operator_id)
        if rows:
            return rows[0]  # type: ignore[return-value]
        time.sleep(0.05)
    return None


@pytest.fixture
def gateway(aaa: Running, world: World, host: str) -> Iterator[Callable[..., tuple[Nas, Listener]]]:
    """gateway(reply, maker=…): a NAS that listens for orders, and answers them so."""
    opened: list[Nas | Listener] = []

    def make(reply: Reply, **columns: object) -> tuple[Nas, Listener]:
        listener = Listener(host, reply)
        world.nas(host, SECRET, coa_port=listener.port, **columns)
        aaa.do(aaa.server._reload_clients())
        opened.extend((Nas(aaa.server, host), listener))
        return opened[-2], listener  # type: ignore[return-value]

    yield make
    for each in opened:
        each.close()


Gateway = Callable[..., tuple[Nas, Listener]]


def use_up(nas: Nas, world: World, octets: int = 10_500_000) -> bytes:
    """A session on a plan of 10 MB that has used so much of it."""
    world.guest("anna", amount=10_000_000)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    now = time.time() - 60
    nas.tell(START, "s1", name="anna", token=token, device=DEVICE, at=now, seconds=0, ip="10.0.0.9")
    nas.tell(
        INTERIM, "s1", name="anna", token=token, device=DEVICE, at=now + 60, seconds=60, octets_in=0, octets_out=octets
    )
    return token


def test_a_used_up_quota_is_cut_acknowledged_and_refused_next_time(gateway: Gateway, world: World) -> None:
    nas, listener = gateway(acknowledge)
    token = use_up(nas, world)
    (request,) = listener.wait_for()
    assert request.code == Code.DISCONNECT_REQUEST
    assert request.first(attr.ACCT_SESSION_ID) == b"s1"
    assert request.first(attr.USER_NAME) == b"anna"
    assert request.first(attr.FRAMED_IP_ADDRESS) == bytes((10, 0, 0, 9))
    assert settled(world) == ("disconnect", "acknowledged")
    nas.tell(STOP, "s1", name="anna", token=token, device=DEVICE, seconds=61, octets_in=0, octets_out=10_600_000)
    assert reason_told(nas.login("anna", "secret-word", DEVICE)) == TEXTS[Reason.USED_UP].guest
    assert world.value("SELECT used FROM entitlement WHERE operator_id = %s", world.operator_id) == 10_600_000
    kinds = world.rows("SELECT kind FROM event WHERE operator_id = %s", world.operator_id)
    assert ("EntitlementUsedUp",) in kinds
    jobs = """SELECT count(*) FROM procrastinate_jobs
               WHERE (args->>'event_id')::bigint IN (SELECT id FROM event WHERE operator_id = %s)"""
    assert world.value(jobs, world.operator_id) == len(kinds)


def test_session_not_found_closes_our_record(gateway: Gateway, world: World) -> None:
    """X7: 503 is success; the session ends at its last evidence."""
    nas, _ = gateway(refuse(503))
    use_up(nas, world)
    assert settled(world) == ("disconnect", "gone")
    assert closed(world) == (True, "lost", True)


def test_a_nak_without_a_cause_means_gone_only_to_makers_that_say_so(gateway: Gateway, world: World) -> None:
    nas, _ = gateway(refuse(None), maker="chillispot", octets_swapped=False)
    use_up(nas, world)
    assert settled(world) == ("disconnect", "gone")


def test_no_answer_is_unknown_and_the_stop_settles(gateway: Gateway, world: World) -> None:
    nas, listener = gateway(silent)
    token = use_up(nas, world)
    listener.wait_for()
    assert settled(world, 0.3) is None
    nas.tell(STOP, "s1", name="anna", token=token, device=DEVICE, seconds=61, octets_in=0, octets_out=10_600_000)
    assert settled(world) == ("disconnect", "stopped")


def test_credit_that_came_meanwhile_turns_a_cut_into_new_limits(gateway: Gateway, world: World) -> None:
    """The content is worked out when it is sent: 9 MB used and 1 + 5 MB left are a limit of 15 MB from the start."""
    nas, listener = gateway(acknowledge, maker="chillispot", octets_swapped=False)
    profile_id, now = world.profile(), time.time() - 60
    subscriber_id, _ = world.guest("anna", amount=10_000_000, profile_id=profile_id)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    nas.tell(START, "s1", name="anna", token=token, device=DEVICE, seconds=0, at=now)
    nas.tell(INTERIM, "s1", name="anna", token=token, device=DEVICE, seconds=60, octets_out=9_000_000, at=now + 60)
    world.entitlement(subscriber_id, world.plan(amount=5_000_000, profile_id=profile_id), amount=5_000_000)
    order(world, "disconnect", "used_up")
    (request,) = listener.wait_for()
    assert request.code == Code.COA_REQUEST
    assert request.vendor(attr.CHILLISPOT, 3) == (15_000_000).to_bytes(4, "big")
    assert settled(world) == ("disconnect", "acknowledged")
    lent = "SELECT slice_amount, session_id IS NOT NULL, expires_at FROM slot WHERE operator_id = %s"
    assert world.rows(lent, world.operator_id) == [(6_000_000, True, None)]


def test_staff_disconnects_whatever_is_left(gateway: Gateway, world: World) -> None:
    nas, listener = gateway(acknowledge)
    world.guest("anna", amount=10_000_000)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    nas.tell(START, "s1", name="anna", token=token, device=DEVICE, seconds=0)
    order(world, "disconnect", "by_staff")
    (request,) = listener.wait_for()
    assert request.code == Code.DISCONNECT_REQUEST


@pytest.mark.parametrize(("reason", "is_closed"), [("stuck", True), ("by_staff", False)])
def test_a_stuck_session_is_closed_even_where_the_gateway_refuses(
    gateway: Gateway, world: World, reason: str, is_closed: bool
) -> None:
    nas, listener = gateway(refuse(501))
    world.guest("anna", amount=10_000_000)
    token = token_of(nas.login("anna", "secret-word", DEVICE))
    nas.tell(START, "s1", name="anna", token=token, device=DEVICE, seconds=0)
    order(world, "disconnect", reason)
    listener.wait_for()
    assert closed(world, 5.0 if is_closed else 0.5)[0] == is_closed


def order(world: World, kind: str, reason: str, session_id: str = "%") -> None:
    world.execute(
        "INSERT INTO session_order (session_id, operator_id, nas_id, kind, reason)"
        " SELECT id, operator_id, nas_id, %s, %s FROM access_session"
        " WHERE operator_id = %s AND acct_session_id LIKE %s",
        kind,
        reason,
        world.operator_id,
        session_id,
    )
