"""What a guest can use beyond the amount of a plan, at most (G18)."""

from __future__ import annotations

from typing import Any

import pytest

from hotgate.domain.catalogue import Cap, CapAction, CycleRule, Direction, Measure, Period
from hotgate.domain.overshoot import Overshoot, overshoot
from small_world import GB, MB, hour, metered, plan, traffic

MBIT = 1_000_000
SLOW = {"download_bps": 8 * MBIT, "upload_bps": 8 * MBIT}  # 1 MB/s each way
MONTH = CycleRule(Period.MONTH)


def capped(action: CapAction, measure: Measure = Measure.TRAFFIC) -> Any:
    return plan(measure=Measure.TRAFFIC, cap=Cap(10 * GB, action, MONTH, measure), profile=SLOW)


@pytest.mark.parametrize(
    ("terms", "bound"),
    [
        (traffic(GB, profile=SLOW), Overshoot(10 * MB, 620 * MB)),
        (traffic(100 * MB, profile=SLOW), Overshoot(MB, 620 * MB)),
        (traffic(10 * MB, profile=SLOW), Overshoot(MB, 620 * MB)),
        (traffic(GB, profile=SLOW, devices=3), Overshoot(10 * MB, 1860 * MB)),
        (traffic(GB, profile=SLOW | {"interim_seconds": 60}), Overshoot(10 * MB, 140 * MB)),
        (traffic(GB, profile=SLOW, direction=Direction.DOWNLOAD), Overshoot(10 * MB, 310 * MB)),
        (traffic(GB, profile={"download_bps": 8 * MBIT}, direction=Direction.DOWNLOAD), Overshoot(10 * MB, 310 * MB)),
        (traffic(GB, profile={"download_bps": 8 * MBIT}, direction=Direction.UPLOAD), Overshoot(10 * MB, None)),
        (traffic(GB, profile={"download_bps": 8 * MBIT}), Overshoot(10 * MB, None)),
        (traffic(GB), Overshoot(10 * MB, None)),
        (traffic(GB, profile=SLOW, devices=None), Overshoot(10 * MB, None)),
        (capped(CapAction.DISCONNECT), Overshoot(100 * MB, 620 * MB)),
        (capped(CapAction.THROTTLE), None),
        (capped(CapAction.OVERAGE), None),
        (capped(CapAction.DISCONNECT, Measure.TIME), None),
        (traffic(None, profile=SLOW), None),
        (hour(profile=SLOW), None),
        (metered(profile=SLOW), None),
        (plan(profile=SLOW), None),
    ],
    ids=[
        "one percent", "a megabyte", "never less than a megabyte", "each device", "a shorter interim", "down only",
        "up is not asked for", "up is what counts", "one way is not limited", "no rate", "any number of devices",
        "a cap that ends", "a cap that slows", "a cap that costs", "a cap of time", "no amount", "time", "postpaid",
        "free",
    ],
)  # fmt: skip
def test_G18_the_bound_of_a_plan(terms: Any, bound: Overshoot | None) -> None:
    assert overshoot(terms) == bound
