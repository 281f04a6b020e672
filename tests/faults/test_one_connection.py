"""Two tasks that share one connection take turns; neither meets the other's half-finished round trip."""

from __future__ import annotations

import asyncio
from typing import Any

import psycopg
import pytest

from aaa.running import configuration
from hotgate.store import db
from hotgate.store.network import LOAD_NAS, NAS_VERSION

SECONDS = 20.0


def test_statements_sent_at_once_on_one_connection_take_turns(database_url: str) -> None:
    async def at_once() -> list[object]:
        connection = await psycopg.AsyncConnection.connect(**configuration().conninfo, autocommit=True)
        db.adapt_connection(connection)
        async with connection:
            asked = [statement.afetch(connection) for _ in range(20) for statement in (NAS_VERSION, LOAD_NAS)]
            return list(await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), SECONDS))

    answers = asyncio.run(at_once())
    assert [each for each in answers if isinstance(each, BaseException)] == []


def test_a_database_that_hangs_up_while_nobody_asks_leaves_the_loop_at_rest(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken = 0
    heard = db._heard

    def counted(*told: Any) -> None:
        nonlocal woken
        woken += 1
        heard(*told)

    async def hung_up() -> None:
        connection = await psycopg.AsyncConnection.connect(**configuration().conninfo, autocommit=True)
        db.adapt_connection(connection)
        await NAS_VERSION.afetch(connection)
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
        await asyncio.sleep(0.2)
        db.let_go(connection)
        connection.pgconn.finish()

    monkeypatch.setattr(db, "_heard", counted)
    asyncio.run(hung_up())
    assert 1 <= woken <= 3
