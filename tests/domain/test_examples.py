"""A plan's examples run on the rules that decide about everybody."""

import pytest

from hotgate.domain import examples
from hotgate.domain.catalogue import (
    CapAction,
    CycleRule,
    Direction,
    Measure,
    Payment,
    Period,
    Plan,
    Unit,
    Validity,
    ValidityKind,
)
from hotgate.domain.examples import Example, Expectation
from small_world import FIRST_USE_DAY, GB, HOUR, MB, ROME, capped, hour, metered, plan, traffic

WEEK = Validity(ValidityKind.FROM_FIRST_USE, 7, Unit.DAY)
DAILY = CycleRule(Period.DAY, 3)

CASES = {
    "2 GB for a week: 1 GB on day 3": (traffic(2 * GB, validity=WEEK), GB, 3, "accepted"),
    "2 GB for a week: all of it on day 3": (traffic(2 * GB, validity=WEEK), 2 * GB, 3, "used_up"),
    "2 GB for a week: day 8": (traffic(2 * GB, validity=WEEK), 0, 8, "expired"),
    "EN-23 a day from first login: day 1": (plan(validity=FIRST_USE_DAY), 0, 1, "accepted"),
    "EN-23 a day from first login: day 2": (plan(validity=FIRST_USE_DAY), 0, 2, "expired"),
    "EN-23 until the end of the day": (plan(validity=Validity(ValidityKind.END_OF_DAY)), 0, 2, "expired"),
    "EN-23 always": (hour(), HOUR - 1, 1000, "accepted"),
    "an hour is up after an hour": (hour(), HOUR, 1, "used_up"),
    "time that runs on while offline": (hour(elapsed=True), 0, 1, "expired"),
    "EN-26 EN-31 a day's allowance comes again": (hour(cycle=DAILY), HOUR, 2, "cycle_used_up"),
    "EN-31 on the last day nothing comes again": (hour(cycle=DAILY), HOUR, 3, "used_up"),
    "EN-28 after the last cycle": (hour(cycle=DAILY), 0, 4, "expired"),
    "a cap that cuts": (capped(GB), GB, 3, "cap_reached"),
    "a cap that slows down": (capped(GB, CapAction.THROTTLE), GB, 3, "slower"),
    "only uploads count": (traffic(MB, direction=Direction.UPLOAD), MB, 1, "used_up"),
    "EN-4 paid afterwards": (metered(), 20 * HOUR, 5, "accepted"),
    "flat and free": (plan(payment=Payment.FREE), GB, 9, "accepted"),
}


@pytest.mark.parametrize("case", CASES)
def test_the_rules_answer(case: str) -> None:
    of, used, day, expected = CASES[case]
    result = examples.run(of, Example(used, day, Expectation(expected)), ROME)
    assert (result.found, result.passed) == (expected, True)


def test_a_wrong_expectation_fails_and_says_what_was_found() -> None:
    result = examples.run(hour(), Example(HOUR, 1, Expectation.ACCEPTED), ROME)
    assert (result.passed, result.found) == (False, "used_up")


@pytest.mark.parametrize(
    ("of", "used", "day", "is_possible"),
    [
        (hour(), 23 * HOUR, 1, True),
        (hour(), 23 * HOUR + 1, 1, False),
        (hour(), 47 * HOUR, 2, True),
        (traffic(), 10**18, 1, True),
        (traffic(), 10**18 + 1, 1, False),
        (traffic(), -1, 1, False),
        (hour(), 0, 0, False),
        (hour(), 0, 1001, False),
    ],
)
def test_what_can_not_have_happened_is_not_tried(of: Plan, used: int, day: int, is_possible: bool) -> None:
    assert (examples.problem(Example(used, day, Expectation.ACCEPTED), examples.measure_of(of)) == "") is is_possible


def test_traffic_is_typed_unless_time_is_counted() -> None:
    assert examples.measure_of(hour()) is Measure.TIME
    assert examples.measure_of(traffic()) is examples.measure_of(plan()) is Measure.TRAFFIC
