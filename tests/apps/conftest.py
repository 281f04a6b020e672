from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:  # a conftest is read before Django is set up
    from world import World


@pytest.fixture
def world(db: None) -> World:
    import world

    return world.make()


@pytest.fixture
def scoped_world(world: World, as_web: None) -> Iterator[World]:
    """The same, seen with the web's rights and in the scope of the café."""
    from hotgate.apps.core import scope

    scope.limit_to([world.operator.id])
    yield world
    scope.limit_to([])
