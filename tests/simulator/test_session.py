"""The guest's state machine without a socket: what falls due, when, and with what counters."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.radius.attributes import AcctStatusType, TerminateCause
from hotgate.simulator import session as sessions
from hotgate.simulator.grant import Grant
from hotgate.simulator.session import Deadline, Report, Session, Wish

T = 1_800_000_000.25  # a start that is no whole second
MB = 1_000_000


def online(grant: Grant, wish: Wish, *, interim: int | None = 10, enforces_volume: bool = True) -> Session:
    return sessions.begin("1", T, grant, wish, interim_asked=interim, enforces_volume=enforces_volume)[0]


def lived(session: Session | None, until: float = T + 10**6) -> list[tuple[Deadline, Report]]:
    assert session is not None
    rest, happened = sessions.advance(session, until)
    assert rest is None
    return happened


# rate 8 Mbit/s moves 1 MB a second
@pytest.mark.parametrize(
    ("grant", "wish", "why", "seconds", "octets"),
    [
        (Grant(), Wish(25 * MB, None, 8 * MB), Deadline.GUEST_LEAVES, 25, 25 * MB),
        (Grant(), Wish(25 * MB, 60, 8 * MB), Deadline.GUEST_LEAVES, 60, 25 * MB),
        (Grant(), Wish(None, 60, 8 * MB), Deadline.GUEST_LEAVES, 60, 60 * MB),
        (Grant(session_seconds=12), Wish(None, None, 8 * MB), Deadline.SESSION_TIMEOUT, 12, 12 * MB),
        (Grant(octets_total=7 * MB), Wish(25 * MB, None, 8 * MB), Deadline.VOLUME_SPENT, 7, 7 * MB),
        (Grant(octets_in=2 * MB), Wish(25 * MB, None, 8 * MB, 20), Deadline.VOLUME_SPENT, 10, 10 * MB),
        (Grant(octets_out=4 * MB), Wish(25 * MB, None, 8 * MB, 20), Deadline.VOLUME_SPENT, 5, 5 * MB),
        (Grant(idle_seconds=30), Wish(5 * MB, 600, 8 * MB), Deadline.IDLE_TIMEOUT, 35, 5 * MB),
        (Grant(download_bps=4 * MB), Wish(5 * MB, None, 8 * MB, 20), Deadline.GUEST_LEAVES, 8, 5 * MB),
        (Grant(upload_bps=1 * MB), Wish(5 * MB, None, 8 * MB, 20), Deadline.GUEST_LEAVES, 8, 5 * MB),
        (Grant(octets_total=5 * MB), Wish(5 * MB, None, 8 * MB), Deadline.VOLUME_SPENT, 5, 5 * MB),
        (Grant(session_seconds=0), Wish(5 * MB, None, 8 * MB), Deadline.SESSION_TIMEOUT, 0, 0),
    ],
)
def test_a_session_ends_by_what_comes_first(grant: Grant, wish: Wish, why: Deadline, seconds: int, octets: int) -> None:
    what, stop = lived(online(grant, wish))[-1]
    assert (what, stop.seconds, stop.octets_in + stop.octets_out) == (why, seconds, octets)
    assert stop.kind is AcctStatusType.STOP


def test_counters_are_split_between_the_ways_without_loss() -> None:
    stop = lived(online(Grant(), Wish(1001, None, 8 * MB, 33)))[-1][1]
    assert (stop.octets_in, stop.octets_out) == (330, 671)
    assert stop.cause is TerminateCause.USER_REQUEST


def test_interims_come_as_asked_else_as_advised_else_each_minute() -> None:
    wish = Wish(None, 200)
    for interim, grant, count in (
        (10, Grant(interim_seconds=50), 19),
        (None, Grant(interim_seconds=50), 3),
        (None, Grant(), 3),
    ):
        happened = lived(online(grant, wish, interim=interim))
        assert [what for what, _ in happened].count(Deadline.INTERIM) == count


def test_a_nas_that_ignores_volume_goes_on() -> None:
    stop = lived(online(Grant(octets_total=MB), Wish(3 * MB, None, 8 * MB), enforces_volume=False))[-1][1]
    assert stop.octets_in + stop.octets_out == 3 * MB


def test_a_change_keeps_what_was_moved_and_takes_the_new_rate_from_now() -> None:
    session = online(Grant(), Wish(None, None, 8 * MB, 0))
    session = sessions.change(session, Grant(download_bps=4 * MB), T + 10)
    assert sessions.moved(session, T + 20) == 15 * MB
    session = sessions.change(session, Grant(octets_total=12 * MB), T + 20)
    assert sessions.next_deadline(session)[0] <= T + 20.1
    assert sessions.moved(session, T + 20) == 15 * MB


def test_each_packet_s_time_less_its_session_time_is_one_second() -> None:
    session, start = sessions.begin("1", T, Grant(), Wish(None, 33.9, 8 * MB), interim_asked=7)
    reports = [start, *(report for _, report in lived(session))]
    assert len({int(report.at) - report.seconds for report in reports}) == 1


@given(
    wakes=st.lists(st.floats(0, 120), max_size=8),
    limit=st.one_of(st.none(), st.integers(1, 10**10)),
    rate=st.integers(1000, 10**10),
)
def test_it_does_not_matter_when_the_machine_wakes(wakes: list[float], limit: int | None, rate: int) -> None:
    whole = online(Grant(octets_total=limit, session_seconds=100), Wish(None, None, rate), interim=9)
    expected = lived(whole)
    session: Session | None = whole
    heard: list[tuple[Deadline, Report]] = []
    for wake in [*sorted(wakes), 10**6]:
        if session is not None:
            session, happened = sessions.advance(session, T + wake)
            heard += happened
    assert heard == expected
    used = [report.octets_in + report.octets_out for _, report in heard]
    assert used == sorted(used)
    assert limit is None or used[-1] <= limit


def test_nothing_wanted_has_no_moment() -> None:
    assert sessions.moment_of(online(Grant(), Wish()), inf) == inf
