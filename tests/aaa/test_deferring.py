"""When accounting is deferred, how much of it, and in what form it is written down."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.aaa import backlog
from hotgate.aaa.backlog import Backlog, Kept
from hotgate.aaa.pipeline import Entry

packets = st.binary(max_size=60).map(
    lambda octets: b"\4\1" + (20 + len(octets)).to_bytes(2, "big") + bytes(16) + octets
)
ids = st.integers(1, 2**63 - 1)
moments = st.floats(min_value=0, max_value=2**32)
records = st.builds(Kept, ids, ids, moments, st.ip_addresses().map(str), packets)


@given(st.lists(records, max_size=5))
def test_what_is_packed_comes_out_as_it_went_in(kept: list[Kept]) -> None:
    assert list(backlog.unpacked(backlog.packed(kept))) == kept


def test_no_more_is_acknowledged_than_can_soon_be_booked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "RECORDS_MAX", 4)

    async def fill() -> None:
        waiting = Backlog()
        waiting.put(1, named("anna", "berta", "carla"), b"")
        await asyncio.wait_for(waiting.room(), 1)
        waiting.put(2, named("dora"), b"")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(waiting.room(), 0.05)
        taken = waiting.take()
        assert [each.id for each in taken] == [1, 2]
        assert waiting.concerning([(1, "anna")])
        waiting.give_back(taken[1:])
        waiting.done(taken[:1])
        assert not waiting.concerning([(1, "anna")])
        await asyncio.wait_for(waiting.room(), 1)
        assert (len(waiting), waiting.ids()) == (1, [2])

    asyncio.run(fill())


def test_many_upon_one_another_are_deferred_although_they_come_one_by_one() -> None:
    waiting = Backlog()
    taken = [waiting.takes(named("a")) for _ in range(60)]
    assert (taken[:40], taken[55:]) == ([False] * 40, [True] * 5)


def test_while_little_comes_in_nothing_is_deferred_and_then_all_until_that_is_booked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(backlog, "DEFERRED_FROM", 3)
    waiting = Backlog()
    assert [waiting.takes(named(*"abcde"[:size])) for size in (1, 2, 3, 5)] == [False, False, True, True]
    waiting.put(1, named("a", "b", "c"), b"")
    assert waiting.takes(named("d"))


def test_it_is_crowded_while_something_waits_and_much_comes_in() -> None:
    waiting = Backlog()
    waiting.takes(named("a"))
    waiting.put(1, named("a"), b"")
    assert not waiting.is_crowded()
    waiting.takes(named(*["a"] * (int(backlog.CROWDED_FROM) + 1)))
    assert waiting.is_crowded()
    waiting.done(waiting.take())
    assert not waiting.is_crowded()


@pytest.mark.parametrize(
    ("records", "of_late", "seconds"),
    [(1, 1, backlog.CALM_GATHER_SECONDS), (1, 501, backlog.GATHER_SECONDS), (backlog.GATHERED, 501, None)],
)
def test_a_booking_waits_longer_for_more_while_it_is_crowded(
    monkeypatch: pytest.MonkeyPatch, records: int, of_late: int, seconds: float | None
) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    waiting = Backlog()
    waiting.takes(named(*["a"] * of_late))
    waiting.put(1, named(*["a"] * records), b"")
    asyncio.run(waiting.enough())
    assert waited == ([] if seconds is None else [seconds])


def named(*names: str) -> list[Entry]:
    return [cast(Entry, SimpleNamespace(name=(1, name), is_reboot=False)) for name in names]
