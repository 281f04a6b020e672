from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator

import psycopg
import pytest

from aaa import running as running_module
from aaa.running import SECRET, Nas, Running
from aaa.seeded import Connect, World

_hosts = itertools.count(1)


@pytest.fixture(scope="module")
def aaa(database_url: str) -> Iterator[Running]:
    """One AAA process for the tests of a module."""
    with running_module.running() as here:
        yield here


@pytest.fixture
def world(connect: Connect) -> Iterator[World]:
    connection = connect("owner")
    connection.autocommit = True
    world = World(connection)
    yield world
    # tables are emptied next, and a booking under way would be in the way of that
    with contextlib.suppress(AssertionError, psycopg.Error):
        world.wait_for_books(5)


@pytest.fixture
def host() -> str:
    """An address of loopback that no other test uses."""
    number = next(_hosts)
    return f"127.1.{number // 250}.{number % 250 + 1}"


@pytest.fixture
def nas(aaa: Running, world: World, host: str) -> Iterator[Nas]:
    """A NAS that the server knows."""
    world.nas(host, SECRET)
    aaa.do(aaa.server._reload_clients())
    nas = Nas(aaa.server, host)
    yield nas
    nas.close()


@pytest.fixture
def alone(world: World, host: str) -> Iterator[tuple[Running, Nas]]:
    """A server of this test's own."""
    world.nas(host, SECRET)
    with running_module.running() as here:
        nas = Nas(here.server, host)
        yield here, nas
        nas.close()
