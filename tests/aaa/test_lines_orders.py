"""Lines on CoA and Disconnect that need no test file of their own (docs/requirements/radius.md)."""

from __future__ import annotations

import time

import pytest

from aaa.running import Nas, Running
from aaa.seeded import World
from aaa.test_access import DEVICE, PASSWORD
from aaa.test_accounting import START, token_of
from aaa.test_orders import Gateway, acknowledge, gateway, order, refuse, settled, silent
from hotgate.domain import causes
from hotgate.radius import attributes as attr
from hotgate.radius import client
from hotgate.radius.packet import Code, Packet

__all__ = ["gateway"]  # a fixture

SESSIONS = 600  # two ports have 512 identifiers

MAY_IDENTIFY = {
    attr.USER_NAME,
    attr.ACCT_SESSION_ID,
    attr.FRAMED_IP_ADDRESS,
    attr.CALLING_STATION_ID,
    attr.EVENT_TIMESTAMP,
    attr.MESSAGE_AUTHENTICATOR,
}


def online(nas: Nas, world: World, **guest: object) -> None:
    world.guest("anna", amount=10_000_000, **guest)
    token = token_of(nas.login("anna", PASSWORD, DEVICE))
    nas.tell(START, "s1", name="anna", token=token, device=DEVICE, seconds=0, ip="10.0.0.9", at=time.time())


def test_a_disconnect_carries_nothing_but_what_identifies(gateway: Gateway, world: World) -> None:
    """X2, X4"""
    nas, listener = gateway(acknowledge)
    online(nas, world)
    order(world, "disconnect", "by_staff")
    (request,) = listener.wait_for()
    assert request.code == Code.DISCONNECT_REQUEST
    assert {kind for kind, _ in request.attributes} <= MAY_IDENTIFY
    assert abs(int.from_bytes(request.first(attr.EVENT_TIMESTAMP) or b"", "big") - time.time()) < 60
    assert request.attributes[0][0] == attr.MESSAGE_AUTHENTICATOR


def test_limits_that_a_nas_refuses_become_a_disconnect(gateway: Gateway, world: World) -> None:
    """X3: a CoA is all or nothing, so a NAK 401 leaves the old limits; a new login brings the new ones."""

    def reply(packet: Packet) -> bytes:
        return refuse(401)(packet) if packet.code == Code.COA_REQUEST else acknowledge(packet)  # type: ignore[return-value]

    nas, listener = gateway(reply)
    online(nas, world)
    order(world, "reauthorize", "changed")
    requests = listener.wait_for(2)
    assert [each.code for each in requests] == [Code.COA_REQUEST, Code.DISCONNECT_REQUEST]
    assert settled(world) == ("reauthorize", "acknowledged")


def test_a_nas_that_takes_no_coa_is_sent_none(gateway: Gateway, world: World) -> None:
    nas, listener = gateway(acknowledge, maker="ubiquiti")
    online(nas, world)
    order(world, "reauthorize", "changed")
    (request,) = listener.wait_for()
    assert request.code == Code.DISCONNECT_REQUEST


def test_a_nas_without_volume_limits_keeps_its_session_when_volume_is_added(gateway: Gateway, world: World) -> None:
    """It holds no limit that would be in the way: new times are all it needs, and our count ends the session."""
    nas, listener = gateway(acknowledge, maker="wispr")
    online(nas, world)
    order(world, "reauthorize", "changed")
    (request,) = listener.wait_for()
    assert request.code == Code.COA_REQUEST
    assert request.first(attr.ACCT_INTERIM_INTERVAL) is not None


def test_a_mikrotik_with_a_volume_limit_logs_in_anew(gateway: Gateway, world: World) -> None:
    """Standards §1.10: RouterOS takes no Total-Limit by CoA."""
    nas, listener = gateway(acknowledge, maker="mikrotik")
    online(nas, world)
    order(world, "reauthorize", "changed")
    (request,) = listener.wait_for()
    assert request.code == Code.DISCONNECT_REQUEST


@pytest.mark.parametrize(
    ("maker", "told"), [("standard", "acknowledged"), ("mikrotik", "refused"), ("wispr", "unknown")]
)
def test_X8_a_probe_by_coa_changes_nothing_whatever_the_answer(
    gateway: Gateway, world: World, monkeypatch: pytest.MonkeyPatch, maker: str, told: str
) -> None:
    """A refusal of other limits would become a Disconnect; of this one it is an answer."""
    monkeypatch.setattr(client, "ACCESS_TIMERS", client.Timers(initial=0.2, tries=2))
    replies = {"acknowledged": acknowledge, "refused": refuse(401), "unknown": silent}
    nas, listener = gateway(replies[told], maker=maker)
    online(nas, world)
    order(world, "reauthorize", causes.PROBE_BY_COA)
    assert settled(world) == ("reauthorize", told)
    assert {each.code for each in listener.requests} == {Code.COA_REQUEST}
    assert listener.requests[0].first(attr.ACCT_INTERIM_INTERVAL) is not None
    assert world.value("SELECT stopped_at FROM access_session WHERE operator_id = %s", world.operator_id) is None


def test_X4_more_orders_than_identifiers_leave_from_more_ports(gateway: Gateway, world: World) -> None:
    """Within five minutes no source port uses an identifier twice, for the NAS would take it for a copy."""
    nas, listener = gateway(acknowledge)
    world.guest("anna", profile_id=world.profile(devices_max=None))
    token = token_of(nas.login("anna", PASSWORD, DEVICE))
    for number in range(SESSIONS):
        nas.tell(START, f"s{number}", name="anna", token=token, device=DEVICE, seconds=0, at=time.time())
    world.wait_for_books()
    order(world, "disconnect", "by_staff")
    requests = listener.wait_for(SESSIONS, seconds=20)
    names = {each.first(attr.ACCT_SESSION_ID) for each in requests}
    assert len(names) == SESSIONS
    sent = {(port, each.identifier) for port, each in zip(listener.ports, requests, strict=True)}
    assert len(sent) == SESSIONS
    assert len(set(listener.ports)) == 3


def test_nobody_s_orders_are_taken(aaa: Running, nas: Nas) -> None:
    """X5: this server sends CoA and takes none; on its ports such a packet has no meaning (D6)."""
    request = bytes((Code.COA_REQUEST, 1, 0, 20)) + bytes(16)
    for role in ("auth", "acct"):
        assert nas.ask(role, request, 0.2) is None
