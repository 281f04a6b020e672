from __future__ import annotations

import pytest

from aaa.seeded import Connect, World


@pytest.fixture
def world(connect: Connect) -> World:
    connection = connect("owner")
    connection.autocommit = True
    return World(connection)
