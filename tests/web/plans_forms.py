"""What somebody types into the form of a plan, with what a case leaves out filled in."""

from __future__ import annotations

from typing import Any

TYPED = {
    "name": "Two hours", "payment": "prepaid", "measure": "time", "kind": "normal", "amount": "2", "time_unit": "h",
    "data_unit": "gb", "price": "3.00", "unit_price": "", "price_side": "", "validity_kind": "always",
    "validity_unit": "day", "cycle": "month", "cycle_price": "", "repeats": "", "devices_max": "1",
}  # fmt: skip
MONTHLY = {"measure": "traffic", "kind": "cyclic", "amount": "20", "price": "", "cycle_price": "15.00"}
POSTPAID = {"payment": "postpaid", "amount": "", "price": "", "unit_price": "1.50"}


def typed(**changes: Any) -> dict[str, Any]:
    return TYPED | changes
