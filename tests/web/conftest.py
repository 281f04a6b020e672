from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test import Client

if TYPE_CHECKING:
    from web.office import Office


@pytest.fixture
def cafe(db: None) -> Office:
    from hotgate.apps.core import scope
    from web import office  # imports models, which exist only after Django is set up

    with scope.of():
        return office.open_cafe()


@pytest.fixture
def hotel(cafe: Office) -> Office:
    from hotgate.apps.core import scope
    from web import office

    with scope.of():
        return office.open_hotel()


@pytest.fixture
def sign_in(cafe: Office) -> Iterator[Callable[..., Client]]:
    """sign_in("cashier"): a browser of the café's cashier, with the database rights of the web."""

    def client_of(role: str = "owner", office: Office = cafe) -> Client:
        client = Client()
        client.force_login(office.staff[role])
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE hotgate_web")
        return client

    yield client_of
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.fixture
def page(sign_in: Callable[..., Client]) -> Callable[..., Any]:
    """page("/users/"): what the owner gets."""
    client = sign_in()
    return lambda address, **options: client.get(address, **options)
