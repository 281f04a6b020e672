"""The question of the product, as a table: who may go online, with which limits, or why not."""

from datetime import timedelta
from itertools import product

import pytest

from hotgate.domain import access
from hotgate.domain.access import Confined, Grant, NasTraits, Refusal
from hotgate.domain.catalogue import CapAction, Measure, Payment, Validity, ValidityKind
from hotgate.domain.reasons import TEXTS, Reason
from hotgate.domain.subscriber import AccessState, Credential, CredentialKind, Hold, HoldKind, Slot, Wallet
from small_world import (
    FIRST_USE_DAY,
    GB,
    HOUR,
    LONG_AGO,
    MAC,
    MB,
    MONTHLY,
    NOON,
    OTHER_MAC,
    asks,
    capped,
    holding,
    hour,
    metered,
    person,
    plan,
    traffic,
)

TOMORROW = NOON + timedelta(days=1)
YESTERDAY = NOON - timedelta(days=1)
LAST_OF_JUNE = NOON.replace(day=30)
DAY_PLAN = plan(validity=FIRST_USE_DAY)
ONLINE = Slot(OTHER_MAC, None, session_id=5)


def decide(state: AccessState | None, **request: object) -> access.Answer:
    return access.decide_access(state, asks(**request), NOON).answer  # type: ignore[arg-type]


GRANTED = {
    "flat and free has no limits": (person(holding(plan(payment=Payment.FREE))), None, None),
    "an hour bought is a Session-Timeout": (person(holding(hour())), HOUR, None),
    "a hundred hours are one limit": (person(holding(hour(amount=100 * HOUR))), 100 * HOUR, None),
    "what is left of the hour, not the hour": (person(holding(hour(), used=3000)), 600, None),
    "10 MB bought is a volume limit, for a day at most": (person(holding(traffic())), 86_400, 10 * MB),
    "EN-23 a day from first use ends in a day": (person(holding(DAY_PLAN)), 86_400, None),
    "EN-23 an hour within a day from creation is cut by the day": (
        person(
            holding(hour(validity=Validity(ValidityKind.FROM_CREATION, 1)), created_at=NOON - timedelta(hours=23.5))
        ),
        1800,
        None,
    ),
    "EN-A17 until the end of the day means Rome's midnight": (
        person(holding(plan(validity=Validity(ValidityKind.END_OF_DAY)), created_at=NOON)),
        12 * HOUR,
        None,
    ),
    "EN-32 a monthly allowance is cut at the end of June": (
        person(holding(traffic(20 * GB, cycle=MONTHLY), created_at=LAST_OF_JUNE, starts_at=LONG_AGO)),
        12 * HOUR,
        20 * GB,
    ),
    "two tickets of one plan are one limit": (person(holding(hour(), 1), holding(hour(), 2)), 2 * HOUR, None),
    "time and traffic are not added up": (person(holding(hour(), 1), holding(traffic(id=1), 2)), HOUR, None),
    "elapsed time runs as a validity": (person(holding(hour(elapsed=True))), HOUR, None),
    "a prepaid wallet of 1.50 buys half an hour at 3.00": (
        person(holding(metered()), wallet=Wallet(150)),
        1800,
        None,
    ),
    "a tariff that costs nothing has no limit": (person(holding(metered("0")), wallet=Wallet(0)), None, None),
    "a postpaid wallet without limit": (person(holding(metered()), wallet=Wallet(-5000, True)), None, None),
    "staff may wait": (person(holding(plan()), holds=(Hold(HoldKind.STAFF, until=YESTERDAY),)), None, None),
}


@pytest.mark.parametrize("case", GRANTED)
def test_grants(case: str) -> None:
    state, seconds, octets = GRANTED[case]
    answer = access.decide_access(state, asks(), LAST_OF_JUNE if "June" in case else NOON).answer
    assert isinstance(answer, Grant)
    assert (answer.session_seconds, answer.octets) == (seconds, octets)


