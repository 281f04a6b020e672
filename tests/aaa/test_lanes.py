"""When the database has to read its disk, more is asked of it at once; while it need not, batches stay whole."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from time import monotonic

import pytest

from aaa.running import SECRET, Nas, configuration, running
from aaa.seeded import World
from aaa.test_accounting import story, tell_all
from aaa.test_deferring import named
from hotgate.aaa import backlog, booker, lanes, server
from hotgate.aaa.backlog import Backlog, Deferred
from hotgate.aaa.booker import Booker
from hotgate.aaa.lanes import Lane


@pytest.mark.parametrize(
    ("took", "each"),
    [
        ([], 0.0),
        ([0.05] * 15, 0.0),  # it has not seen enough to say so
        ([0.05] * 16, 0.05 - lanes.BATCH_SECONDS),
        ([0.05] * 15 + [0.001], 0.001 - lanes.BATCH_SECONDS),  # the others were held up by something else
    ],
)
def test_a_lane_tells_what_the_quickest_of_its_last_batches_took(
    monkeypatch: pytest.MonkeyPatch, took: list[float], each: float
) -> None:
    now = 100.0

    async def settle(batch: list[float]) -> None:
        nonlocal now
        now += batch[0]

    async def settled() -> float:
        lane = Lane(settle, batch_max=1, queue_max=100)
        for seconds in took:
            lane.put(seconds)
        task = asyncio.create_task(lane.run())
        await asyncio.sleep(0)
        await lane.drain()
        task.cancel()
        return lane.seconds_each

    monkeypatch.setattr(lanes, "monotonic", lambda: now)
    assert asyncio.run(settled()) == pytest.approx(each)


@pytest.mark.parametrize(("seconds", "used"), [(0.0, 1), (server.SLOW_SECONDS * 2, server.SLOW_LANES)])
def test_logins_go_to_all_lanes_while_each_takes_long(seconds: float, used: int) -> None:
    here = server.Server(configuration())
    for _ in range(lanes.RECENT):
        here._auth_lanes[0]._note(seconds)
    found = {id(here._lane_for((1, f"user{n}"))) for n in range(200)}
    assert len(found) == used


@pytest.mark.parametrize(
    ("took", "waited", "when", "books"),
    [
        (0.0, 0.0, None, True),
        (0.0, 0.0, "is_much", False),
        (0.0, 1.0, "is_much", True),  # the first booker does not come to it
        (4.0, 0.0, "is_much", True),
        (0.0, 1.0, "is_slow", False),
        (4.0, 0.0, "is_slow", True),
    ],
)
def test_who_helps_out_books_only_while_the_first_is_held_up_or_the_database_takes_long(
    monkeypatch: pytest.MonkeyPatch, took: float, waited: float, when: str | None, books: bool
) -> None:
    monkeypatch.setattr(backlog, "SLOW_SECONDS", 0.5)
    waiting, taken = Backlog(), []

    async def settle(batches: Sequence[Deferred]) -> bool:
        taken.extend(batches)
        return True

    async def run() -> None:
        waiting.done([], took)
        waiting.put(1, named("anna"), b"")
        waiting._waiting[0] = waiting._waiting[0]._replace(since=monotonic() - waited)
        is_wanted = None if when is None else lambda: bool(getattr(waiting, when))
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(Booker(waiting, settle, is_wanted=is_wanted).run(), 0.3)

    asyncio.run(run())
    assert bool(taken) == books


@pytest.mark.parametrize("held_up", [(), (0,), (0, 1), (1,)])
def test_what_comes_goes_past_lanes_that_wait_for_somebody_s_lock(held_up: tuple[int, ...]) -> None:
    here = server.Server(configuration())
    for lanes_of_it in (here._auth_lanes, here._acct_lanes):
        for at in held_up:
            lanes_of_it[at]._idle.clear()
            lanes_of_it[at]._begun_at = monotonic() - 1
    assert not here._lane_for((1, "anna")).is_held_up
    assert here._acct_lane_for((1, "anna")).is_held_up == (len(held_up) == 2)


@pytest.mark.parametrize(
    ("is_first_under_way", "is_second_under_way", "comes_fast", "used"),
    [(False, False, False, 0), (True, False, False, 1), (True, True, False, 0), (True, False, True, 0)],
)
def test_a_record_does_not_wait_for_a_batch_under_way_unless_much_comes(
    monkeypatch: pytest.MonkeyPatch, is_first_under_way: bool, is_second_under_way: bool, comes_fast: bool, used: int
) -> None:
    here = server.Server(configuration())
    monkeypatch.setattr(Backlog, "comes_fast", comes_fast)
    for lane, is_under_way in zip(here._acct_lanes, (is_first_under_way, is_second_under_way), strict=True):
        if is_under_way:
            lane._idle.clear()
            lane._begun_at = monotonic()
    assert here._acct_lane_for((1, "anna")) is here._acct_lanes[used]


def test_a_booking_that_fails_in_a_way_that_nobody_foresaw_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(booker, "RETRY_SECONDS", 0.01)
    waiting, tries = Backlog(), iter((RuntimeError("the handler is closed"), False, True))

    async def settle(batches: Sequence[Deferred]) -> bool:
        outcome = next(tries)
        if isinstance(outcome, RuntimeError):
            raise outcome
        return outcome

    async def run() -> None:
        waiting.put(1, [], b"")
        booking = asyncio.create_task(Booker(waiting, settle).run())
        await asyncio.wait_for(waiting.settled(), 5)
        booking.cancel()

    asyncio.run(run())
    assert waiting.ids() == []


def test_four_who_book_lose_and_double_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "SLOW_SECONDS", -1.0)  # each is slow
    monkeypatch.setattr(backlog, "DEFERRED_FROM", 1)  # however slowly they come here
    host = f"127.3.4.{world.number % 250 + 1}"
    world.nas(host, SECRET)
    world.guest("anna")
    with running() as here:
        nas = Nas(here.server, host)
        for number in range(8):
            tell_all(nas, story(f"s{number}", b"", time.time() - 1800 - number, 6, 1_000_000))
        nas.close()
        assert here.server.backlog.is_slow
        assert here.server.backlog.deferred
        booked = world.value("SELECT sum(octets_out) FROM access_session WHERE operator_id = %s", world.operator_id)
    assert booked == 8 * 6_000_000


@pytest.mark.parametrize(
    ("is_worth_it", "waiting", "batches"),
    [(True, 3, [5]), (True, 4, [4, 1]), (False, 3, [3, 2])],
    ids=["few wait for more", "enough do not wait", "nobody waits where little goes on"],
)
def test_a_small_batch_waits_for_more_while_much_goes_on(is_worth_it: bool, waiting: int, batches: list[int]) -> None:
    async def settled() -> list[int]:
        taken: list[int] = []
        begun = asyncio.Event()

        async def settle(batch: list[int]) -> None:
            taken.append(len(batch))
            begun.set()

        gathering = lanes.Gathering(lambda: is_worth_it, 4, 0.05)
        lane = Lane(settle, batch_max=10, queue_max=100, gathering=gathering)
        for number in range(waiting):
            lane.put(number)
        task = asyncio.create_task(lane.run())
        if is_worth_it and waiting < 4:
            await asyncio.sleep(0)
        else:
            await begun.wait()
        for number in range(sum(batches) - waiting):
            lane.put(number)
        await lane.drain()
        task.cancel()
        return taken

    assert asyncio.run(settled()) == batches
