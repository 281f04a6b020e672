"""From when until when: EN-23, EN-24, EN-29 … EN-33 and their readings."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotgate.domain import validity
from hotgate.domain.catalogue import (
    Cap,
    CapAction,
    CycleRule,
    Measure,
    Payment,
    Period,
    Plan,
    ServiceProfile,
    Unit,
    Validity,
    ValidityKind,
)
from hotgate.domain.errors import DomainError
from hotgate.domain.subscriber import Entitlement

ROME = ZoneInfo("Europe/Rome")
CREATED = datetime(2026, 6, 20, 15, tzinfo=ROME)
USED = datetime(2026, 6, 25, 9, 30, tzinfo=ROME)
FIRST_USE = Validity(ValidityKind.FROM_FIRST_USE)
HOUR_PLAN = Plan(1, "An hour", Payment.PREPAID, Measure.TIME, ServiceProfile(1), amount=3600)
MONTHLY = HOUR_PLAN._replace(cycle=CycleRule(Period.MONTH, 3))
DAILY = HOUR_PLAN._replace(cycle=CycleRule(Period.DAY, 7))


def given_to(plan: Plan, **terms: object) -> Entitlement:
    terms = {"created_at": CREATED, "starts_at": CREATED} | terms
    return validity.grant(plan, id=1, zone=ROME, **terms)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("terms", "used", "ends"),
    [
        (Validity(), USED, None),
        (Validity(ValidityKind.FROM_CREATION, 24, Unit.HOUR), None, CREATED + timedelta(hours=24)),
        (Validity(ValidityKind.FROM_CREATION, 1, Unit.MONTH), USED, datetime(2026, 7, 20, 15, tzinfo=ROME)),
        (Validity(ValidityKind.FROM_FIRST_USE, 2, Unit.DAY), None, None),
        (Validity(ValidityKind.FROM_FIRST_USE, 2, Unit.DAY), USED, datetime(2026, 6, 27, 9, 30, tzinfo=ROME)),
        (Validity(ValidityKind.FROM_FIRST_USE, 0), USED, None),
        (Validity(ValidityKind.END_OF_DAY), None, datetime(2026, 6, 21, tzinfo=ROME)),
    ],
    ids=["EN-23 always", "EN-23 hours", "EN-A18", "unused", "EN-23 first use", "EN-A13 no length", "EN-A17"],
)
def test_expires_at(terms: Validity, used: datetime | None, ends: datetime | None) -> None:
    assert validity.expires_at(terms, created_at=CREATED, first_used_at=used, zone=ROME) == ends


class TestGrant:
    def test_the_plans_validity_is_only_a_default(self) -> None:
        """EN-24"""
        plan = HOUR_PLAN._replace(validity=Validity(ValidityKind.END_OF_DAY))
        held = given_to(plan, validity=Validity(ValidityKind.FROM_CREATION, 1, Unit.WEEK))
        assert held.valid_until == datetime(2026, 6, 27, 15, tzinfo=ROME)
        assert given_to(plan).valid_until == datetime(2026, 6, 21, tzinfo=ROME)

    def test_cycles_come_from_the_plan_unless_given(self) -> None:
        """EN-29"""
        assert given_to(MONTHLY).cycles == 3
        assert given_to(MONTHLY, cycles=12).cycles == 12
        assert given_to(HOUR_PLAN).cycles == 1
        with pytest.raises(DomainError) as refusal:
            given_to(MONTHLY, cycles=0)
        assert refusal.value.code == "cycles_invalid"

    @pytest.mark.parametrize(
        ("starts", "ends"),
        [(CREATED, (2026, 9, 1)), (datetime(2026, 7, 1, tzinfo=ROME), (2026, 10, 1))],
        ids=["EN-A12 from 20 June", "EN-33 from 1 July"],
    )
    def test_three_months(self, starts: datetime, ends: tuple[int, int, int]) -> None:
        assert given_to(MONTHLY, starts_at=starts).valid_until == datetime(*ends, tzinfo=ROME)

    def test_days_run_from_the_start(self) -> None:
        """EN-A11"""
        held = given_to(DAILY)
        assert held.cycle_anchor == CREATED
        assert held.valid_until == datetime(2026, 6, 27, 15, tzinfo=ROME)

    def test_from_first_use_nothing_is_known_yet(self) -> None:
        held = given_to(DAILY, validity=FIRST_USE)
        assert (held.cycle_anchor, held.valid_until) == (None, None)

    def test_a_caps_cycle_is_anchored_but_ends_nothing(self) -> None:
        cap = Cap(10**9, CapAction.DISCONNECT, CycleRule(Period.DAY, None))
        held = given_to(HOUR_PLAN._replace(amount=None, cap=cap))
        assert (held.cycle_anchor, held.valid_until) == (CREATED, None)


class TestActivate:
    def test_days_run_from_the_first_use(self) -> None:
        """EN-A11, EN-A13"""
        active = validity.activate(given_to(DAILY, validity=FIRST_USE), USED, ROME)
        assert active.cycle_anchor == active.first_used_at == USED
        assert active.valid_until == datetime(2026, 7, 2, 9, 30, tzinfo=ROME)

    def test_only_once(self) -> None:
        """G6"""
        active = validity.activate(given_to(DAILY, validity=FIRST_USE), USED, ROME)
        assert validity.activate(active, USED + timedelta(days=1), ROME) is active

    @pytest.mark.parametrize(
        ("terms", "ends"),
        [
            (Validity(), USED + timedelta(seconds=3600)),
            (Validity(ValidityKind.FROM_CREATION, 30, Unit.DAY), USED + timedelta(seconds=3600)),
            (Validity(ValidityKind.FROM_FIRST_USE, 30, Unit.MINUTE), USED + timedelta(minutes=30)),
        ],
    )
    def test_time_that_runs_on_ends_with_its_amount_if_sooner(self, terms: Validity, ends: datetime) -> None:
        held = given_to(HOUR_PLAN._replace(elapsed=True), validity=terms)
        assert validity.activate(held, USED, ROME).valid_until == ends

    def test_an_end_that_staff_moved_stays(self) -> None:
        held = given_to(HOUR_PLAN, validity=Validity(ValidityKind.FROM_CREATION, 1, Unit.DAY))
        moved = held._replace(valid_until=CREATED + timedelta(days=30))
        assert validity.activate(moved, USED, ROME).valid_until == moved.valid_until

    def test_an_end_known_before_is_only_brought_forward(self) -> None:
        terms = Validity(ValidityKind.FROM_FIRST_USE, 2, Unit.HOUR)
        held = given_to(HOUR_PLAN, validity=terms)._replace(valid_until=USED + timedelta(hours=1))
        assert validity.activate(held, USED, ROME).valid_until == USED + timedelta(hours=1)
        held = held._replace(valid_until=USED + timedelta(hours=9))
        assert validity.activate(held, USED, ROME).valid_until == USED + timedelta(hours=2)


def test_the_window_is_on_the_sites_clock() -> None:
    held = given_to(HOUR_PLAN, validity=Validity(ValidityKind.END_OF_DAY), created_at=CREATED.astimezone(UTC))
    starts, ends = validity.window(held, ROME)
    assert (starts.isoformat(), ends and ends.isoformat()) == (
        "2026-06-20T15:00:00+02:00",
        "2026-06-21T00:00:00+02:00",
    )
    stopped = held._replace(ended_at=CREATED + timedelta(hours=1))
    assert validity.window(stopped, ROME)[1] == stopped.ended_at


def test_it_is_over_at_its_very_end() -> None:
    """SV-A2, EN-A19"""
    held = given_to(HOUR_PLAN)._replace(valid_until=USED)
    assert not validity.is_over(held, USED - timedelta(microseconds=1))
    assert validity.is_over(held, USED)
    assert validity.is_over(given_to(HOUR_PLAN)._replace(ended_at=USED), USED)
    assert not validity.is_over(given_to(HOUR_PLAN), USED)


@given(
    st.sampled_from(ValidityKind),
    st.integers(0, 400),
    st.sampled_from(Unit),
    st.sampled_from([None, *(CycleRule(p, 3) for p in Period)]),
    st.integers(0, 10**7),
)
def test_the_first_use_never_lengthens(
    kind: ValidityKind, amount: int, unit: Unit, cycle: CycleRule | None, after: int
) -> None:
    held = given_to(HOUR_PLAN._replace(cycle=cycle), validity=Validity(kind, amount, unit))
    at = CREATED.astimezone(UTC) + timedelta(seconds=after)
    active = validity.activate(held, at, ROME)
    assert active.first_used_at == at
    if held.valid_until is not None:
        assert active.valid_until == held.valid_until
    if cycle is not None or (kind is not ValidityKind.ALWAYS and (amount or kind is ValidityKind.END_OF_DAY)):
        assert active.valid_until is not None