REFUSED = {
    "nobody has this name": (None, Reason.UNKNOWN_NAME, None),
    "no plan": (person(), Reason.NO_ENTITLEMENT, None),
    "the hour is used up": (person(holding(hour(), used=HOUR)), Reason.USED_UP, None),
    "more than the traffic is used up": (person(holding(traffic(), used=11 * MB)), Reason.USED_UP, None),
    "EN-31 the month's traffic is used up, and comes back on 1 July": (
        person(
            holding(
                traffic(cycle=MONTHLY._replace(repeats=3)),
                used=10 * MB,
                created_at=NOON,
                cycle_started_at=NOON.replace(month=5, day=31, hour=22),
            )
        ),
        Reason.CYCLE_USED_UP,
        NOON.replace(day=30, hour=22),
    ),
    "EN-31 the last cycle does not come back": (
        person(
            holding(
                traffic(cycle=MONTHLY),
                used=10 * MB,
                created_at=NOON,
                cycle_started_at=NOON.replace(month=5, day=31, hour=22),
            )
        ),
        Reason.USED_UP,
        None,
    ),
    "the day is over": (
        person(holding(DAY_PLAN, valid_until=YESTERDAY, first_used_at=LONG_AGO)),
        Reason.EXPIRED,
        YESTERDAY,
    ),
    "at the very instant of its end it is over": (person(holding(plan(), valid_until=NOON)), Reason.EXPIRED, NOON),
    "EN-A19 staff ended it": (person(holding(plan(), ended_at=YESTERDAY)), Reason.ENDED, YESTERDAY),
    "it starts tomorrow": (person(holding(plan(), starts_at=TOMORROW)), Reason.NOT_STARTED, TOMORROW),
    "the wallet is empty": (person(holding(metered()), wallet=Wallet(0)), Reason.NO_MONEY, None),
    "a tariff without a wallet": (person(holding(metered())), Reason.NO_MONEY, None),
    "the credit limit is reached": (
        person(holding(metered()), wallet=Wallet(-1000, True, 1000)),
        Reason.NO_MONEY,
        None,
    ),
    "staff hold": (person(holding(plan()), holds=(Hold(HoldKind.STAFF),)), Reason.HELD_BY_STAFF, None),
    "unpaid": (person(holding(plan()), holds=(Hold(HoldKind.UNPAID),)), Reason.UNPAID, None),
    "cap": (person(holding(capped()), holds=(Hold(HoldKind.CAP, 1, TOMORROW),)), Reason.CAP_REACHED, TOMORROW),
    "the latest of two ends is told": (
        person(holding(plan(), 1, valid_until=LONG_AGO), holding(plan(), 2, valid_until=YESTERDAY)),
        Reason.EXPIRED,
        YESTERDAY,
    ),
    "another device is online": (person(holding(plan()), slots=(ONLINE,)), Reason.TOO_MANY_DEVICES, None),
    "another device has just been accepted": (
        person(holding(plan()), slots=(Slot(OTHER_MAC, NOON + timedelta(seconds=1)),)),
        Reason.TOO_MANY_DEVICES,
        None,
    ),
    "the other device has all that is left": (
        person(holding(traffic(devices=2)), slots=(ONLINE._replace(entitlement_id=1, slice_amount=10 * MB),)),
        Reason.IN_USE_ELSEWHERE,
        None,
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(case: str) -> None:
    state, reason, until = REFUSED[case]
    assert decide(state) == Refusal(reason, until)


CONFINABLE = {Reason.NO_ENTITLEMENT, Reason.USED_UP, Reason.CYCLE_USED_UP, Reason.EXPIRED, Reason.NOT_STARTED}
CONFINABLE |= {Reason.NO_MONEY, Reason.UNPAID, Reason.CAP_REACHED}


@pytest.mark.parametrize("case", REFUSED)
def test_a_nas_with_a_walled_garden_confines_whom_a_page_can_help(case: str) -> None:
    state, reason, until = REFUSED[case]
    answer = decide(state, nas=NasTraits(id=1, can_confine=True))
    assert isinstance(answer, Confined) == (reason in CONFINABLE)
    assert (answer.reason, answer.until) == (reason, until)  # type: ignore[union-attr]


def test_a_cap_of_a_past_cycle_and_its_hold_are_forgotten_at_midnight_without_a_job() -> None:
    capped_in_may = holding(capped(), used=2 * GB, cycle_started_at=LONG_AGO - timedelta(days=20))
    hold = Hold(HoldKind.CAP, 1, until=LONG_AGO)
    answer = decide(person(capped_in_may, holds=(hold,)))
    assert isinstance(answer, Grant)
    assert answer.octets == GB


def test_a_cap_that_throttles_gives_the_slow_speed_and_no_limit() -> None:
    slow = holding(
        capped(action=CapAction.THROTTLE), used=2 * GB, cycle_started_at=NOON.replace(month=5, day=31, hour=22)
    )
    answer = decide(person(slow))
    assert isinstance(answer, Grant)
    assert (answer.throttled, answer.download_bps, answer.octets) == (True, 1_000_000, None)


def test_a_capped_plan_is_passed_over_and_the_next_pays() -> None:
    state = person(holding(capped(), 1), holding(plan(id=2), 2), holds=(Hold(HoldKind.CAP, 1, TOMORROW),))
    answer = decide(state)
    assert isinstance(answer, Grant)
    assert answer.entitlement_id == 2


def test_the_accept_takes_a_slot_and_the_same_device_takes_it_over() -> None:
    first = access.decide_access(person(holding(hour())), asks(), NOON)
    assert first.state is not None
    again = access.decide_access(first.state, asks(), NOON + timedelta(seconds=5))
    assert again.accepted
    assert again.state is not None
    assert [s.device for s in again.state.slots] == [MAC]
    assert isinstance(access.decide_access(again.state, asks(OTHER_MAC), NOON).answer, Refusal)


def test_a_slot_without_accounting_lapses() -> None:
    first = access.decide_access(person(holding(plan())), asks(), NOON)
    later = access.decide_access(first.state, asks(OTHER_MAC), NOON + timedelta(seconds=61))
    assert later.accepted


def test_flat_use_without_a_device_limit_changes_nothing_so_needs_no_lock() -> None:
    state = person(holding(plan(devices=None)))
    assert access.decide_access(state, asks(), NOON).state is state


def test_first_use_is_kept_with_the_slot_until_accounting_makes_it_final() -> None:
    decision = access.decide_access(person(holding(DAY_PLAN)), asks(), NOON)
    assert decision.state is not None
    assert decision.state.slots[0].activates_at == NOON
    assert decision.state.entitlements[0].first_used_at is None


def test_on_a_nas_without_accounting_the_accept_is_the_first_use() -> None:
    decision = access.decide_access(person(holding(DAY_PLAN)), asks(nas=NasTraits(1, sends_accounting=False)), NOON)
    assert decision.state is not None
    assert decision.state.entitlements[0].valid_until == NOON + timedelta(days=1)


@pytest.mark.parametrize(("devices", "left"), [(2, 10 * MB), (3, 10 * MB + 1), (4, 7)])
def test_the_slices_of_all_devices_never_sum_to_more_than_what_is_left(devices: int, left: int) -> None:
    state = person(holding(traffic(left, devices=devices)))
    lent = 0
    for n in range(devices):
        decision = access.decide_access(state, asks(f"02-00-00-00-00-0{n}"), NOON)
        assert isinstance(decision.answer, Grant)
        assert decision.state is not None
        state, lent = decision.state, lent + (decision.answer.octets or 0)
    assert lent == left


DEVICE = Credential(1, CredentialKind.MAC, None, None)


@pytest.mark.parametrize(
    ("nas_allows", "plan_allows", "name"), list(product([True, False], [True, False], [MAC, OTHER_MAC]))
)
def test_A20_a_device_logs_in_only_where_nas_plan_and_address_agree(
    nas_allows: bool, plan_allows: bool, name: str
) -> None:
    class Claims:
        kind = "pap"
        password = b"anything"

        def matches(self, secret: bytes) -> bool:
            return False

    state = person(holding(plan(for_devices=plan_allows)), credential=DEVICE)
    answer = decide(state, nas=NasTraits(1, mac_login=nas_allows), name=name, proof=Claims())
    assert isinstance(answer, Grant) == (nas_allows and plan_allows and name == MAC)


def test_the_why_panel_asks_the_same_guards_and_ends_with_the_one_that_refuses() -> None:
    lines = access.explain_access(person(holding(hour(), used=HOUR)), asks(), NOON)
    assert [(g.name, g.passed) for g in lines][-1] == ("something_pays", False)
    assert all(g.passed for g in lines[:-1])
    assert "used up" in lines[-1].text


def test_every_reason_has_a_text_for_the_guest_for_staff_and_what_to_do() -> None:
    for reason in Reason:
        texts = TEXTS[reason]
        assert all(len(t) > 5 for t in texts), reason


def test_the_guest_can_not_tell_an_unknown_name_from_a_wrong_password_or_an_unsold_code() -> None:
    alike = [Reason.UNKNOWN_NAME, Reason.WRONG_PASSWORD, Reason.VOUCHER_NOT_SOLD, Reason.VOUCHER_VOID]
    assert len({TEXTS[r].guest for r in alike}) == 1


def test_postpaid_is_spent_last() -> None:
    state = person(holding(metered(), 1), holding(hour(id=2), 2), wallet=Wallet(0, True))
    answer = decide(state)
    assert isinstance(answer, Grant)
    assert (answer.entitlement_id, answer.session_seconds) == (2, HOUR)


@pytest.mark.parametrize(
    ("first", "second", "pays"),
    [
        ("EN-A16 a cycle's allowance before what keeps", {"cycle": MONTHLY}, 2),
        ("EN-A16 what expires sooner", {"validity": Validity(ValidityKind.FROM_CREATION, 30)}, 2),
        ("EN-A16 the older", {}, 1),
    ],
)
def test_spending_order(first: str, second: dict, pays: int) -> None:  # type: ignore[type-arg]
    state = person(holding(traffic(), 1), holding(traffic(id=2, **second), 2, created_at=LONG_AGO + timedelta(days=1)))
    answer = decide(state)
    assert isinstance(answer, Grant)
    assert answer.entitlement_id == pays, first


def test_measures_do_not_mix_in_one_limit() -> None:
    answer = decide(person(holding(plan(measure=Measure.TIME, amount=60), 1), holding(traffic(id=1), 2)))
    assert isinstance(answer, Grant)
    assert (answer.session_seconds, answer.octets) == (60, None)


def accepted(state: AccessState, device: str, at: object = NOON) -> AccessState:
    after = access.decide_access(state, asks(device), at).state  # type: ignore[arg-type]
    assert after is not None
    return after


def test_an_accept_for_a_device_without_a_name_keeps_no_place_from_a_named_one() -> None:
    state = accepted(person(holding(hour())), "")
    answer = decide(state)
    assert isinstance(answer, Grant)
    assert answer.session_seconds == HOUR


def test_a_plan_for_one_device_lets_its_user_change_devices_after_a_minute_without_accounting() -> None:
    state = accepted(person(holding(traffic())), OTHER_MAC)
    assert isinstance(access.decide_access(state, asks(), NOON + timedelta(seconds=59)).answer, Refusal)
    later = access.decide_access(state, asks(), NOON + timedelta(seconds=61))
    assert isinstance(later.answer, Grant)
    assert later.answer.octets == 10 * MB
    assert later.state is not None
    assert [s.device for s in later.state.slots if s.device == MAC] == [MAC]


def test_a_slice_of_several_devices_comes_back_only_when_its_session_timeout_has_passed() -> None:
    state = accepted(person(holding(traffic(devices=2))), OTHER_MAC)
    hours = [access.decide_access(state, asks(), NOON + timedelta(hours=h)).answer for h in (1, 25)]
    assert [a.octets for a in hours if isinstance(a, Grant)] == [5 * MB // 2, 5 * MB]
    assert [a.session_seconds for a in hours if isinstance(a, Grant)] == [86_400, 86_400]
