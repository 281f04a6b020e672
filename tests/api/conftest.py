from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection

if TYPE_CHECKING:
    from api.program import Program
    from web.office import Office


@pytest.fixture
def cafe(db: None) -> Office:
    from hotgate.apps.core import scope
    from web import office

    with scope.of():
        return office.open_cafe()


@pytest.fixture
def hotel(cafe: Office) -> Office:
    from hotgate.apps.core import scope
    from web import office

    with scope.of():
        return office.open_hotel()


@pytest.fixture
def program(cafe: Office) -> Iterator[Callable[..., Program]]:
    """program("manager", scopes=[…]): another program with a token of the café, and the rights that the web has."""
    from api.program import Program, token_for

    def of(role: str = "owner", office: Office = cafe, **settings: Any) -> Program:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
        made = token_for(office, role, **settings)
        with connection.cursor() as cursor:
            cursor.execute("SET ROLE hotgate_web")
        return Program(made.secret, made.token)

    yield of
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")


@pytest.fixture
def api(program: Callable[..., Program]) -> Program:
    """A program that may do everything."""
    return program()


@pytest.fixture
def places(api: Program, cafe: Office) -> dict[str, Any]:
    """Address parameter → an id that is there."""
    made = api.post("/users", {"plan": str(cafe.plans["1 hour"].uuid)}).json()
    batch = api.post("/voucher-batches", {"plan": str(cafe.plans["1 hour"].uuid), "size": 1}).json()
    profile = api.post("/profiles", {"name": "Fast"}).json()
    return {
        "user": made["user"]["id"],
        "entitlement": made["entitlement"]["id"],
        "voucher": batch["codes"][0]["voucher"],
        "profile": profile["id"],
        "batch": api.post("/card-batches", {"size": 1}).json()["batch"]["id"],
        "nas": str(cafe.nas.uuid),
        "session": str(cafe.nas.uuid),
        "required": {
            "plan": str(cafe.plans["1 GB"].uuid), "size": 1, "user": made["user"]["id"], "code": "ABCD", "name": "n",
            "mac": "02-00-5E-10-00-01", "site": str(cafe.site.uuid), "address": "203.0.113.9", "secret": "x" * 20,
            "minor": 100,
            "associations": [{"device": "02-00-5E-10-00-01", "access_point": "02-00-5E-10-00-02",
                              "began_at": "2026-03-01T18:03:11Z"}],
        },
    }  # fmt: skip
