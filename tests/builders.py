"""Things to sell and to hold, each with what a case leaves out filled in."""

from __future__ import annotations

from typing import Any

from hotgate.apps.catalogue.drafts import PlanDraft
from hotgate.domain.catalogue import CycleRule, Measure, Payment, Period
from hotgate.domain.money import Money
from hotgate.domain.quantities import GB, HOUR

PASSWORD = "a long enough password"


def euro(minor: int) -> Money:
    return Money(minor, "EUR")


def plan_draft(**changes: Any) -> PlanDraft:
    """One hour for 2.00, prepaid."""
    given = {
        "name": "1 hour",
        "payment": Payment.PREPAID,
        "measure": Measure.TIME,
        "amount": HOUR,
        "price": euro(200),
    }
    return PlanDraft(**(given | changes))


def monthly_draft(**changes: Any) -> PlanDraft:
    """20 GB a month for 15.00 a cycle."""
    given = {
        "name": "Monthly",
        "measure": Measure.TRAFFIC,
        "amount": 20 * GB,
        "price": euro(1500),
        "cycle": CycleRule(Period.MONTH),
    }
    return plan_draft(**(given | changes))
