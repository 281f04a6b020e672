"""Caps and overage terms (AZ-1 … AZ-3, AZ-15 … AZ-17, AZ-A5, AZ-A6, AZ-A9)."""

from datetime import UTC, datetime, timedelta

import pytest

from hotgate.domain import caps
from hotgate.domain.caps import CapVerdict, OverageTerms
from hotgate.domain.catalogue import Cap, CapAction, CycleRule, Period
from hotgate.domain.quantities import GB

CAP = Cap(10 * GB, CapAction.OVERAGE, CycleRule(Period.MONTH, None))
ACCEPTED = datetime(2026, 6, 20, 15, tzinfo=UTC)
JULY = datetime(2026, 7, 1, tzinfo=UTC)
AUGUST = datetime(2026, 8, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("used", "reached", "left", "above"),
    [(0, False, 10 * GB, 0), (10 * GB - 1, False, 1, 0), (10 * GB, True, 0, 0), (11 * GB, True, 0, GB)],
    ids=["nothing", "one octet left", "exactly", "AZ-A9 above"],
)
def test_a_cap_is_reached_by_its_amount(used: int, reached: bool, left: int, above: int) -> None:
    assert caps.verdict(CAP, used) == (CapVerdict(True, CapAction.OVERAGE) if reached else caps.WITHIN)
    assert (caps.left(CAP, used), caps.above(CAP, used)) == (left, above)


@pytest.mark.parametrize("action", CapAction)
def test_the_verdict_names_the_action(action: CapAction) -> None:
    assert caps.verdict(CAP._replace(action=action), 10 * GB).action is action


class TestOverageTerms:
    def test_for_good(self) -> None:
        """AZ-16: agreed once, for every month."""
        terms = caps.accept(ACCEPTED, cycle_ends_at=JULY, one_cycle=False)
        assert terms == OverageTerms(ACCEPTED, None)
        assert caps.in_force(terms, ACCEPTED + timedelta(days=400))

    def test_for_this_month(self) -> None:
        """AZ-17, AZ-A5: to the end of the cycle, not for 30 days; then the page is shown again."""
        terms = caps.accept(ACCEPTED, cycle_ends_at=JULY, one_cycle=True)
        assert caps.in_force(terms, JULY - INSTANT)
        assert not caps.in_force(terms, JULY)

    def test_a_withdrawal_takes_effect_with_the_next_cycle(self) -> None:
        """AZ-A6"""
        terms = caps.accept(ACCEPTED, cycle_ends_at=JULY, one_cycle=False)
        withdrawn = caps.withdraw(terms, cycle_ends_at=AUGUST)
        assert caps.in_force(withdrawn, AUGUST - INSTANT)
        assert not caps.in_force(withdrawn, AUGUST)

    def test_a_withdrawal_never_lengthens(self) -> None:
        terms = caps.accept(ACCEPTED, cycle_ends_at=JULY, one_cycle=True)
        assert caps.withdraw(terms, cycle_ends_at=AUGUST) == terms

    def test_before_and_without_them(self) -> None:
        terms = caps.accept(ACCEPTED, cycle_ends_at=JULY, one_cycle=True)
        assert not caps.in_force(terms, ACCEPTED - INSTANT)
        assert caps.in_force(terms, ACCEPTED)
        assert not caps.in_force(None, ACCEPTED)
