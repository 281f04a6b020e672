"""Records in, sessions, use, money, events and orders out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count

import pytest

from hotgate.domain import access, accounting, places
from hotgate.domain.accounting import Account, OrderKind, Outcome
from hotgate.domain.catalogue import CapAction
from hotgate.domain.events import CapReached, EntitlementActivated, EntitlementUsedUp
from hotgate.domain.metering import Point
from hotgate.domain.reasons import Reason
from hotgate.domain.sessions import CloseReason, Flag, Record
from hotgate.domain.subscriber import Hold, HoldKind, Slot, Wallet
from small_world import (
    FIRST_USE_DAY,
    GB,
    HOUR,
    LONG_AGO,
    MAC,
    MB,
    MONTHLY,
    NAS,
    NOON,
    OTHER_MAC,
    account,
    capped,
    holding,
    hour,
    metered,
    plan,
    says,
    traffic,
)

END_OF_JUNE = NOON.replace(day=30, hour=22)


def run(state: Account, *records: Record, now: datetime | None = None) -> Outcome:
    ids = count(100 * (1 + len(state.sessions)))
    return accounting.apply_records(state, records, now or records[-1].received_at, ids)


def used(outcome: Outcome) -> list[int]:
    return [e.used for e in outcome.account.access.entitlements]


def test_five_billion_octets_are_exactly_five_billion() -> None:
    outcome = run(account(holding(traffic(None))), says("start"), says("stop", 600, down=5_000_000_000))
    session = outcome.account.sessions[0]
    assert (session.octets_out, session.seconds, used(outcome)) == (5_000_000_000, 600, [5_000_000_000])


ANY_ORDER: dict[str, Sequence[Record]] = {
    "in order": [says("start"), says("interim", 300, 5 * MB), says("stop", 600, 9 * MB)],
    "each twice": [says("start"), says("start"), says("stop", 600, 9 * MB), says("stop", 600, 9 * MB)],
    "B8 a Stop without Start": [says("stop", 600, 9 * MB)],
    "B8 a Start after the Stop": [says("stop", 600, 9 * MB), says("start")],
    "B8 an interim after the Stop": [says("stop", 600, 9 * MB), says("interim", 300, 5 * MB)],
    "B7 an older interim last": [says("start"), says("stop", 600, 9 * MB), says("interim", 300, 5 * MB)],
}


@pytest.mark.parametrize("case", ANY_ORDER)
def test_order_and_number_of_arrivals_do_not_matter(case: str) -> None:
    outcome = run(account(holding(traffic())), *ANY_ORDER[case])
    (session,) = outcome.account.sessions
    assert (session.seconds, session.octets_out, session.is_open, used(outcome)) == (600, 9 * MB, False, [9 * MB])
    assert session.started_at == NOON


def test_a_replay_of_a_whole_batch_changes_nothing() -> None:
    records = ANY_ORDER["in order"]
    first = run(account(holding(metered()), wallet=Wallet(1000)), *records)
    readings = [p.point for p in first.points]
    again = accounting.apply_records(first.account, records, NOON, count(200), lambda _: readings)
    assert again.account.access == first.account.access
    assert (again.points, again.transfers, again.events, again.orders) == ((), (), (), ())


def test_the_end_of_the_quota_orders_a_disconnect_and_says_why() -> None:
    outcome = run(account(holding(traffic(10 * MB))), says("start"), says("interim", 60, 10 * MB))
    assert outcome.orders == (accounting.Order(100, 1, OrderKind.DISCONNECT, Reason.USED_UP),)
    assert outcome.events == (EntitlementUsedUp(7, 1, NOON + timedelta(seconds=60)),)


def test_use_beyond_the_end_is_booked_and_not_lost() -> None:
    outcome = run(account(holding(traffic(10 * MB))), says("stop", 60, 12 * MB))
    assert used(outcome) == [12 * MB]


def test_what_one_ticket_can_not_pay_the_next_one_does() -> None:
    outcome = run(account(holding(traffic(10 * MB), 1), holding(traffic(10 * MB), 2)), says("interim", 60, 12 * MB))
    assert used(outcome) == [10 * MB, 2 * MB]
    assert outcome.orders == ()


def test_passing_to_another_profile_orders_a_reauthorize() -> None:
    slow = plan(id=2, measure=traffic().measure, amount=10 * MB, profile={"download_bps": 1_000_000})
    outcome = run(account(holding(traffic(10 * MB), 1), holding(slow, 2)), says("interim", 60, 12 * MB))
    assert [o.kind for o in outcome.orders] == [OrderKind.REAUTHORIZE]
    assert outcome.account.sessions[0].entitlement_id == 2


def test_EN_31_a_session_over_the_end_of_the_month_uses_both_months_in_proportion() -> None:
    monthly = holding(traffic(20 * GB, cycle=MONTHLY._replace(repeats=3)))
    began = END_OF_JUNE - timedelta(seconds=100)
    outcome = run(account(monthly), says("stop", 400, 4 * MB, began=began))
    (entitlement,) = outcome.account.access.entitlements
    assert (entitlement.cycle_started_at, entitlement.used) == (END_OF_JUNE, 3 * MB)
    assert entitlement.earlier[-1][1] == 1 * MB


def test_a_late_reading_moves_use_to_the_right_side_of_the_border() -> None:
    monthly = holding(traffic(20 * GB, cycle=MONTHLY._replace(repeats=3)))
    began = END_OF_JUNE - timedelta(seconds=100)
    first = run(account(monthly), says("stop", 400, 4 * MB, began=began))
    kept = {100: [p.point for p in first.points]}
    late = says("interim", 100, 3 * MB, began=began)
    outcome = accounting.apply_records(first.account, [late], NOON, count(200), lambda i: kept[i])
    (entitlement,) = outcome.account.access.entitlements
    assert (entitlement.used, entitlement.earlier[-1][1]) == (1 * MB, 3 * MB)
    assert outcome.account.sessions[0].octets_out == 4 * MB


def test_the_first_record_makes_the_first_use_final_at_its_own_time() -> None:
    decision = access.decide_access(
        account(holding(plan(validity=FIRST_USE_DAY))).access, access.AccessRequest("ada", None, MAC, NAS), NOON
    )
    assert decision.state is not None
    began = NOON + timedelta(seconds=3)
    outcome = run(Account(decision.state, (), {1: NAS}), says("start", began=began))
    (entitlement,) = outcome.account.access.entitlements
    assert entitlement.valid_until == began + timedelta(days=1)
    assert outcome.events == (EntitlementActivated(7, 1, began, began + timedelta(days=1)),)


def test_EN_A23_postpaid_charges_the_floor_on_the_way_and_rounds_once_at_the_close() -> None:
    state = account(holding(metered("3.00")), wallet=Wallet(0, True))
    half = run(state, says("start"), says("interim", 1799))
    assert half.account.access.wallet == Wallet(-149, True)
    done = run(half.account, says("stop", 1799))
    assert done.account.access.wallet == Wallet(-150, True)
    assert [t.amount_minor for t in (*half.transfers, *done.transfers)] == [149, 1]


def test_metered_use_always_books_what_the_wallet_lacks_is_uncovered() -> None:
    outcome = run(account(holding(metered("3.00")), wallet=Wallet(100)), says("stop", HOUR))
    assert outcome.account.access.wallet == Wallet(0)
    assert [(t.debit, t.amount_minor) for t in outcome.transfers] == [("wallet:7", 100), ("uncovered_use", 200)]


def test_every_transfer_has_its_own_identity() -> None:
    state = account(holding(metered("3.00")), wallet=Wallet(100_000))
    transfers = []
    for n in range(1, 20):
        outcome = run(state, says("interim", n * 300))
        state, transfers = outcome.account, transfers + list(outcome.transfers)
    assert len({t.id for t in transfers}) == len(transfers) == 19


@pytest.mark.parametrize("action", [CapAction.DISCONNECT, CapAction.OVERAGE])
def test_a_cap_puts_a_hold_until_the_end_of_its_cycle_and_cuts(action: CapAction) -> None:
    outcome = run(account(holding(capped(GB, action))), says("interim", 60, GB))
    assert outcome.holds == (Hold(HoldKind.CAP, 1, END_OF_JUNE),)
    assert outcome.events == (CapReached(7, 1, NOON + timedelta(seconds=60), action, END_OF_JUNE),)
    assert outcome.orders[0].reason is Reason.CAP_REACHED


def test_a_cap_that_throttles_puts_no_hold_and_orders_the_slow_speed() -> None:
    outcome = run(account(holding(capped(GB, CapAction.THROTTLE))), says("start"), says("interim", 60, GB))
    assert outcome.holds == ()
    assert [o.kind for o in outcome.orders] == [OrderKind.REAUTHORIZE]
    again = run(outcome.account, says("interim", 120, GB + MB))
    assert again.orders == ()


def test_B9_a_reboot_closes_at_the_last_evidence_and_keeps_the_counters() -> None:
    outcome = run(
        account(holding(traffic())),
        says("interim", 300, 5 * MB),
        says("reboot", session_id=100, event_at=NOON + timedelta(hours=1)),
    )
    (session,) = outcome.account.sessions
    assert (session.stopped_at, session.terminate_cause) == (NOON + timedelta(seconds=300), 11)
    assert (session.close_reason, session.octets_out) == (CloseReason.REBOOTED, 5 * MB)


def test_B9_a_late_accounting_on_does_not_close_a_newer_session() -> None:
    outcome = run(
        account(holding(traffic())), says("start"), says("reboot", session_id=100, event_at=NOON - timedelta(minutes=5))
    )
    assert outcome.account.sessions[0].is_open


def test_B19_news_of_a_session_that_was_only_thought_lost_reopens_it() -> None:
    lost = run(
        account(holding(hour())),
        says("interim", 300),
        says("stale", session_id=100, event_at=NOON + timedelta(hours=1)),
    )
    assert lost.account.sessions[0].estimated
    assert [places.is_taken(s, NOON + timedelta(hours=1)) for s in lost.account.access.slots] == [False]
    back = run(lost.account, says("interim", 1200))
    assert back.account.sessions[0].is_open
    assert used(back) == [1200]


def test_B10_the_same_id_after_a_reboot_is_another_session() -> None:
    later = NOON + timedelta(hours=2)
    outcome = run(account(holding(traffic())), says("interim", 300, 5 * MB), says("interim", 60, MB, began=later))
    assert [s.octets_out for s in outcome.account.sessions] == [5 * MB, MB]
    assert used(outcome) == [6 * MB]


def test_a_clock_that_jumps_in_mid_session_charges_nothing_twice_and_is_flagged() -> None:
    jumped = NOON + timedelta(hours=26)
    records = [
        says("interim", 300, 5 * MB),
        says("interim", 600, 6 * MB, event_at=jumped, received_at=NOON + timedelta(seconds=600)),
        says("stop", 900, 7 * MB, event_at=jumped + timedelta(seconds=300), received_at=NOON + timedelta(seconds=900)),
    ]
    outcome = run(account(holding(traffic())), *records)
    assert used(outcome) == [7 * MB]
    assert Flag.CLOCK_JUMPED in outcome.account.sessions[0].flags


def test_counters_that_fall_keep_the_greatest_and_are_flagged() -> None:
    outcome = run(account(holding(traffic())), says("interim", 300, 5 * MB), says("interim", 600, 4 * MB))
    assert used(outcome) == [5 * MB]
    assert outcome.account.sessions[0].flags == (Flag.COUNTER_FELL,)


def test_a_nas_without_gigawords_is_unwrapped() -> None:
    nas = NAS._replace(lacks_gigawords=True)
    records = [says("interim", 300, 4_000_000_000), says("interim", 600, 705_032_704), says("stop", 900, 1_705_032_704)]
    outcome = run(account(holding(traffic(None)), nas=nas), *records)
    assert outcome.account.sessions[0].octets_out == 6_000_000_000
    shuffled = run(account(holding(traffic(None)), nas=nas), records[2], records[0], records[1])
    assert shuffled.account.sessions[0].octets_out == 6_000_000_000


def test_B18_a_start_binds_the_slot_and_the_stop_gives_it_back() -> None:
    accepted = Slot(MAC, NOON + timedelta(seconds=60), entitlement_id=1, slice_amount=10 * MB)
    begun = run(account(holding(traffic()), slots=(accepted,)), says("interim", 60, MB))
    (slot,) = begun.account.access.slots
    assert (slot.session_id, slot.expires_at, slot.slice_used) == (100, None, MB)
    assert run(begun.account, says("stop", 90, MB)).account.access.slots == ()


def test_B18_a_start_behind_a_lapsed_slot_is_recorded_and_then_judged() -> None:
    begun = run(account(holding(hour())), says("start"))
    other = says("start", acct_session_id="s2", device=OTHER_MAC, began=NOON + timedelta(minutes=5))
    outcome = run(begun.account, other)
    assert [o.reason for o in outcome.orders] == [Reason.TOO_MANY_DEVICES]
    assert outcome.orders[0].session_id == outcome.account.sessions[1].id


def test_a_new_session_of_the_same_device_supersedes_the_old_one() -> None:
    begun = run(account(holding(hour())), says("start"))
    outcome = run(begun.account, says("start", acct_session_id="s2", began=NOON + timedelta(minutes=5)))
    assert [s.superseded for s in outcome.account.sessions] == [True, False]
    assert outcome.orders == ()
    late_stop = run(outcome.account, says("stop", 400))
    assert [s.session_id for s in late_stop.account.access.slots] == [outcome.account.sessions[1].id]


def test_a_slice_that_runs_low_is_topped_up_when_more_is_free() -> None:
    slot = Slot(MAC, NOON + timedelta(seconds=60), entitlement_id=1, slice_amount=5 * MB)
    outcome = run(account(holding(traffic(10 * MB, devices=2)), slots=(slot,)), says("interim", 60, 4 * MB))
    assert [o.kind for o in outcome.orders] == [OrderKind.REAUTHORIZE]


def test_use_of_nobody_we_know_is_kept_as_a_session() -> None:
    outcome = run(account(), says("stop", 60, MB, entitlement_id=None))
    assert outcome.account.sessions[0].octets_out == MB
    assert (outcome.orders, outcome.transfers) == ((), ())


def test_flat_use_books_nothing_but_the_session() -> None:
    outcome = run(account(holding(plan(devices=None))), says("start"), says("interim", 300, 5 * MB))
    assert (outcome.account.sessions[0].allocations, outcome.events, outcome.orders) == ((), (), ())
    assert [p.point for p in outcome.points] == [Point(NOON + timedelta(seconds=300), 300, 0, 5 * MB)]


def test_expiry_in_mid_session_orders_a_disconnect() -> None:
    ends = NOON + timedelta(minutes=10)
    outcome = run(account(holding(plan(), valid_until=ends, first_used_at=LONG_AGO)), says("interim", 601))
    assert [o.reason for o in outcome.orders] == [Reason.EXPIRED]


def test_a_late_reading_tells_nobody_again_that_an_amount_is_used_up() -> None:
    first = run(account(holding(traffic(MB))), says("interim", 600, 2 * MB))
    readings = [p.point for p in first.points]
    again = accounting.apply_records(first.account, [says("interim", 300, MB)], NOON, count(200), lambda _: readings)
    assert (len(first.events), again.events, used(again)) == (1, (), [2 * MB])


@pytest.mark.parametrize(("kind", "reason"), [(HoldKind.STAFF, Reason.HELD_BY_STAFF), (HoldKind.UNPAID, Reason.UNPAID)])
def test_a_session_that_begins_under_a_hold_is_cut(kind: HoldKind, reason: Reason) -> None:
    outcome = run(account(holding(plan()), holds=(Hold(kind),)), says("start"))
    assert [o.reason for o in outcome.orders] == [reason]


@pytest.mark.parametrize(("bps", "flags"), [(100_000_000, ()), (None, (Flag.WRAP_UNSURE,))])
def test_G4_a_wrap_is_sure_where_the_speed_of_the_plan_leaves_time_for_one_only(
    bps: int | None, flags: tuple[Flag, ...]
) -> None:
    of = traffic(None, profile={"download_bps": bps, "upload_bps": bps})
    records = [says("interim", 300, 3_500_000_000), says("interim", 600, 105_032_704)]
    outcome = run(account(holding(of), nas=NAS._replace(lacks_gigawords=True)), *records)
    assert (outcome.account.sessions[0].octets_out, outcome.account.sessions[0].flags) == (4_400_000_000, flags)


def test_a_stop_of_the_old_session_leaves_the_slot_of_a_new_login() -> None:
    begun = run(account(holding(hour())), says("start"))
    decision = access.decide_access(begun.account.access, access.AccessRequest("ada", None, MAC, NAS), NOON)
    assert decision.state is not None
    stopped = run(begun.account._replace(access=decision.state), says("stop", 60))
    assert [s.session_id for s in stopped.account.access.slots] == [None]


def test_a_stop_that_is_all_we_heard_of_a_session_gives_its_slot_back() -> None:
    slot = Slot(MAC, NOON + timedelta(seconds=60), entitlement_id=1, slice_amount=HOUR)
    assert run(account(holding(hour()), slots=(slot,)), says("stop", 600)).account.access.slots == ()


def seen(records: Sequence[Record]) -> list[tuple[int, int, bool]]:
    """Sessions as (seconds, octets out, open) after the records, each in a batch of its own."""
    state = account(holding(traffic(None)))
    for record in records:
        state = run(state, record).account
    assert state.access.entitlements[0].used == sum(s.octets_out for s in state.sessions)
    return [(s.seconds, s.octets_out, s.is_open) for s in state.sessions]


def at(seconds: float) -> dict[str, datetime]:
    """Event and arrival that many seconds after NOON, whatever the session time says."""
    when = NOON + timedelta(seconds=seconds)
    return {"event_at": when, "received_at": when}


MISLEADING: dict[str, tuple[list[Record], list[tuple[int, int, bool]]]] = {
    "a Stop one second after its Start says 600 s": (
        [says("start"), says("stop", 600, 5 * GB, **at(1))],
        [(600, 5 * GB, False)],
    ),
    "so do interims, one a second, then each of them again": (
        [
            says("start"),
            says("interim", 300, GB, **at(1)),
            says("interim", 600, 2 * GB, **at(2)),
            says("interim", 300, GB, **at(3)),
            says("stop", 900, 3 * GB, **at(4)),
            says("stop", 900, 3 * GB, **at(5)),
            says("interim", 600, 2 * GB, **at(6)),
        ],
        [(900, 3 * GB, False)],
    ),
    "B3 a Stop repeated for minutes without saying how late it is": (
        [says("start"), says("stop", 60, MB), says("stop", 60, MB, **at(240))],
        [(60, MB, False)],
    ),
    "B3 a Start repeated for minutes": ([says("start"), says("start", **at(120))], [(0, 0, True)]),
    "an id used again after a reboot": (
        [says("interim", 600, MB), says("start", **at(7200)), says("interim", 60, 2 * MB, **at(7260))],
        [(600, MB, True), (60, 2 * MB, True)],
    ),
    "an id used again ten seconds after the Stop of a short session": (
        [
            says("start"),
            says("stop", 10, MB),
            says("start", **at(11)),
            says("interim", 5, MB, **at(16)),
            says("stop", 10, 2 * MB, **at(21)),
        ],
        [(10, MB, False), (10, 2 * MB, False)],
    ),
    "a clock four minutes ahead is put right after the Start": (
        [
            says("start", event_at=NOON + timedelta(seconds=240), received_at=NOON),
            says("interim", 60, MB, **at(60)),
            says("stop", 120, 2 * MB, **at(120)),
        ],
        [(120, 2 * MB, False)],
    ),
    "an id used again twenty seconds after a session that a silent reboot cut off": (
        [says("start"), says("interim", 10, MB), says("start", **at(20)), says("stop", 10, MB, **at(30))],
        [(10, MB, True), (10, MB, False)],
    ),
    "the same id for another device at the same time": (
        [
            says("start"),
            says("interim", 60, MB),
            says("interim", 60, 2 * MB, device=OTHER_MAC, began=NOON + timedelta(seconds=9)),
        ],
        [(60, MB, True), (60, 2 * MB, True)],
    ),
    "an id used again, its Start lost, by a longer session": (
        [says("interim", 60, MB), says("interim", 900, 2 * MB, **at(7200))],
        [(60, MB, True), (900, 2 * MB, True)],
    ),
}


@pytest.mark.parametrize("case", MISLEADING)
def test_a_misleading_clock_charges_nothing_twice(case: str) -> None:
    records, expected = MISLEADING[case]
    assert seen(records) == expected


@pytest.mark.parametrize(("kind", "free"), [("stale", 4 * MB), ("close", 4 * MB), ("gone", 9 * MB), ("reboot", 9 * MB)])
def test_a_slice_comes_back_with_the_end_of_its_session_only_when_the_nas_confirmed_it(kind: str, free: int) -> None:
    tomorrow = NOON + timedelta(days=1)
    slot = Slot(MAC, None, entitlement_id=1, slice_amount=6 * MB, session_ends_at=tomorrow)
    begun = run(account(holding(traffic(10 * MB, devices=2)), slots=(slot,)), says("interim", 60, MB))
    ended = run(begun.account, says(kind, session_id=100, event_at=NOON + timedelta(hours=1)))
    state = ended.account.access
    (entitlement,) = state.entitlements
    assert not places.others(state, OTHER_MAC, NOON + timedelta(hours=1))
    assert 9 * MB - places.lent(state, entitlement, OTHER_MAC, NOON + timedelta(hours=1)) == free
    assert 9 * MB - places.lent(state, entitlement, OTHER_MAC, tomorrow) == 9 * MB


def test_time_that_goes_back_is_flagged_for_two_sessions_may_have_become_one() -> None:
    records = [says("interim", 8, MB, is_timed=False), says("interim", 3, MB // 2, **at(12), is_timed=False)]
    (session,) = run(account(holding(traffic())), *records).account.sessions
    assert (session.seconds, Flag.TIME_WENT_BACK in session.flags) == (8, True)


def test_a_record_that_is_only_late_flags_nothing() -> None:
    (session,) = run(account(holding(traffic())), says("interim", 8, MB), says("interim", 3, MB // 2)).account.sessions
    assert session.flags == ()
