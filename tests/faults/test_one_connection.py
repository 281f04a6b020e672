"""Two tasks that share one connection take turns; neither meets the other's half-finished round trip."""

from __future__ import annotations

import asyncio

import psycopg

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
