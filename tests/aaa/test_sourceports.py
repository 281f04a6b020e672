"""From which addresses which NASes can be told something."""

from __future__ import annotations

import pytest

from aaa.running import SECRET, Nas, running
from aaa.seeded import World
from aaa.test_accounting import DEVICE, START
from aaa.test_orders import Listener, acknowledge, order, settled
from hotgate.aaa.server import Server
from hotgate.aaa.sourceports import destination
from hotgate.radius.server import Role


@pytest.mark.parametrize(
    ("bound", "host", "expected"),
    [
        ("0.0.0.0", "192.0.2.1", "192.0.2.1"),
        ("198.51.100.1", "192.0.2.1", "192.0.2.1"),
        ("0.0.0.0", "::ffff:192.0.2.1", "192.0.2.1"),
        ("0.0.0.0", "2001:db8::1", None),
        ("::", "2001:db8::1", "2001:db8::1"),
        ("::", "192.0.2.1", "::ffff:192.0.2.1"),
        ("::ffff:198.51.100.1", "192.0.2.1", "::ffff:192.0.2.1"),
        ("::ffff:198.51.100.1", "2001:db8::1", None),
        ("2001:db8::2", "2001:db8::1", "2001:db8::1"),
        ("2001:db8::2", "192.0.2.1", None),
    ],
)
def test_a_socket_reaches_its_own_family_and_one_bound_anywhere_both(
    bound: str, host: str, expected: str | None
) -> None:
    assert destination(bound, host) == expected


class OnLoopback:
    """A server that listens everywhere, as a NAS on IPv4 knows it."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def address(self, role: Role) -> tuple[str, int]:
        return "127.0.0.1", self._server.address(role)[1]


def test_a_server_bound_to_all_of_ipv6_sends_its_orders_to_a_nas_on_ipv4(world: World, host: str) -> None:
    listener = Listener(host, acknowledge)
    world.nas(host, SECRET, coa_port=listener.port)
    with running(auth=("::", 0), acct=("::", 0)) as here:
        nas = Nas(OnLoopback(here.server), host)  # type: ignore[arg-type]
        assert nas.tell(START, "s1", name="anna", device=DEVICE, seconds=0) is not None
        world.wait_for_books()
        order(world, "disconnect", "by_staff")
        assert len(listener.wait_for()) == 1
        assert settled(world) == ("disconnect", "acknowledged")
        nas.close()
    listener.close()
