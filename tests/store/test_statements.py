"""Each statement on both kinds of connection, Django's and the AAA server's, over the same rows."""

from __future__ import annotations

import asyncio
import importlib
import pkgutil
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from aaa.running import SECRET, Nas, configuration, running
from aaa.seeded import Connect, World, code_of
from aaa.test_accounting import story, tell_all
from hotgate import database, environment, store, vault
from hotgate.domain import codes
from hotgate.domain.sessions import Session
from hotgate.store import access, accounting, db, orders
from hotgate.store.accounting import Stored
from hotgate.store.db import Command, Statement, ints, literals, octets, texts, times


def all_statements() -> dict[str, Statement[Any]]:
    found: dict[str, Statement[Any]] = {}
    for module in pkgutil.iter_modules(store.__path__):
        values = vars(importlib.import_module(f"hotgate.store.{module.name}")).items()
        found |= {name: value for name, value in values if isinstance(value, Statement)}
    return found


STATEMENTS = all_statements()


@pytest.mark.parametrize("name", sorted(STATEMENTS))
def test_a_statement_bears_its_name_and_a_caption(name: str) -> None:
    assert STATEMENTS[name].name == name
    assert STATEMENTS[name].caption


@pytest.fixture
def told(world: World) -> World:
    """A world in which somebody has been online, with a wallet, a voucher and an order."""
    host = f"127.3.0.{world.number % 250 + 1}"
    world.nas(host, SECRET)
    wallet = world.insert(
        "ledger_account", operator_id=world.operator_id, kind="wallet", currency="EUR", balance_minor=5
    )
    plan_id = world.plan(amount=10_000_000, cycle_period="month", cycle_count=3)
    world.entitlement(world.subscriber("anna", wallet_id=wallet), plan_id, amount=10_000_000)
    code_of(world, "ABCD-EFGH-JK", plan_id)
    world.entitlement(world.subscriber("berta"), world.plan(measure="none"))
    with running() as here:
        nas = Nas(here.server, host)
        tell_all(nas, story("s1", b"", time.time() - 900, 3, 1_000_000)[:2])
        nas.close()
    subscriber_id = world.value("SELECT min(id) FROM subscriber WHERE operator_id = %s", world.operator_id)
    world.execute(
        "INSERT INTO slot (subscriber_id, device, operator_id, taken_at, expires_at) VALUES (%s, 'x', %s, %s, %s)",
        *(subscriber_id, world.operator_id, "2020-01-01T00:00:00Z", "2020-01-01T00:01:00Z"),
    )
    return world


def parameters(world: World) -> dict[str, tuple[Any, ...]]:
    """What each reading statement is asked."""
    nas_id, session_id, started = world.rows(
        "SELECT nas_id, id, started_at FROM access_session WHERE operator_id = %s", world.operator_id
    )[0]
    subscriber_id = world.value("SELECT min(id) FROM subscriber WHERE operator_id = %s", world.operator_id)
    plan_id = world.value("SELECT min(id) FROM plan WHERE operator_id = %s", world.operator_id)
    named = ints([world.operator_id]), texts(["anna"])
    index = vault.code_index(world.keys.code_index, codes.normalise("ABCD-EFGH-JK"))
    return {
        "LOAD_ACCESS_STATES": named,
        "LOAD_STATES_BY_NAME": named,
        "LOAD_READY_LOGINS": (ints([world.operator_id]), texts(["berta"])),
        "LOAD_ACCOUNTS": (ints([subscriber_id]),),
        "LOCK_SUBSCRIBERS": (ints([subscriber_id]),),
        "LOCK_NAMED": named,
        "LOAD_PLANS": (ints([plan_id]),),
        "LOAD_SESSIONS": (ints([nas_id]), texts(["s1"]), times([started]), times([started])),
        "LOAD_NEAREST_SESSIONS": (ints([nas_id]), texts(["s1"]), times([started]), texts([""])),
        "LOAD_SESSIONS_BY_ID": (ints([session_id]),),
        "LOAD_POINTS": (ints([session_id]), started),
        "LIST_NAS_SESSIONS": (ints([nas_id]),),
        "NAME_SUBSCRIBERS": named,
        "LOCK_NAS": (ints([nas_id]),),
        "LOAD_NAS": (),
        "LOCK_CROWDS": (ints([nas_id]),),
        "LOAD_CROWDS": (ints([nas_id]), started),
        "NAS_VERSION": (),
        "LOAD_VOUCHERS": (ints([world.operator_id]), octets([index])),
        "LIST_SILENT_SESSIONS": (started, started + timedelta(days=2), 1000),
        "LIST_LAPSED_SLOTS": (started, 1000),
        "READ_JOURNAL": (started, world.operator_id),
    }


def test_both_connections_give_the_same_values(told: World, django_db_blocker: Any) -> None:
    from django.db import connection as django

    with django_db_blocker.unblock():
        for name, given in parameters(told).items():
            by_django = STATEMENTS[name].fetch(django, *given)
            by_aaa = asyncio.run(fetch_async(STATEMENTS[name], given))
            assert by_django, name
            assert by_django == by_aaa == db.at_once(django, (STATEMENTS[name], given))[0], name
            assert [list(map(type, row)) for row in by_django] == [list(map(type, row)) for row in by_aaa], name
        django.close()


