"""A plan as it is typed: amounts and speeds in words, one price on the side that the operator thinks in."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms

from hotgate.apps.catalogue.drafts import Limits, PlanDraft
from hotgate.domain import money, pricing, quantities
from hotgate.domain.catalogue import (
    Cap,
    CapAction,
    CycleRule,
    Measure,
    Payment,
    Period,
    Tariff,
    Unit,
    Validity,
    ValidityKind,
)
from hotgate.domain.errors import DomainError
from hotgate.web.shared.forms import ConsoleForm

PAYMENTS = (("prepaid", "Prepaid"), ("free", "Free"), ("postpaid", "Postpaid: charged as used"))
MEASURES = (("time", "Time"), ("traffic", "Data"), ("none", "Flat: nothing is counted"))
VALIDITIES = (
    ("from_first_use", "from first login"),
    ("from_creation", "from the sale"),
    ("end_of_day", "until the end of the day"),
    ("always", "without end"),
)
UNITS = (("minute", "minutes"), ("hour", "hours"), ("day", "days"), ("week", "weeks"), ("month", "months"))
PERIODS = (("", "Once"), ("day", "Every day"), ("week", "Every week"), ("month", "Every month"), ("year", "Every year"))
SIDES = (("ticket", "for the whole"), ("unit", "per hour or 10 MB"))
CAP_ACTIONS = (
    ("", "No cap"),
    ("throttle", "Make it slower"),
    ("disconnect", "Disconnect"),
    ("overage", "Offer overage"),
)
CAP_PERIODS = PERIODS[1:]


class PlanForm(ConsoleForm):
    name = forms.CharField(max_length=100, help_text="As guests and staff read it.")
    payment = forms.ChoiceField(choices=PAYMENTS)
    measure = forms.ChoiceField(choices=MEASURES, label="Counts", initial="time")
    amount = forms.CharField(
        max_length=40, required=False, help_text="1 GB, 500 MB, 90 min, 2 days. Empty: as much as wanted."
    )
    cycle = forms.ChoiceField(choices=PERIODS, required=False, label="The amount comes")
    repeats = forms.IntegerField(min_value=1, max_value=1000, required=False, label="How many times", initial=1)
    calendar = forms.BooleanField(required=False, label="Periods begin at midnight, on Monday, on the 1st")
    price = forms.CharField(max_length=30, required=False, help_text="Such as 5.00.")
    price_side = forms.ChoiceField(choices=SIDES, label="This price is", initial="ticket", required=False)
    validity_kind = forms.ChoiceField(choices=VALIDITIES, label="Counted", initial="from_first_use")
    validity_amount = forms.IntegerField(min_value=0, max_value=10_000, required=False, label="Valid for", initial=7)
    validity_unit = forms.ChoiceField(choices=UNITS, label="Unit", initial="day", required=False)
    download = forms.CharField(max_length=20, required=False, label="Download", help_text="20M, 512k. Empty: no limit.")
    upload = forms.CharField(max_length=20, required=False, label="Upload")
    devices_max = forms.IntegerField(
        min_value=1, max_value=1000, required=False, initial=1, label="Devices at once", help_text="Empty: any number."
    )
    elapsed = forms.BooleanField(required=False, label="Time runs from first login on, also while offline")
    cap_action = forms.ChoiceField(choices=CAP_ACTIONS, required=False, label="When a cap is reached")
    cap_amount = forms.CharField(max_length=40, required=False, label="Cap", help_text="Such as 50 GB.")
    cap_period = forms.ChoiceField(choices=CAP_PERIODS, required=False, label="Cap counts", initial="month")
    cap_speed = forms.CharField(max_length=20, required=False, label="Slower means", help_text="Such as 2M.")
    code = forms.CharField(max_length=100, required=False, help_text="For a hotel's system. Empty: the name.")
    quick_ticket = forms.BooleanField(required=False, label="Quick ticket", initial=True)
    self_service = forms.BooleanField(required=False, label="Guests may buy it on the portal")
    for_devices = forms.BooleanField(required=False, label="For devices that log in by MAC address")

    def __init__(self, currency: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean(self) -> dict[str, Any]:
        """Words become numbers; each that can't is told beside its field."""
        cleaned = super().clean() or {}
        measure = cleaned.get("measure", "none")
        parse = quantities.parse_seconds if measure == Measure.TIME else quantities.parse_octets
        self._parse(cleaned, "amount", parse)
        self._parse(cleaned, "cap_amount", quantities.parse_octets if measure != Measure.TIME else parse)
        for name in ("download", "upload", "cap_speed"):
            self._parse(cleaned, name, quantities.parse_rate)
        if cleaned.get("price_side") == pricing.PriceSide.UNIT or cleaned.get("payment") == Payment.POSTPAID:
            self._parse(cleaned, "price", _unit_price)
        else:
            self._parse(cleaned, "price", lambda text: money.parse(text, self.currency))
        return cleaned

    def _parse(self, cleaned: dict[str, Any], name: str, parse: Callable[[str], Any]) -> None:
        text = cleaned.get(name)
        if not text:
            cleaned[name] = None
            return
        try:
            cleaned[name] = parse(text)
        except DomainError as error:
            self.add_error(name, error.text)

    def draft(self) -> PlanDraft:
        """What is published. Only of a form without mistakes."""
        typed = self.cleaned_data
        measure, payment = Measure(typed["measure"]), Payment(typed["payment"])
        return PlanDraft(
            name=typed["name"],
            code=typed["code"],
            payment=payment,
            measure=measure,
            amount=typed["amount"] if measure is not Measure.NONE else None,
            validity=self._validity(),
            cycle=self._cycle(),
            cap=self._cap(measure),
            elapsed=typed["elapsed"],
            for_devices=typed["for_devices"],
            quick_ticket=typed["quick_ticket"] and payment is not Payment.POSTPAID,
            self_service=typed["self_service"],
            limits=Limits(download_bps=typed["download"], upload_bps=typed["upload"], devices_max=typed["devices_max"]),
            **self._prices(payment, measure),
        )

    def _prices(self, payment: Payment, measure: Measure) -> dict[str, Any]:
        """The typed price where it belongs: of the ticket, of a unit, or of use."""
        price, side = self.cleaned_data["price"], self.cleaned_data["price_side"]
        if payment is Payment.FREE or price is None:
            return {}
        if payment is Payment.POSTPAID and measure is not Measure.NONE:
            return {"tariff": Tariff(price, pricing.unit_of(measure)[0])}
        if side == pricing.PriceSide.UNIT and measure is not Measure.NONE:
            return {"unit_price": price}
        return {"price": price if isinstance(price, money.Money) else money.from_decimal(price, self.currency)}

    def _validity(self) -> Validity:
        typed = self.cleaned_data
        kind = ValidityKind(typed["validity_kind"])
        if kind in (ValidityKind.ALWAYS, ValidityKind.END_OF_DAY):
            return Validity(kind)
        return Validity(kind, typed["validity_amount"] or 0, Unit(typed["validity_unit"] or Unit.DAY))

    def _cycle(self) -> CycleRule | None:
        typed = self.cleaned_data
        if not typed["cycle"]:
            return None
        return CycleRule(Period(typed["cycle"]), typed["repeats"] or 1, typed["calendar"])

    def _cap(self, measure: Measure) -> Cap | None:
        typed = self.cleaned_data
        if not typed["cap_action"] or typed["cap_amount"] is None:
            return None
        counted = Measure.TIME if measure is Measure.TIME else Measure.TRAFFIC
        cycle = CycleRule(Period(typed["cap_period"] or Period.MONTH), None, calendar=True)
        speed = typed["cap_speed"]
        return Cap(typed["cap_amount"], CapAction(typed["cap_action"]), cycle, counted, speed, speed)


def _unit_price(text: str) -> Decimal:
    try:
        return Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        hint = "Please give a price such as 0.05, with at most 8 decimals."
        raise DomainError("unit_price_invalid", hint, {"price": hint}) from None
