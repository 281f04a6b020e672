"""Lines of the accounting checklist that need no test file of their own (docs/requirements/radius.md)."""

from __future__ import annotations

import socket
import time

from aaa.running import SECRET, Nas, Running, number
from aaa.seeded import World
from aaa.test_access import DEVICE, PASSWORD
from aaa.test_accounting import INTERIM, START, STOP, session_of, token_of, used_of
from hotgate.radius import attributes as attr
from hotgate.radius.packet import Code, attribute, vendor_attribute


def delayed(seconds: int) -> bytes:
    return number(attr.ACCT_DELAY_TIME, seconds)


def test_a_retransmission_under_a_new_identifier_counts_once(nas: Nas, world: World) -> None:
    """B3: with Acct-Delay-Time changed a NAS has to take a new Identifier, so the octets differ."""
    _, entitlement_id = world.guest("anna", amount=1_000_000)
    token = token_of(nas.login("anna", PASSWORD, DEVICE))
    told = {"name": "anna", "token": token, "device": DEVICE}
    for delay in (0, 5, 15):
        nas.tell(STOP, "s1", delayed(delay), seconds=60, octets_in=1_000, octets_out=2_000, **told)
    assert session_of(world, "s1") == (60, 1_000, 2_000, True)
    assert used_of(world, entitlement_id) == 3_000


def test_a_late_interim_lowers_nothing(nas: Nas, world: World) -> None:
    """B5, B7: counters are cumulative and the greatest stands."""
    world.guest("anna", amount=1_000_000)
    token = token_of(nas.login("anna", PASSWORD, DEVICE))
    now = time.time() - 600
    told = {"name": "anna", "token": token, "device": DEVICE}
    nas.tell(INTERIM, "s1", seconds=600, octets_in=6_000, octets_out=60_000, at=now + 600, **told)
    nas.tell(INTERIM, "s1", seconds=300, octets_in=3_000, octets_out=30_000, at=now + 300, **told)
    assert session_of(world, "s1") == (600, 6_000, 60_000, False)


def test_A26_the_time_of_each_change_of_address_is_kept(nas: Nas, world: World) -> None:
    """By the record's own time; one that comes late brings no old address back."""
    world.guest("anna", amount=1_000_000)
    token = token_of(nas.login("anna", PASSWORD, DEVICE))
    began = int(time.time()) - 600
    told = {"name": "anna", "token": token, "device": DEVICE}

    def tell(kind: int, seconds: int, ip: str, prefix: int) -> None:
        value = bytes((0, 64)) + socket.inet_pton(socket.AF_INET6, f"2001:db8:{prefix}::")[:8]
        ipv6 = attribute(attr.FRAMED_IPV6_PREFIX, value)
        nas.tell(kind, "s1", ipv6, seconds=seconds, octets_in=seconds, octets_out=0, ip=ip, at=began + seconds, **told)

    tell(START, 0, "10.0.0.1", 1)
    tell(INTERIM, 60, "10.0.0.1", 1)
    tell(INTERIM, 120, "10.0.0.1", 2)
    tell(INTERIM, 300, "10.0.0.2", 2)
    tell(INTERIM, 180, "10.0.0.1", 2)  # late
    tell(STOP, 360, "10.0.0.2", 2)
    kept = world.rows(
        "SELECT extract(epoch FROM until)::bigint - %s, host(framed_ip), framed_ipv6 FROM session_address"
        " WHERE operator_id = %s ORDER BY until",
        began,
        world.operator_id,
    )
    assert kept == [(120, "10.0.0.1", ["2001:db8:1::/64"]), (300, "10.0.0.1", ["2001:db8:2::/64"])]
    now = "SELECT host(framed_ip), framed_ipv6 FROM access_session WHERE operator_id = %s"
    assert world.rows(now, world.operator_id) == [("10.0.0.2", ["2001:db8:2::/64"])]


def test_one_guest_on_two_access_points_is_two_sessions_with_one_name_and_one_sum(nas: Nas, world: World) -> None:
    """B11: Acct-Multi-Session-Id links them; each has counters of its own, under the Class of the first login."""
    _, entitlement_id = world.guest("anna", amount=1_000_000)
    token = token_of(nas.login("anna", PASSWORD, DEVICE))
    multi = attribute(attr.ACCT_MULTI_SESSION_ID, b"roam-1")
    for session_id in ("ap1", "ap2"):
        nas.tell(START, session_id, multi, name="anna", token=token, device=DEVICE, seconds=0)
        nas.tell(STOP, session_id, multi, name="anna", token=token, seconds=60, octets_in=500, octets_out=1_000)
    sql = "SELECT acct_session_id, multi_session_id, octets_out FROM access_session WHERE operator_id = %s ORDER BY id"
    assert world.rows(sql, world.operator_id) == [("ap1", "roam-1", 1_000), ("ap2", "roam-1", 1_000)]
    assert used_of(world, entitlement_id) == 3_000


def test_what_accounting_should_not_carry_is_taken_and_forgotten(nas: Nas, world: World) -> None:
    """B14, B15: octets in an interim, unknown attributes, even a State: nothing is refused for them."""
    world.guest("anna", amount=1_000_000)
    token = token_of(nas.login("anna", PASSWORD, DEVICE))
    odd = attribute(attr.STATE, b"secret-state") + attribute(250, b"?") + vendor_attribute(65_000, 7, b"x")
    reply = nas.tell(INTERIM, "s1", odd, name="anna", token=token, seconds=60, octets_in=5, octets_out=7)
    assert reply is not None
    assert reply.code == Code.ACCOUNTING_RESPONSE
    assert session_of(world, "s1") == (60, 5, 7, False)


def test_the_station_s_own_words_are_kept_beside_its_address(nas: Nas, world: World) -> None:
    """A25"""
    world.guest("anna", amount=1_000_000)
    station = attribute(attr.CALLED_STATION_ID, b"AA-BB-CC-DD-EE-FF:Guests")
    nas.tell(START, "s1", station, name="anna", seconds=0, device="aabb.cc00.0001")
    sql = "SELECT called_station, device, mac::text FROM access_session WHERE operator_id = %s"
    assert world.rows(sql, world.operator_id) == [
        ("AA-BB-CC-DD-EE-FF:Guests", DEVICE, DEVICE.lower().replace("-", ":"))
    ]


def test_a_strict_nas_that_names_itself_otherwise_is_set_aside_and_answered(
    aaa: Running, world: World, host: str
) -> None:
    """D21"""
    world.nas(host, SECRET, identifier="gateway-1", strict=True)
    aaa.do(aaa.server._reload_clients())
    nas = Nas(aaa.server, host)
    reply = nas.tell(START, "s1", attribute(attr.NAS_IDENTIFIER, b"gateway-2"), name="anna", seconds=0)
    assert reply is not None
    assert reply.code == Code.ACCOUNTING_RESPONSE
    assert world.rows("SELECT reason FROM quarantine WHERE operator_id = %s", world.operator_id) == [("nas_mismatch",)]
    assert world.rows("SELECT id FROM access_session WHERE operator_id = %s", world.operator_id) == []
    nas.close()


def test_proxy_states_of_accounting_come_back(nas: Nas) -> None:
    """A7"""
    reply = nas.tell(START, "s1", attribute(attr.PROXY_STATE, b"p1") + attribute(attr.PROXY_STATE, b"p2"), seconds=0)
    assert reply is not None
    assert reply.all(attr.PROXY_STATE) == [b"p1", b"p2"]
