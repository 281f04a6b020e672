"""Grants to render: one that is well known, and any."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from hotgate.domain.catalogue import Direction, ServiceProfile
from hotgate.domain.limits import Grant

PROFILE = ServiceProfile(1, idle_timeout_seconds=600, interim_seconds=300, filter_id="guests", address_pool="pool1")


def grant(**changes: Any) -> Grant:
    """20 Mbit/s down, 5 up, an hour, 5 GB in both directions."""
    return Grant(1, 1, PROFILE, 20_000_000, 5_000_000, 3600, 5_000_000_000, Direction.BOTH)._replace(**changes)


RATES = st.none() | st.integers(1, 100_000_000_000)

GRANTS = st.builds(
    Grant,
    entitlement_id=st.just(1),
    plan_id=st.just(1),
    profile=st.builds(
        ServiceProfile,
        id=st.just(1),
        idle_timeout_seconds=st.none() | st.integers(1, 1 << 33),
        interim_seconds=st.integers(0, 86_400),
        filter_id=st.sampled_from(["", "guests"]),
        address_pool=st.sampled_from(["", "pool1"]),
    ),
    download_bps=RATES,
    upload_bps=RATES,
    session_seconds=st.none() | st.integers(0, 1 << 40),
    octets=st.none() | st.integers(1, 1 << 50),
    direction=st.sampled_from(Direction),
)
