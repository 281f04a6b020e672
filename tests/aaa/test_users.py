"""Users as gateways meet them: whoever they are (HN-1), by hotspot and by PPPoE (HN-2), behind a silent one (HN-15)."""

from __future__ import annotations

import html
import socket
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from aaa.running import Nas, Running, number
from aaa.seeded import World, code_of
from aaa.test_accounting import DEVICE, INTERIM, START, STOP, token_of, used_of
from aaa.test_stale import MEGABYTE, give_up
from hotgate.radius import attributes as attr
from hotgate.radius.authenticator import ClientKey
from hotgate.radius.packet import Code

if TYPE_CHECKING:
    from web.office import Office

LOGIN, FRAMED, PPP = 1, 2, 1  # Service-Type and Framed-Protocol, RFC 2865 §5.6, §5.7
PPPOE = number(attr.SERVICE_TYPE, FRAMED) + number(attr.FRAMED_PROTOCOL, PPP) + number(attr.NAS_PORT_TYPE, 15)
HOTSPOT = number(attr.SERVICE_TYPE, LOGIN) + number(attr.NAS_PORT_TYPE, 19)


@pytest.mark.parametrize("who", ["a person with name and password", "a code", "a device"])
def test_HN_1_a_user_is_a_person_a_code_or_a_device(aaa: Running, nas: Nas, world: World, who: str) -> None:
    plan_id = world.plan(amount=10 * MEGABYTE, for_devices=who == "a device")
    if who == "a code":
        code_of(world, "K7QM3XWP2A", plan_id)
        login = ("K7QM3XWP2A", "K7QM3XWP2A")
    elif who == "a device":
        world.execute("UPDATE nas SET mac_login = true WHERE operator_id = %s", world.operator_id)
        aaa.do(aaa.server._reload_clients())
        subscriber_id = world.subscriber(f"mac:{DEVICE}", None, kind="device")
        world.entitlement(subscriber_id, plan_id, amount=10 * MEGABYTE)
        login = (DEVICE, DEVICE)
    else:
        world.entitlement(world.subscriber("anna"), plan_id, amount=10 * MEGABYTE)
        login = ("anna", "secret-word")
    token = token_of(nas.login(*login, DEVICE))
    nas.tell(START, "s1", name=login[0], token=token, device=DEVICE, seconds=0, at=time.time() - 60)
    nas.tell(STOP, "s1", name=login[0], token=token, device=DEVICE, seconds=60, octets_out=MEGABYTE, at=time.time())
    owners = world.rows("SELECT subscriber_id, used FROM entitlement WHERE operator_id = %s", world.operator_id)
    assert [(owner is not None, used) for owner, used in owners] == [(True, MEGABYTE)]


@pytest.mark.parametrize("maker", ["standard", "mikrotik"])
def test_HN_2_one_user_logs_in_by_hotspot_and_by_pppoe(aaa: Running, nas: Nas, world: World, maker: str) -> None:
    """Service-Type and Framed-Protocol tell the two apart; the user and what it holds are the same."""
    world.execute("UPDATE nas SET maker = %s WHERE operator_id = %s", maker, world.operator_id)
    aaa.do(aaa.server._reload_clients())
    subscriber_id = world.subscriber("anna", chap=True)
    entitlement_id = world.entitlement(subscriber_id, world.plan(amount=10 * MEGABYTE), amount=10 * MEGABYTE)
    for session, more, by_chap in (("hotspot", HOTSPOT, False), ("pppoe", PPPOE, True)):
        token = token_of(nas.login("anna", "secret-word", DEVICE, more, chap=by_chap))
        told: dict[str, Any] = {"name": "anna", "token": token, "device": DEVICE}
        nas.tell(START, session, more, seconds=0, at=time.time() - 60, **told)
        nas.tell(STOP, session, more, seconds=60, octets_out=2 * MEGABYTE, at=time.time(), **told)
    sessions = (
        "SELECT acct_session_id, subscriber_id, octets_out FROM access_session WHERE operator_id = %s ORDER BY id"
    )
    assert world.rows(sessions, world.operator_id) == [
        ("hotspot", subscriber_id, 2 * MEGABYTE),
        ("pppoe", subscriber_id, 2 * MEGABYTE),
    ]
    assert used_of(world, entitlement_id) == 4 * MEGABYTE


