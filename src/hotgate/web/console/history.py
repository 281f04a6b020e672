"""`{% history "plan" plan.id %}`: what was done to one thing, on the page about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django import template
from django.utils.translation import gettext as _

from hotgate.apps.operators.history import entries_about
from hotgate.web.console.audit import words

SHOWN = 20
# numbers of rows, which say nothing to people; the audit has them
NUMBERS = {"credit", "device_plan", "entitlement", "hold", "parent", "plan", "realm", "subscriber", "voucher"}

register = template.Library()


class Deed(NamedTuple):
    at: datetime
    who: str
    what: str
    changes: list[words.Difference]
    reason: str


@register.inclusion_tag("lists/history.html", takes_context=True)
def history(context: dict[str, Any], kind: str, id_: int) -> dict[str, Any]:
    """The newest entries about the thing, for whoever may open its page; `kind` as the services name it."""
    seat = context.get("seat")
    if seat is None:
        return {"deeds": []}
    found = list(entries_about(seat.operator, kind, id_)[: SHOWN + 1])
    deeds = [_deed(row, seat.operator.currency) for row in found[:SHOWN]]
    return {"deeds": deeds, "has_more": len(found) > SHOWN}


def _deed(row: Any, currency: str) -> Deed:
    who = (row.staff.name or row.staff.email) if row.staff else _(row.actor)
    changes = words.differences(_told(row.before), _told(row.after), currency)
    return Deed(row.at, who, words.verb(row.verb), changes, row.reason)


def _told(values: dict[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (values or {}).items() if name not in NUMBERS}
