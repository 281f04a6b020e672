"""The two boxes for a price, of the whole and of a unit: one is typed and stays so, the other follows (EN-6).

`price_side` says which one was typed; the page fills it in while one types. Without a script it is empty, and the box
that was filled is the one that was typed.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from hotgate.domain import money, pricing
from hotgate.domain.catalogue import Measure, Payment, Tariff
from hotgate.domain.errors import DomainError
from hotgate.domain.pricing import PriceSide

if TYPE_CHECKING:
    from hotgate.web.console.plans.forms import PlanForm

FIELDS = {PriceSide.TICKET: "price", PriceSide.UNIT: "unit_price"}
_HINT = gettext_noop("Please give a price such as 0.05, with at most 8 decimals.")
_TOO_LARGE = gettext_noop("That amount is too large.")


def read(form: PlanForm, cleaned: dict[str, Any]) -> None:
    """Texts become numbers; mistakes stand beside the box in which they are."""
    texts = {name: cleaned.get(name) or "" for name in ("price", "unit_price", "cycle_price")}
    cleaned.update(price=None, unit_price=None, cycle_price=None)
    used = _used(cleaned, texts)
    parsers = {"unit_price": unit_price_of}
    for name in used:
        cleaned[name] = texts[name]
        form.parse(cleaned, name, parsers.get(name, lambda text: money.parse(text, form.currency)))
    if form.errors.keys() & FIELDS.values() or "cycle_price" in form.errors:
        return
    _require(form, cleaned, used)
    if cleaned.get("price") is not None and cleaned.get("unit_price") is not None:
        _keep_one(form, cleaned)


def of_draft(form: PlanForm) -> dict[str, Any]:
    """The typed price where it belongs in the draft: of the ticket, of a unit, of a cycle, or of use."""
    typed = form.cleaned_data
    if typed["payment"] == Payment.POSTPAID and typed["unit_price"] is not None:
        unit, _name = pricing.unit_of(Measure(typed["measure"]))
        return {"tariff": Tariff(typed["unit_price"], unit, typed["increment"] or 1)}
    if form.is_cyclic:
        return {"price": typed["cycle_price"]}
    return {name: typed[name] for name in ("price", "unit_price") if typed[name] is not None}


def unit_price_of(text: str) -> Decimal:
    """DomainError `unit_price_invalid`."""
    try:
        price = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        price = Decimal("NaN")
    if price.is_finite() and price >= pricing.UNIT_PRICE_MAX:
        raise DomainError("unit_price_invalid", _TOO_LARGE, {"unit_price": _TOO_LARGE})
    if not pricing.is_possible(price):
        raise DomainError("unit_price_invalid", _HINT, {"unit_price": _HINT})
    return price


def _used(cleaned: dict[str, Any], texts: dict[str, str]) -> list[str]:
    """The boxes that count for this kind of plan. A free plan's are read only where something was typed into them."""
    payment, measure = cleaned.get("payment"), cleaned.get("measure")
    if payment == Payment.FREE:
        return []
    if payment == Payment.POSTPAID and measure != Measure.NONE:
        return ["unit_price"]
    if cleaned.get("kind") == "cyclic":
        return ["cycle_price"]
    return ["price"] if measure == Measure.NONE else ["price", "unit_price"]


def _require(form: PlanForm, cleaned: dict[str, Any], used: list[str]) -> None:
    if used and all(cleaned[name] is None for name in used):
        form.add_error(used[0], _("Please give a price; 0 where nothing is charged."))


def _keep_one(form: PlanForm, cleaned: dict[str, Any]) -> None:
    """Both boxes are filled: one was typed, and the other has to be what follows from it."""
    side, amount = cleaned.get("price_side"), cleaned.get("amount")
    if side not in FIELDS or amount is None:
        form.add_error("unit_price", _("Please give one of the two prices, and leave the other empty."))
        return
    typed = FIELDS[PriceSide(side)]
    other = "unit_price" if typed == "price" else "price"
    follows = following(form.currency, cleaned, PriceSide(side))
    if follows is not None and cleaned[other] != getattr(follows, "ticket" if other == "price" else "unit_price"):
        form.add_error(other, _("The two prices do not belong together. Please empty the one that is to be computed."))
    cleaned[other] = None


def following(currency: str, cleaned: dict[str, Any], side: PriceSide) -> pricing.Prices | None:
    """Both prices by the typed one; None where that is not possible (yet)."""
    amount, measure = cleaned.get("amount"), Measure(cleaned.get("measure") or "none")
    typed = cleaned.get(FIELDS[side])
    if typed is None or amount is None or amount <= 0 or measure is Measure.NONE:
        return None
    if side is PriceSide.UNIT:
        return pricing.from_unit(typed, currency, amount, measure)
    return pricing.from_ticket(typed, amount, measure)
