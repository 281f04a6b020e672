"""A plan's terms as somebody would type them, to make another from it."""

from __future__ import annotations

from typing import Any

from hotgate.domain import money
from hotgate.domain.catalogue import Measure, Plan
from hotgate.domain.examples import Example, measure_of
from hotgate.domain.money import Money
from hotgate.domain.pricing import PriceSide
from hotgate.web.console.plans.example_rows import rows_of, words_of


def typed_of(row: Any, plan: Plan, examples: list[Example]) -> dict[str, Any]:
    """What fills the form. `row` knows on which side the price was typed."""
    return {
        "name": row.name,
        "code": row.code if row.code != row.name else "",
        "payment": str(plan.payment),
        "measure": str(plan.measure),
        "kind": "cyclic" if plan.cycle else "normal",
        "amount": "" if plan.amount is None else words_of(plan.amount, plan.measure),
        "elapsed": plan.elapsed,
        "for_devices": plan.for_devices,
        "quick_ticket": row.quick_ticket,
        "self_service": row.self_service,
        "validity_kind": str(plan.validity.kind),
        "validity_amount": plan.validity.amount,
        "validity_unit": str(plan.validity.unit),
        "examples": rows_of(examples, measure_of(plan)),
        **_prices(row, plan),
        **_cycle(plan),
        **_limits(plan),
        **_cap(plan),
    }


def _prices(row: Any, plan: Plan) -> dict[str, Any]:
    if plan.tariff is not None:
        size = words_of(plan.tariff.increment, plan.measure) if plan.tariff.increment > 1 else ""
        return {"unit_price": f"{plan.tariff.unit_price.normalize():f}", "increment": size}
    price = money.plain(Money(plan.price_minor, plan.currency))
    if plan.cycle is not None:
        return {"cycle_price": price}
    if row.price_side == PriceSide.UNIT:
        return {"unit_price": f"{row.unit_price.normalize():f}", "price_side": "unit"}
    return {"price": "" if plan.payment == "free" else price, "price_side": "ticket"}


def _cycle(plan: Plan) -> dict[str, Any]:
    if plan.cycle is None:
        return {}
    return {"cycle": str(plan.cycle.period), "repeats": plan.cycle.repeats, "calendar": plan.cycle.calendar}


def _limits(plan: Plan) -> dict[str, Any]:
    profile = plan.profile
    return {
        "limit_bandwidth": bool(profile.download_bps or profile.upload_bps),
        "download": str(profile.download_bps or ""),
        "upload": str(profile.upload_bps or ""),
        "devices_max": profile.devices_max,
    }


def _cap(plan: Plan) -> dict[str, Any]:
    cap = plan.cap
    if cap is None:
        return {}
    counted = Measure.TIME if cap.measure is Measure.TIME else Measure.TRAFFIC
    return {
        "cap_action": str(cap.action),
        "cap_amount": words_of(cap.amount, counted),
        "cap_period": str(cap.cycle.period),
        "cap_speed": str(cap.throttle_download_bps or ""),
    }