async def fetch_async(statement: Statement[Any], given: tuple[Any, ...]) -> list[Any]:
    connection = await psycopg.AsyncConnection.connect(**configuration().conninfo, autocommit=True)
    async with connection:
        become = configuration().become
        if become:
            await connection.execute(become.encode())
        db.adapt_connection(connection)
        return await statement.afetch(connection, *given)


def test_every_reading_statement_is_among_those_compared(told: World) -> None:
    writing = {
        "ADVANCE_QUIETLY",
        "RESERVE_SESSION_IDS",
        "RESERVE_CLAIM_IDS",
        "CLAIM_VOUCHERS",
        "COUNT_TRY",
        "LEASE_ORDERS",
        "POST_TRANSFERS",
        "TAKE_TURN",
        "ARRIVAL_FACTS",  # of the web only
        "SAVE_ARRIVAL",
        "DEFER_RECORDS",
        "TAKE_DEFERRED",
        "SPAN_DEFERRED",
        "LIST_DEFERRED",
        "LIST_HELD",  # of the AAA server only
    }
    reading = {name for name, each in STATEMENTS.items() if not isinstance(each, Command)}
    assert reading - writing == parameters(told).keys()


def test_the_web_reads_states_without_secrets_and_none_with_them(told: World, connect: Connect) -> None:
    web = connect("web")
    web.execute("SELECT set_config('hotgate.operators', %s, false)", [f"{{{told.operator_id}}}"])
    given = ints([told.operator_id]), texts(["anna"])
    (row,) = access.LOAD_STATES_BY_NAME.fetch(web, *given)
    assert (row.pap_digest, row.sealed) == (None, None)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        access.LOAD_ACCESS_STATES.fetch(web, *given)


def test_text_of_every_kind_comes_back_as_it_went_in(world: World) -> None:
    odd = ["", "NULL", 'a"b', "a\\b", "{}", "a,b", "ä€😀", " x ", "a'b"]
    echo = Statement("ECHO", "what went in", "SELECT * FROM unnest($1::text[])", access.Locked)
    assert [row.id for row in echo.fetch(world.connection, texts(odd))] == odd
    assert [row.id for row in echo.fetch(world.connection, texts(["a\0b", None]))] == ["a\ufffdb", None]
    assert [row.id for row in echo.fetch(world.connection, literals([*odd, "a\0b", None]))] == [*odd, "a\ufffdb", None]


def test_arrays_become_numbered_rows(world: World) -> None:
    rows = db.rows_of("id bigint, flags text::text[]", numbered=True)
    given = Statement("GIVEN", "what went in", f"SELECT * FROM {rows} AS k", tuple)
    assert given.fetch(world.connection, ints([7, None]), texts(["{a,b}", "{}"])) == [(1, 7, ["a", "b"]), (2, None, [])]
    assert given.fetch(world.connection, ints([]), texts([])) == []


def test_a_session_is_stored_with_the_address_of_its_device_and_a_number_of_its_own(world: World) -> None:
    begun = datetime(2026, 6, 20, 12, tzinfo=UTC)
    devices = "0A-11-22-33-44-FF", "ab-cd-ef-gh-ij-kl", "phone"
    nas_id = world.nas(f"127.4.0.{world.number % 250 + 1}", SECRET)
    sessions = [
        Session(nas_id, device, *[begun] * 3, id=number, device=device)
        for number, device in enumerate(devices, 1 << 40)
    ]
    columns = accounting.insert_columns([Stored(each, world.operator_id, None, "") for each in sessions])
    accounting.INSERT_SESSIONS.fetch(world.connection, *columns)
    rows = world.rows(
        "SELECT mac::text, uuid FROM access_session WHERE operator_id = %s ORDER BY id", world.operator_id
    )
    assert [mac for mac, _ in rows] == ["0a:11:22:33:44:ff", None, None]
    assert {each.version for _, each in rows} == {7}
    assert len({each for _, each in rows}) == 3


def test_an_order_is_leased_by_one_and_settled_by_its_generation(told: World, connect: Connect) -> None:
    (session_id, nas_id) = told.rows("SELECT id, nas_id FROM access_session WHERE operator_id = %s", told.operator_id)[
        0
    ]

    def put(kind: str) -> None:
        ids = ints([session_id]), ints([told.operator_id]), ints([nas_id])
        orders.PUT_ORDERS.fetch(told.connection, *ids, texts([kind]), texts([""]), "{2026-06-20T12:00:00Z}")

    def lease() -> list[orders.Leased]:
        return orders.LEASE_ORDERS.fetch(told.connection, ints([nas_id]), "test", 60, 10)

    told.execute("DELETE FROM session_order WHERE operator_id = %s", told.operator_id)
    put("reauthorize")
    (first,) = lease()
    assert lease() == []
    put("reauthorize")
    assert lease() == [], "the same wish, still open, changes nothing"
    put("disconnect")
    (second,) = lease()
    assert (second.kind, second.generation) == ("disconnect", first.generation + 1)
    orders.SETTLE_ORDER.fetch(told.connection, session_id, first.generation, "acknowledged")
    open_orders = "SELECT count(*) FROM session_order WHERE settled_at IS NULL AND operator_id = %s"
    assert told.value(open_orders, told.operator_id) == 1, "an answer to an older wish settles nothing"


def test_the_aaa_role_is_no_owner(connect: Connect) -> None:
    assert environment.current().key is not None
    assert database.login("aaa") == "hotgate_aaa"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connect("aaa").execute("DELETE FROM transfer")
