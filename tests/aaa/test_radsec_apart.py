"""RADIUS over TLS: no other operator and no dead connection keeps a gateway out."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Iterator

import pytest

from aaa.authority import Authority, fingerprint
from aaa.running import SECRET, Running
from aaa.seeded import Connect as Database
from aaa.seeded import World
from aaa.test_accounting import START
from aaa.test_radsec import Connect, Stream, aaa, authority, connect_as, files, gateway, is_welcome
from hotgate.aaa import radsec

__all__ = ["aaa", "authority", "connect_as", "files", "gateway"]  # fixtures


class Neighbour(World):
    """Another operator, whose NAS has this address."""

    address: str


@pytest.fixture
def neighbour(aaa: Running, connect: Database, host: str) -> Iterator[Neighbour]:
    connection = connect("owner")
    connection.autocommit = True
    there = Neighbour(connection)
    there.address = host.replace("127.1.", "127.3.")
    yield there
    there.execute("UPDATE nas SET enabled = false, identifier = '' WHERE operator_id = %s", there.operator_id)
    aaa.do(aaa.server._reload_clients())


def nas_of(world: World, stream: Stream) -> list[int]:
    """Whose NAS speaks there: as whose its session is booked."""
    session_id = secrets.token_hex(4)
    assert stream.tell(START, session_id, name="x", seconds=0)
    return [
        nas_id for (nas_id,) in world.rows("SELECT nas_id FROM access_session WHERE acct_session_id = %s", session_id)
    ]


@pytest.mark.parametrize("name", ["gw.EXAMPLE", "gw.example", "by fingerprint"])
def test_another_operator_s_nas_of_the_same_name_neither_keeps_ours_out_nor_takes_its_place(
    aaa: Running, gateway: int, connect_as: Connect, world: World, authority: Authority, neighbour: Neighbour, name: str
) -> None:
    """The form takes any identifier, and MikroTik's is everybody's."""
    files = authority.sign("gw.example", "gw.example")
    before = connect_as(files=files)
    assert is_welcome(before)
    told = f"sha256:{fingerprint(files[0])}" if name == "by fingerprint" else name
    neighbour.nas(neighbour.address, SECRET, identifier=told)
    aaa.do(aaa.server._reload_clients())
    assert is_welcome(before)
    assert nas_of(world, connect_as(files=files)) == [gateway]


def test_an_older_nas_that_takes_on_a_name_is_not_the_first(
    aaa: Running, neighbour: Neighbour, connect_as: Connect, world: World, host: str
) -> None:
    older = neighbour.nas(neighbour.address, SECRET, identifier="other.example")
    ours = world.nas(host, SECRET, identifier="gw2.example")
    neighbour.execute("UPDATE nas SET identifier = 'GW2.example' WHERE id = %s", older)
    neighbour.execute("UPDATE nas SET identifier = 'gw2.example', identifier_since = '2020-01-01' WHERE id = %s", older)
    aaa.do(aaa.server._reload_clients())
    assert nas_of(world, connect_as("gw2.example")) == [ours]
    world.execute("UPDATE nas SET enabled = false WHERE id = %s", ours)


def test_a_nas_that_is_switched_off_keeps_its_name_from_other_operators(
    aaa: Running, gateway: int, connect_as: Connect, world: World, neighbour: Neighbour
) -> None:
    neighbour.nas(neighbour.address, SECRET, identifier="gw.example")
    world.execute("UPDATE nas SET enabled = false WHERE id = %s", gateway)
    aaa.do(aaa.server._reload_clients())
    assert not is_welcome(connect_as())


def test_a_name_that_two_operators_had_before_is_that_of_who_gives_it_anew(
    aaa: Running, gateway: int, connect_as: Connect, world: World, neighbour: Neighbour
) -> None:
    """Who had it first was not written down then."""
    neighbour.nas(neighbour.address, SECRET, identifier="gw.example")
    world.execute("ALTER TABLE nas DISABLE TRIGGER nas_identifier_since")
    world.execute("UPDATE nas SET identifier_since = NULL WHERE lower(identifier) = 'gw.example'")
    world.execute("ALTER TABLE nas ENABLE TRIGGER nas_identifier_since")
    aaa.do(aaa.server._reload_clients())
    assert not is_welcome(connect_as())
    for name in ("", "gw.example"):
        world.execute("UPDATE nas SET identifier = %s WHERE id = %s", name, gateway)
    aaa.do(aaa.server._reload_clients())
    assert nas_of(world, connect_as()) == [gateway]


# -- whom nobody hears any more ----------------------------------------------------------------------------------------


def test_the_kernel_finds_out_about_a_nas_that_lost_its_power(aaa: Running, gateway: int, connect_as: Connect) -> None:
    assert is_welcome(connect_as())
    (connection,) = (each for each in aaa.server.radsec.connections if each.nas_id == gateway)
    connected = connection._transport.get_extra_info("socket")  # type: ignore[union-attr]
    assert connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
    options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
    assert [connected.getsockopt(socket.IPPROTO_TCP, option) for option in options] == [60, 15, 4, 120_000]


def test_the_quietest_connection_makes_room_for_another_of_its_nas(
    gateway: int, connect_as: Connect, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that lost its power sixty-four times was kept out by its own dead connections."""
    monkeypatch.setattr(radsec, "CONNECTIONS_PER_NAS_MAX", 3)
    files = authority.sign("gw.example", "gw.example")
    first, quiet, third = (connect_as(files=files) for _ in range(3))
    for each in (quiet, first, third):
        assert is_welcome(each)
    fourth = connect_as(files=files)
    assert is_welcome(fourth)
    assert quiet.is_closed()
    assert is_welcome(first)
    assert is_welcome(third)


def test_where_all_are_too_many_who_has_most_makes_room(
    aaa: Running,
    gateway: int,
    connect_as: Connect,
    authority: Authority,
    neighbour: Neighbour,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(radsec, "CONNECTIONS_MAX", 3)
    neighbour.nas(neighbour.address, SECRET, identifier="greedy.example")
    aaa.do(aaa.server._reload_clients())
    files = authority.sign("greedy.example", "greedy.example")
    ours = connect_as()
    assert is_welcome(ours)
    quiet, other = connect_as(files=files), connect_as(files=files)
    assert is_welcome(quiet)
    assert is_welcome(other)
    assert is_welcome(connect_as(files=authority.sign("gw.example")))
    assert quiet.is_closed()
    assert is_welcome(ours)
    assert is_welcome(other)
