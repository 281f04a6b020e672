"""A plan in one sentence."""

from __future__ import annotations

from decimal import Decimal

import pytest

from hotgate.domain.catalogue import (
    Cap,
    CapAction,
    CycleRule,
    Measure,
    Payment,
    Period,
    Plan,
    ServiceProfile,
    Tariff,
    Unit,
    Validity,
    ValidityKind,
)
from hotgate.web.shared.plan_words import sentence

GB, HOUR, MBIT = 10**9, 3600, 10**6
FAST = ServiceProfile(1, 20 * MBIT, 5 * MBIT)
SLOW = ServiceProfile(1)
WEEK = Validity(ValidityKind.FROM_FIRST_USE, 7, Unit.DAY)
NO_BREAK = "\N{NO-BREAK SPACE}"


def plan(payment, measure, profile=SLOW, **terms):
    return Plan(1, "x", Payment(payment), Measure(measure), profile, **terms)


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (
            plan("prepaid", "traffic", FAST, amount=GB, price_minor=500, validity=WEEK),
            "1 GB, usable for 7 days from first login, up to 20/5 Mbit/s, 5.00 €",
        ),
        (plan("free", "time", amount=HOUR // 2), "30 min, without expiry, free"),
        (
            plan("prepaid", "none", price_minor=400, validity=Validity(ValidityKind.END_OF_DAY)),
            "Unlimited use, until the end of the day, 4.00 €",
        ),
        (
            plan("prepaid", "traffic", amount=20 * GB, price_minor=1500, cycle=CycleRule(Period.MONTH, 3)),
            "20 GB each month for 3 months, 15.00 € per month",
        ),
        (
            plan("postpaid", "time", tariff=Tariff(Decimal("1.5"), HOUR)),
            "Time as used, without expiry, 1.50 € per hour, paid afterwards",
        ),
        (
            plan("prepaid", "time", amount=HOUR, elapsed=True, price_minor=100, validity=WEEK),
            "1 h from first login on, online or not, usable for 7 days from first login, 1.00 €",
        ),
        (
            plan(
                "prepaid", "none", ServiceProfile(1, devices_max=None), price_minor=3000,
                cap=Cap(50 * GB, CapAction.THROTTLE, CycleRule(Period.MONTH, None, True)),
            ),
            "50 GB each month, then slower until the next month, without expiry, any number of devices, 30.00 €",
        ),
        (
            plan("prepaid", "time", ServiceProfile(1, None, 512_000, devices_max=3), amount=HOUR, currency="JPY",
                 price_minor=300, validity=Validity(ValidityKind.FROM_CREATION, 1, Unit.MONTH)),
            "1 h, usable for 1 month from the sale, upload up to 512 kbit/s, 3 devices at once, 300 ¥",
        ),
    ],
)  # fmt: skip
def test_a_plan_reads_as_one_sentence(terms, said):
    assert sentence(terms).replace(NO_BREAK, " ") == said
