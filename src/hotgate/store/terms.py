"""Plan terms, kept by a process: a plan never changes, and of its profile the revision is asked with every row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from hotgate.domain.catalogue import (
    Cap,
    CapAction,
    CycleRule,
    Direction,
    Measure,
    Payment,
    Period,
    Plan,
    ServiceProfile,
    Tariff,
)
from hotgate.store.access import StateRow, validity_of
from hotgate.store.db import Statement

KEPT_MAX = 20_000


class PlanRow(NamedTuple):
    id: int
    name: str
    payment: str
    measure: str
    currency: str
    price_minor: int
    amount: int | None
    validity_kind: str
    validity_amount: int
    validity_unit: str
    cycle_period: str | None
    cycle_count: int | None
    cycle_calendar: bool
    tariff_unit_price: Decimal | None
    tariff_unit: int | None
    tariff_increment: int
    cap_amount: int | None
    cap_action: str | None
    cap_period: str | None
    cap_calendar: bool
    cap_measure: str | None
    cap_throttle_download_bps: int | None
    cap_throttle_upload_bps: int | None
    direction: str
    elapsed: bool
    for_devices: bool
    profile_id: int
    revision: int
    download_bps: int | None
    upload_bps: int | None
    idle_timeout_seconds: int | None
    session_timeout_seconds: int | None
    interim_seconds: int
    devices_max: int | None
    address_pool: str
    filter_id: str


LOAD_PLANS = Statement(
    "LOAD_PLANS",
    "the terms of these plans, each with its profile as it is now",
    """
    SELECT p.id, p.name, p.payment, p.measure, text(p.currency), p.price_minor, p.amount, p.validity_kind,
           p.validity_amount, p.validity_unit, p.cycle_period, p.cycle_count, p.cycle_calendar, p.tariff_unit_price,
           p.tariff_unit, p.tariff_increment, p.cap_amount, p.cap_action, p.cap_period, p.cap_calendar,
           p.cap_measure, p.cap_throttle_download_bps, p.cap_throttle_upload_bps, p.direction, p.elapsed,
           p.for_devices, f.id, f.revision, f.download_bps, f.upload_bps, f.idle_timeout_seconds,
           f.session_timeout_seconds, f.interim_seconds, f.devices_max, f.address_pool, f.filter_id
      FROM plan p JOIN service_profile f ON f.id = p.profile_id
     WHERE p.id = ANY ($1::bigint[])
    """,
    PlanRow,
)


class Terms:
    """Plans by (id, profile revision)."""

    def __init__(self) -> None:
        self._plans: dict[tuple[int, int], Plan] = {}

    def __call__(self, plan_id: int, revision: int) -> Plan:
        """Raises KeyError when it was not loaded."""
        return self._plans[plan_id, revision]

    def missing(self, rows: Iterable[StateRow]) -> set[int]:
        """Ids of the plans to load before these rows can be read."""
        known = self._plans
        return {r.plan_id for r in rows if r.entitlement_id is not None and (r.plan_id, r.revision) not in known}

    def add(self, rows: Sequence[PlanRow], wanted: Iterable[StateRow] = ()) -> None:
        """Keep what was loaded. A profile edited since `wanted` was read serves that older revision as well."""
        if len(self._plans) > KEPT_MAX:
            self._plans.clear()
        newest = {row.id: plan_of(row) for row in rows}
        self._plans.update({(row.id, row.revision): newest[row.id] for row in rows})
        for state_row in wanted:
            if state_row.plan_id in newest:
                self._plans.setdefault((state_row.plan_id, state_row.revision), newest[state_row.plan_id])


def plan_of(row: PlanRow) -> Plan:
    """The terms of one plan."""
    return Plan(
        id=row.id,
        name=row.name,
        payment=Payment(row.payment),
        measure=Measure(row.measure),
        profile=profile_of(row),
        currency=row.currency,
        price_minor=row.price_minor,
        amount=row.amount,
        validity=validity_of(row.validity_kind, row.validity_amount, row.validity_unit),
        cycle=_cycle(row.cycle_period, row.cycle_count, row.cycle_calendar),
        tariff=_tariff(row),
        cap=_cap(row),
        direction=Direction(row.direction),
        elapsed=row.elapsed,
        for_devices=row.for_devices,
    )


def profile_of(row: PlanRow) -> ServiceProfile:
    """The service profile of one plan."""
    return ServiceProfile(
        row.profile_id,
        row.download_bps,
        row.upload_bps,
        row.idle_timeout_seconds,
        row.session_timeout_seconds,
        row.interim_seconds,
        row.devices_max,
        row.address_pool,
        row.filter_id,
    )


def _cycle(period: str | None, count: int | None, calendar: bool) -> CycleRule | None:
    return None if period is None else CycleRule(Period(period), count, calendar)


def _tariff(row: PlanRow) -> Tariff | None:
    if row.tariff_unit_price is None or row.tariff_unit is None:
        return None
    return Tariff(row.tariff_unit_price, row.tariff_unit, row.tariff_increment)


def _cap(row: PlanRow) -> Cap | None:
    if row.cap_amount is None or row.cap_action is None or row.cap_period is None:
        return None
    return Cap(
        row.cap_amount,
        CapAction(row.cap_action),
        CycleRule(Period(row.cap_period), None, row.cap_calendar),
        Measure(row.cap_measure or Measure.TRAFFIC),
        row.cap_throttle_download_bps,
        row.cap_throttle_upload_bps,
    )
