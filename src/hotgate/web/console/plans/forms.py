"""A plan as it is typed: amounts and speeds in words, one price on the side that the operator thinks in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hotgate.apps.catalogue.drafts import Limits, PlanDraft
from hotgate.domain import quantities
from hotgate.domain.catalogue import Cap, CapAction, CycleRule, Measure, Payment, Period, Unit, Validity, ValidityKind
from hotgate.domain.errors import DomainError
from hotgate.web.console.plans import choices, prices
from hotgate.web.console.plans.example_rows import ExampleRows
from hotgate.web.shared.forms import ConsoleForm

# beside which field the page tells what the service finds wrong
BESIDE = {
    "validity": "validity_kind",
    "tariff": "unit_price",
    "cap": "cap_amount",
    "download_bps": "limit_bandwidth",
    "upload_bps": "limit_bandwidth",
}


class PlanForm(ConsoleForm):
    name = forms.CharField(max_length=100, label=_("Name"), help_text=_("As guests and staff read it."))
    code = forms.CharField(
        max_length=100, required=False, label=_("Code"), help_text=_("For a hotel's system. Empty: the name.")
    )
    payment = forms.ChoiceField(choices=choices.PAYMENTS, label=_("Payment"))
    measure = forms.ChoiceField(choices=choices.MEASURES, label=_("Counts"), initial="time")
    kind = forms.ChoiceField(choices=choices.KINDS, label=_("Type"), initial="normal", required=False)
    amount = forms.CharField(
        max_length=40,
        required=False,
        label=_("Amount"),
        help_text=_("1 MB is 1,000,000 bytes. Empty: as much as wanted."),
    )
    time_unit = forms.ChoiceField(choices=choices.TIME_UNITS, required=False, label=_("Unit"), initial="h")
    data_unit = forms.ChoiceField(choices=choices.DATA_UNITS, required=False, label=_("Unit"), initial="gb")
    price = forms.CharField(max_length=30, required=False, label=_("Price"), help_text=_("Of the whole, such as 5.00."))
    unit_price = forms.CharField(
        max_length=30, required=False, label=_("Price of a unit"), help_text=_("Of 1 hour, or of 10 MB.")
    )
    price_side = forms.CharField(max_length=10, required=False, widget=forms.HiddenInput)
    increment = forms.CharField(
        max_length=20,
        required=False,
        label=_("Charged by"),
        help_text=_("60 s, 1 MB: use is rounded up to it at the end. Empty: second and byte."),
    )
    cycle = forms.ChoiceField(choices=choices.CYCLES, required=False, label=_("Cycle"), initial="month")
    cycle_price = forms.CharField(max_length=30, required=False, label=_("Price per cycle"))
    repeats = forms.IntegerField(
        min_value=1, max_value=1000, required=False, label=_("Default number of cycles"), initial=1
    )
    calendar = forms.BooleanField(required=False, label=_("Cycles begin at midnight, on Monday, on 1 January"))
    validity_kind = forms.ChoiceField(choices=choices.VALIDITIES, label=_("Counted"), initial="from_first_use")
    validity_amount = forms.IntegerField(min_value=0, max_value=10_000, required=False, label=_("Valid for"), initial=7)
    validity_unit = forms.ChoiceField(choices=choices.UNITS, label=_("Unit"), initial="day", required=False)
    limit_bandwidth = forms.BooleanField(required=False, label=_("Limit the bandwidth"))
    download = forms.CharField(max_length=20, required=False, label=_("Download"), help_text=_("20M, 512k."))
    upload = forms.CharField(max_length=20, required=False, label=_("Upload"))
    devices_max = forms.IntegerField(
        min_value=1,
        max_value=1000,
        required=False,
        initial=1,
        label=_("Devices at once"),
        help_text=_("Empty: any number."),
    )
    elapsed = forms.BooleanField(required=False, label=_("Time runs from first login on, also while offline"))
    cap_action = forms.ChoiceField(choices=choices.CAP_ACTIONS, required=False, label=_("When a cap is reached"))
    cap_amount = forms.CharField(max_length=40, required=False, label=_("Cap"), help_text=_("Such as 50 GB."))
    cap_period = forms.ChoiceField(choices=choices.CAP_PERIODS, required=False, label=_("Cap counts"), initial="month")
    cap_speed = forms.CharField(max_length=20, required=False, label=_("Slower means"), help_text=_("Such as 2M."))
    quick_ticket = forms.BooleanField(required=False, label=_("Quick ticket"), initial=True)
    self_service = forms.BooleanField(required=False, label=_("Guests may buy it on the portal"))
    for_devices = forms.BooleanField(required=False, label=_("For devices that log in by MAC address"))

    def __init__(self, currency: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.rows = ExampleRows(self.data if self.is_bound else None, self.initial.get("examples", ()))

    @property
    def is_cyclic(self) -> bool:
        return self.cleaned_data.get("kind") == "cyclic"

    def clean(self) -> dict[str, Any]:
        """Words become numbers; each that can't is told beside its field."""
        cleaned = super().clean() or {}
        is_time = cleaned.get("measure") == Measure.TIME
        words = quantities.parse_seconds if is_time else quantities.parse_octets
        unit = cleaned.get("time_unit") or "h" if is_time else cleaned.get("data_unit") or "gb"
        self.parse(cleaned, "amount", lambda text: words(f"{text} {unit}" if text[-1:].isdecimal() else text))
        self.parse(cleaned, "increment", words)
        self.parse(cleaned, "cap_amount", words)
        for name in ("download", "upload", "cap_speed"):
            self.parse(cleaned, name, quantities.parse_rate)
        if cleaned.get("limit_bandwidth") and not (cleaned.get("download") or cleaned.get("upload") or self.errors):
            self.add_error("download", _("Please give a speed, such as 20M or 512k."))
        prices.read(self, cleaned)
        self._read_examples(is_time)
        return cleaned

    def _read_examples(self, is_time: bool) -> None:
        self.rows.read(Measure.TIME if is_time else Measure.TRAFFIC)
        mistake = self.rows.mistake
        if mistake:
            self.add_error(None, mistake)

    def parse(self, cleaned: dict[str, Any], name: str, parse: Callable[[str], Any]) -> None:
        """Turn the text of a field into what it says; None for an empty one. A mistake stands beside it."""
        text = cleaned.get(name)
        if not text:
            cleaned[name] = None
            return
        try:
            cleaned[name] = parse(text)
        except DomainError as error:
            cleaned[name] = None
            self.add_error(name, _(error.text))

    def add_domain_error(self, error: DomainError) -> None:
        beside = {BESIDE.get(name, name): text for name, text in error.fields.items()}
        super().add_domain_error(DomainError(error.code, error.text, beside))

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
            limits=self._limits(),
            examples=tuple(self.rows.examples),
            **prices.of_draft(self),
        )

    def _limits(self) -> Limits:
        typed = self.cleaned_data
        is_limited = typed["limit_bandwidth"]
        return Limits(
            download_bps=typed["download"] if is_limited else None,
            upload_bps=typed["upload"] if is_limited else None,
            devices_max=typed["devices_max"],
        )

    def _validity(self) -> Validity:
        typed = self.cleaned_data
        kind = ValidityKind(typed["validity_kind"])
        if kind in (ValidityKind.ALWAYS, ValidityKind.END_OF_DAY) or self.is_cyclic:  # there, when it starts (EN-A13)
            return Validity(kind)
        return Validity(kind, typed["validity_amount"] or 0, Unit(typed["validity_unit"] or Unit.DAY))

    def _cycle(self) -> CycleRule | None:
        typed = self.cleaned_data
        if not self.is_cyclic:
            return None
        return CycleRule(Period(typed["cycle"] or Period.MONTH), typed["repeats"] or 1, typed["calendar"])

    def _cap(self, measure: Measure) -> Cap | None:
        typed = self.cleaned_data
        if not typed["cap_action"] or typed["cap_amount"] is None:
            return None
        counted = Measure.TIME if measure is Measure.TIME else Measure.TRAFFIC
        cycle = CycleRule(Period(typed["cap_period"] or Period.MONTH), None, calendar=True)
        speed = typed["cap_speed"]
        return Cap(typed["cap_amount"], CapAction(typed["cap_action"]), cycle, counted, speed, speed)
