"""Connections that are lost: one line in the log when the database goes or comes back, and everything goes on."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
import uvloop

from aaa.running import SECRET, Nas, running
from aaa.seeded import World
from hotgate.aaa.links import Health
from hotgate.aaa.server import Server
from hotgate.store import db


@pytest.mark.parametrize(
    ("reports", "levels"),
    [
        ([True, True], []),
        ([True, False, False, True], ["ERROR", "WARNING"]),
        ([False, False, True], ["ERROR", "WARNING"]),  # away from the start: that is an alarm, too
    ],
)
def test_news_of_the_database(reports: list[bool], levels: list[str], caplog: pytest.LogCaptureFixture) -> None:
    health = Health()
    for is_up in reports:
        health.report(is_up, "connection refused")
    assert [record.levelname for record in caplog.records] == levels
    assert health.is_up is reports[-1]


def test_where_uvloop_keeps_what_watched_a_lost_connection_the_next_is_watched_anew() -> None:
    """G11: `unable to perform operation on <UVPoll closed=True>`; whoever asked the database ended with that."""
    asked: list[int] = []

    def add(number: int, *told: Any) -> None:
        asked.append(number)
        if len(asked) == 1:
            raise RuntimeError("the handler is closed")

    async def watch(number: int) -> None:
        db._watch(asyncio.get_running_loop(), add, number, print)

    with socket.socket() as one, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(watch(one.fileno()))
        assert asked == [one.fileno()] * 2


def test_after_an_unforeseen_error_the_list_of_gateways_is_still_read_anew(
    world: World, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raised: list[str] = []
    reload = Server._reload

    async def once_in_vain(self: Server, connection: db.Aconnection) -> Any:
        if not raised and self.health.is_up:
            raised.append("once")
            raise RuntimeError("the handler is closed")
        return await reload(self, connection)

    with running() as here:
        monkeypatch.setattr(Server, "_reload", once_in_vain)
        world.nas(host, SECRET)
        world.guest("anna")
        nas = Nas(here.server, host)
        assert any(nas.login("anna", "secret-word", seconds=1.0) for _ in range(5))
        nas.close()
    assert raised
