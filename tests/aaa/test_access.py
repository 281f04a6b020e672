"""Access-Requests over UDP, from the datagram to the committed row."""

from __future__ import annotations

from aaa.running import Nas, Running
from aaa.seeded import World

from hotgate.radius import attributes as attr
from hotgate.radius.packet import Code, Packet


def reply_text(packet: Packet | None) -> str:
    assert packet is not None
    return (packet.first(attr.REPLY_MESSAGE) or b"").decode()


def test_a_guest_logs_in_by_pap(nas: Nas, world: World) -> None:
    world.guest("anna", amount=10_000_000)
    reply = nas.login("Anna", "secret-word", "aa:bb:cc:00:00:01")
    assert reply is not None and reply.code == Code.ACCESS_ACCEPT
    assert world.rows("SELECT outcome, user_name, device FROM login_attempt WHERE operator_id = %s", world.operator_id) == [
        ("accepted", "Anna", "AA-BB-CC-00-00-01")
    ]
