"""What a guest can use beyond the amount of a plan, at most, before the session ends.

A gateway that enforces volume or time ends by itself. One that does not is told once an interim says that the amount
is reached, so each device runs on for one interim and the time that a Disconnect takes.
"""

from __future__ import annotations

from typing import NamedTuple

from hotgate.domain.catalogue import CapAction, Direction, Measure, Plan, ServiceProfile

REACTION_SECONDS = 10  # from the interim that tells it to the end by Disconnect
ENFORCED_OCTETS = 1_000_000
ENFORCED_SHARE = 100  # one hundredth of the amount


class Overshoot(NamedTuple):
    """Octets beyond the amount; `told` is None where no rate or no number of devices bounds it."""

    enforced: int  # with a gateway that enforces volume
    told: int | None  # with one that has to be told


def overshoot(plan: Plan) -> Overshoot | None:
    """None of a plan whose traffic is not ended at an amount. Time needs no bound: gateways keep Session-Timeout."""
    amount = _end(plan)
    if amount is None:
        return None
    return Overshoot(max(amount // ENFORCED_SHARE, ENFORCED_OCTETS), _told(plan.profile, plan.direction))


def _end(plan: Plan) -> int | None:
    """The octets at which use is ended."""
    if plan.counted_measure is not Measure.TRAFFIC:
        return None
    if plan.cap is not None:
        return plan.cap.amount if plan.cap.action is CapAction.DISCONNECT else None
    return plan.amount


def _told(profile: ServiceProfile, direction: Direction) -> int | None:
    rate = _counted_bps(profile, direction)
    if rate is None or profile.devices_max is None:
        return None
    return rate * (profile.interim_seconds + REACTION_SECONDS) * profile.devices_max // 8


def _counted_bps(profile: ServiceProfile, direction: Direction) -> int | None:
    """The speed at which octets that count can flow; None: not limited."""
    down, up = profile.download_bps, profile.upload_bps
    if direction is Direction.DOWNLOAD:
        return down
    if direction is Direction.UPLOAD:
        return up
    return None if down is None or up is None else down + up