def test_HN_2_who_is_refused_by_hotspot_is_refused_by_pppoe(nas: Nas, world: World) -> None:
    subscriber_id, _ = world.guest("anna", amount=10 * MEGABYTE)
    world.insert("hold", operator_id=world.operator_id, kind="staff", subscriber_id=subscriber_id)
    told = [nas.login("anna", "secret-word", DEVICE, more) for more in (HOTSPOT, PPPOE)]
    assert [reply.code if reply else None for reply in told] == [Code.ACCESS_REJECT] * 2
    assert len({reply.first(attr.REPLY_MESSAGE) for reply in told if reply}) == 1


@pytest.fixture
def cafe(transactional_db: None, database_url: str) -> Office:
    from hotgate.apps.core import scope
    from web import office

    with scope.of():
        return office.open_cafe()


@pytest.fixture
def mute(aaa: Running, cafe: Office, host: str) -> Iterator[Nas]:
    """The café's gateway, which tells what happens and answers no order."""
    from hotgate.apps.core import scope
    from hotgate.apps.network.models import Nas as Row
    from web import office

    deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)  # what arrives here is never read
    deaf.bind((host, 0))
    with scope.of(cafe.operator.id):
        Row.objects.filter(id=cafe.nas.id).update(address=host, coa_port=deaf.getsockname()[1])
    aaa.do(aaa.server._reload_clients())
    nas = Nas(aaa.server, host, ClientKey(office.SECRET.encode()))
    yield nas
    nas.close()
    deaf.close()


def test_HN_15_staff_disconnect_at_a_silent_gateway_from_the_page_to_the_charge(
    aaa: Running, mute: Nas, cafe: Office
) -> None:
    """Online, Disconnect on the page, silence, the warning, an Interim that opens it again and is charged (HN-A5)."""
    from django.test import Client

    from hotgate.apps.core import scope
    from hotgate.apps.operators.actor import COMMAND_LINE
    from hotgate.apps.subscribers import welcome
    from web import office

    with scope.of(cafe.operator.id):
        made = welcome.welcome_subscriber(
            by=COMMAND_LINE, now=office.now(), operator=cafe.operator, name="mia", password="long enough",
            plan=cafe.plans["1 GB"],
        )  # fmt: skip
    token = token_of(mute.login("mia", "long enough", DEVICE))
    told: dict[str, Any] = {"name": "mia", "token": token, "device": DEVICE}
    begins = time.time() - 5
    mute.tell(START, "s1", seconds=0, at=begins, **told)
    client, page = Client(), f"/users/{made.subscriber.uuid}/"
    client.force_login(cafe.staff["manager"])
    assert client.post(f"{page}disconnect/").status_code == 302
    give_up(aaa)
    warning = "is unreachable, so the user could not be disconnected there. The session was closed here anyway."
    assert wait_for(client, page, warning)
    assert session(cafe) == (True, True, 0)
    mute.tell(INTERIM, "s1", seconds=60, octets_in=MEGABYTE, at=begins + 60, **told)
    assert session(cafe) == (False, False, MEGABYTE)
    assert "/disconnect/" in client.get(page).content.decode(), "online again, and may be disconnected again"
    with scope.of(cafe.operator.id):
        made.entitlement.refresh_from_db()
    assert made.entitlement.used == MEGABYTE


def session(cafe: Office) -> tuple[bool, bool, int]:
    """(is over, closed here only, octets) of the only one."""
    from hotgate.apps.core import scope
    from hotgate.apps.usage.models import AccessSession

    with scope.of(cafe.operator.id):
        row = AccessSession.objects.get(operator=cafe.operator)
    return row.stopped_at is not None, row.closed_locally, row.octets_in + row.octets_out


def wait_for(client: Any, page: str, words: str, seconds: float = 5) -> bool:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        if words in html.unescape(client.get(page).content.decode()):
            return True
        time.sleep(0.05)
    return False
