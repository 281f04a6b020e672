"""G2 and G3 in short: any permutation, repetition and delay of a session's records ends like the run in order."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as st

from hotgate.domain import accounting
from hotgate.domain.accounting import Account
from hotgate.domain.metering import Point
from hotgate.domain.sessions import Record
from hotgate.domain.subscriber import Wallet
from small_world import GB, MONTHLY, NOON, account, holding, hour, metered, plan, says, traffic

BEFORE_MIDNIGHT = NOON.replace(day=30, hour=21, minute=45)


def play(state: Account, batches: Sequence[Sequence[Record]]) -> Account:
    """Apply batch after batch, keeping the readings as the store does."""
    ids, kept = count(100), {}
    for records in batches:
        outcome = accounting.apply_records(state, records, NOON + timedelta(days=9), ids, lambda i: kept.get(i, []))
        state = outcome.account
        for session_id, point in outcome.points:
            kept.setdefault(session_id, list[Point]()).append(point)
    return state


def result(state: Account) -> object:
    sessions = sorted(
        (
            s.started_at,
            s.seconds,
            s.octets_in,
            s.octets_out,
            s.stopped_at,
            {(a[0], a[1]): a[2:4] for a in s.allocations if a[2]},
        )
        for s in state.sessions
    )
    uses = [(e.used, {c: u for c, u in e.earlier if u}) for e in state.access.entitlements]
    return sessions, uses, state.access.wallet


@st.composite
def histories(draw: st.DrawFn) -> list[Record]:
    """One session from Start to Stop with growing counters, across the end of a month."""
    steps = draw(
        st.lists(st.tuples(st.integers(30, 900), st.integers(0, GB), st.integers(0, GB)), min_size=1, max_size=5)
    )
    records = [says("start", began=BEFORE_MIDNIGHT)]
    seconds = down = up = 0
    for n, (more_seconds, more_down, more_up) in enumerate(steps):
        seconds, down, up = seconds + more_seconds, down + more_down, up + more_up
        kind = "stop" if n == len(steps) - 1 else "interim"
        records.append(says(kind, seconds, down, up, began=BEFORE_MIDNIGHT))
    return records


@st.composite
def disturbed(draw: st.DrawFn) -> tuple[list[Record], list[list[Record]]]:
    """A history and the same one permuted, each record one to three times, cut into batches."""
    records = draw(histories())
    copies = [r for r in records for _ in range(draw(st.integers(1, 3)))]
    shuffled = draw(st.permutations(copies))
    cut = draw(st.integers(0, len(shuffled)))
    return records, [shuffled[:cut], shuffled[cut:]]


MONTHS = MONTHLY._replace(repeats=6)
WORLDS = st.sampled_from(
    [
        account(holding(traffic(None))),
        account(holding(traffic(100 * GB, cycle=MONTHS))),
        account(holding(hour(cycle=MONTHS, amount=10**6))),
        account(holding(metered()), wallet=Wallet(0, True)),
        account(holding(metered()), wallet=Wallet(10**6)),
        account(holding(plan())),
        account(holding(traffic(GB), 1), holding(traffic(GB, id=2), 2)),
        account(
            holding(hour(), 1, valid_until=BEFORE_MIDNIGHT + timedelta(minutes=9)), holding(traffic(None, id=2), 2)
        ),
        account(holding(hour(), 1), holding(metered(id=2), 2), wallet=Wallet(0, True)),
    ]
)


@settings(max_examples=150, deadline=None)
@given(WORLDS, disturbed())
def test_G2_sessions_use_and_charge_do_not_depend_on_the_order_of_arrival(
    world: Account, case: tuple[list[Record], list[list[Record]]]
) -> None:
    records, batches = case
    assert result(play(world, [b for b in batches if b])) == result(play(world, [[r] for r in records]))


@settings(max_examples=60, deadline=None)
@given(histories(), st.integers(0, 4))
def test_G3_a_reboot_after_any_record_never_makes_use_negative_or_greater_than_the_line(
    records: list[Record], at: int
) -> None:
    cut = min(at, len(records) - 1)
    reboot = says("reboot", session_id=100, event_at=BEFORE_MIDNIGHT + timedelta(hours=3))
    state = play(account(holding(traffic(None))), [[*records[: cut + 1], reboot]])
    (session,) = state.sessions
    last = records[cut]
    assert not session.is_open
    assert (session.octets_in, session.octets_out) == (last.octets_in, last.octets_out)
    assert state.access.entitlements[0].used == last.octets_in + last.octets_out
