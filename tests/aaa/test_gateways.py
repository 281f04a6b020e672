"""A gateway that takes only so many users at once (HN-W16), and realms of some of the sites (HN-W3)."""

from __future__ import annotations

import itertools
import time

import pytest

from aaa.running import SECRET, Nas, Running
from aaa.seeded import World
from aaa.test_access import PASSWORD, code_of, reason_told, receive_all
from aaa.test_accounting import START, STOP
from hotgate.domain.reasons import TEXTS, Reason
from hotgate.radius.packet import Code

IN, FULL = Code.ACCESS_ACCEPT, TEXTS[Reason.GATEWAY_FULL].guest
_devices = itertools.count(1)


def device() -> str:
    return f"AA-BB-CC-02-00-{next(_devices):02X}"


@pytest.fixture
def small(aaa: Running, nas: Nas, world: World) -> Nas:
    """Takes two."""
    world.execute("UPDATE nas SET users_max = 2 WHERE operator_id = %s", world.operator_id)
    aaa.do(aaa.server._reload_clients())
    return nas


@pytest.mark.parametrize("plan", [{"measure": "traffic", "amount": 9_000_000}, {"measure": "none"}])
def test_HN_W16_a_gateway_that_is_full_refuses_until_somebody_leaves(small: Nas, world: World, plan: dict) -> None:  # type: ignore[type-arg]
    unlimited = world.profile(devices_max=None)
    for name in ("anna", "berta", "carla"):
        world.guest(name, profile_id=unlimited, **plan)
    first, second, third = device(), device(), device()
    assert code_of(small.login("anna", PASSWORD, first)) == IN
    assert code_of(small.login("berta", PASSWORD, second)) == IN
    assert reason_told(small.login("carla", PASSWORD, third)) == FULL
    assert code_of(small.login("anna", PASSWORD, first)) == IN, "who is there already may log in again"
    small.tell(START, "s1", name="anna", device=first, seconds=0, at=time.time() - 5)
    assert reason_told(small.login("carla", PASSWORD, third)) == FULL
    small.tell(STOP, "s1", name="anna", device=first, seconds=5, at=time.time())
    assert code_of(small.login("carla", PASSWORD, third)) == IN
    assert reason_told(small.login("anna", PASSWORD, first)) == FULL


def test_HN_W16_who_is_refused_anyway_is_told_why_and_not_that_it_is_full(small: Nas, world: World) -> None:
    for name in ("anna", "berta"):
        world.guest(name, amount=9_000_000)
        assert code_of(small.login(name, PASSWORD, device())) == IN
    assert reason_told(small.login("nobody", PASSWORD, device())) == TEXTS[Reason.UNKNOWN_NAME].guest
    assert reason_told(small.login("anna", "wrong", device())) == TEXTS[Reason.WRONG_PASSWORD].guest


def test_HN_W16_of_thirty_logins_at_once_as_many_get_in_as_there_is_room_for(small: Nas, world: World) -> None:
    names = [f"guest{n}" for n in range(30)]
    for name in names:
        world.guest(name, amount=9_000_000)
    sent = [small.access_request(name, PASSWORD, device()) for name in names]
    for octets in sent:
        small.socket.sendto(octets, small.server.address("auth"))
    codes = sorted(filter(None, (code_of(reply) for reply in receive_all(small, sent))))
    assert codes == [IN] * 2 + [Code.ACCESS_REJECT] * 28


def test_HN_W16_a_gateway_without_a_number_takes_everybody_and_other_gateways_are_not_counted(
    aaa: Running, small: Nas, world: World, host: str
) -> None:
    other = f"127.4.{host.split('.', 2)[2]}"
    world.nas(other, SECRET)
    aaa.do(aaa.server._reload_clients())
    big = Nas(aaa.server, other)
    for n in range(4):
        world.guest(f"guest{n}", amount=9_000_000)
        assert code_of(big.login(f"guest{n}", PASSWORD, device())) == IN
    big.close()
    world.guest("anna", amount=9_000_000)
    assert code_of(small.login("anna", PASSWORD, device())) == IN


def test_HN_W3_credentials_work_at_every_gateway_of_the_realms_sites_and_at_no_other(
    aaa: Running, nas: Nas, world: World, host: str
) -> None:
    """A chain of houses: registered once, welcome in each; one of them is left out of the realm afterwards."""
    sites = [world.site_id, *(world.insert("site", operator_id=world.operator_id, name=name) for name in ("B", "C"))]
    gateways = [nas]
    for n, site_id in enumerate(sites[1:], start=5):
        address = f"127.{n}.{host.split('.', 2)[2]}"
        world.nas(address, SECRET, site_id=site_id)
        gateways.append(Nas(aaa.server, address))
    aaa.do(aaa.server._reload_clients())
    world.guest("anna", amount=9_000_000)
    mac = device()
    assert [code_of(each.login("anna", PASSWORD, mac)) for each in gateways] == [IN] * 3
    for site_id in sites[:2]:
        world.execute(
            "INSERT INTO realm_site (operator_id, realm_id, site_id) VALUES (%s, %s, %s)",
            *(world.operator_id, world.realm_id, site_id),
        )
    assert [code_of(each.login("anna", PASSWORD, mac)) for each in gateways] == [IN, IN, Code.ACCESS_REJECT]
    assert reason_told(gateways[2].login("anna", PASSWORD, mac)) == TEXTS[Reason.REALM_NOT_HERE].guest
    for each in gateways[1:]:
        each.close()
