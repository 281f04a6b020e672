"""Of very many sessions with one id a record finds its own among the nearest, as it would among all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hotgate.domain import metering, sessions
from hotgate.domain.crowded import nearest
from hotgate.domain.sessions import Record, RecordKind, Session

NOW = datetime(2026, 6, 20, 12, 0, tzinfo=UTC)
DEVICES = ("", "AA-BB-CC-00-00-01", "AA-BB-CC-00-00-02")
SPACING = 31  # seconds: no two began within the tolerance of one epoch
MOST = 3


@st.composite
def a_session(draw: st.DrawFn, place: int) -> Session:
    began = NOW - timedelta(seconds=SPACING * place)
    seconds = draw(st.sampled_from([0, 10, 400]))
    ended = began + timedelta(seconds=seconds)
    octets = draw(st.sampled_from([0, 700]))
    flags = draw(st.sampled_from([(), (sessions.Flag.CLOCK_JUMPED,)]))
    device, stopped_at = draw(st.sampled_from(DEVICES)), draw(st.sampled_from([None, ended]))
    return Session(
        1, "0", began, ended, ended, id=place + 1, device=device, seconds=seconds,
        octets_in=octets, stopped_at=stopped_at, flags=flags,
    )  # fmt: skip


crowds = st.integers(0, 30).flatmap(lambda count: st.tuples(*map(a_session, range(count))))
records = st.builds(
    lambda kind, ago, late, seconds, octets, device: Record(
        kind, 1, "0", NOW - timedelta(seconds=ago), NOW - timedelta(seconds=ago - late),
        session_seconds=seconds, octets_in=octets, device=device,
    ),
    st.sampled_from([RecordKind.START, RecordKind.INTERIM, RecordKind.STOP]),
    st.integers(0, 1000),
    st.sampled_from([0, 300]),
    st.sampled_from([0, 10, 400, 700]),
    st.sampled_from([0, 700, 900]),
    st.sampled_from(DEVICES),
)  # fmt: skip


@given(crowds, records)
def test_a_session_that_runs_or_began_then_is_found_among_the_nearest(
    crowd: tuple[Session, ...], record: Record
) -> None:
    ordered = sorted(crowd, key=lambda each: each.started_at)
    among_all = sessions.find(ordered, record)
    if among_all is None or not (ordered[among_all].is_open or _began_then(ordered[among_all], record)):
        return
    some = nearest(crowd, record, MOST)
    found = sessions.find(some, record)
    assert found is not None
    assert some[found] is ordered[among_all]


def _began_then(session: Session, record: Record) -> bool:
    return metering.same_epoch(session.started_at, metering.start_epoch(record.event_at, record.session_seconds))


@given(crowds, records)
def test_the_others_are_few(crowd: tuple[Session, ...], record: Record) -> None:
    some = nearest(crowd, record, MOST)
    assert len([each for each in some if not each.is_open]) <= 2 * MOST
    assert set(some) <= set(crowd)
