"""Answers that no packet holds: silence for whom they concern, and for nobody else."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from aaa.running import SECRET, Nas, Running
from aaa.seeded import Connect, World
from aaa.test_access import DEVICE, OTHER, PASSWORD, code_of
from aaa.test_accounting import START
from aaa.test_backlog import nothing_is_booked
from hotgate.radius import attributes as attr
from hotgate.radius.packet import PACKET_OCTETS_MAX, Code, attribute

THIRD = "AA-BB-CC-00-00-03"


def full(request_of: Callable[[bytes], bytes]) -> bytes:
    """A request as long as a packet may be, by its Proxy-States. All of them have to be in the reply."""
    left = PACKET_OCTETS_MAX - len(request_of(b""))
    whole, rest = divmod(left - 3, 255)  # the last one has an octet at least
    states = attribute(attr.PROXY_STATE, b"x" * 253) * whole + attribute(attr.PROXY_STATE, b"x" * (rest + 1))
    return request_of(states)


def full_login(nas: Nas, password: str = PASSWORD) -> bytes:
    return full(lambda states: nas.access_request("anna", password, DEVICE, states))


def test_an_accept_that_no_packet_holds_is_not_sent_and_its_request_is_forgotten(
    aaa: Running, nas: Nas, world: World
) -> None:
    world.guest("anna", amount=10_000_000)
    totals = aaa.server.attempts.totals
    before, busy = totals["T7", "auth"], totals["D19", "auth"]
    octets = full_login(nas)
    assert len(octets) == PACKET_OCTETS_MAX
    for times in (1, 2):  # the second is no duplicate of what is being worked on (D12)
        assert nas.ask("auth", octets, 0.3) is None
        assert totals["T7", "auth"] - before == times
    assert totals["D19", "auth"] == busy
    assert code_of(nas.login("anna", PASSWORD, DEVICE)) == Code.ACCESS_ACCEPT


def test_neither_is_a_reject_though_its_delay_is_over(aaa: Running, world: World, host: str) -> None:
    world.nas(host, SECRET, reject_delay_ms=100)
    aaa.do(aaa.server._reload_clients())
    nas, before = Nas(aaa.server, host), aaa.server.attempts.totals["T7", "auth"]
    assert nas.ask("auth", full_login(nas, "guess"), 0.6) is None
    assert aaa.server.attempts.totals["T7", "auth"] == before + 1
    assert len(aaa.server.rejects) == 0
    nas.close()


def test_what_answers_accounting_always_fits(nas: Nas, world: World) -> None:
    octets = full(lambda states: nas.record(START, "s1", states, name="anna", seconds=0))
    reply = nas.ask("acct", octets)
    assert reply is not None
    assert len(octets) == PACKET_OCTETS_MAX
    assert reply.all(attr.PROXY_STATE)[0] == b"x" * 253


@pytest.mark.parametrize("is_proxied", [True, False], ids=["Proxy-States", "the plan's own filter"])
def test_who_is_in_one_batch_with_it_is_answered(
    alone: tuple[Running, Nas], world: World, connect: Connect, is_proxied: bool
) -> None:
    _, nas = alone
    holder, _ = world.guest("holder", amount=1_000_000)
    world.guest("berta", amount=1_000_000)
    world.guest("anna", amount=1_000_000, profile_id=world.profile(filter_id="" if is_proxied else "x" * 300))
    sent = [
        nas.access_request("holder", PASSWORD, THIRD),
        full_login(nas) if is_proxied else nas.access_request("anna", PASSWORD, DEVICE),
        nas.access_request("berta", PASSWORD, OTHER),
    ]
    with nothing_is_booked(connect, holder):
        for octets in sent:
            nas.socket.sendto(octets, nas.server.address("auth"))
            time.sleep(0.05)  # the first waits for its row, and the others are the next batch
    assert {code_of(nas.receive(octets, 2)) for octets in (sent[0], sent[2])} == {Code.ACCESS_ACCEPT}
