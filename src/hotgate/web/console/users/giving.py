"""A plan given to one user on terms of its own: another start, another validity, more cycles (EN-24, EN-A12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hotgate.apps.catalogue import queries as catalogue
from hotgate.apps.subscribers import recharge
from hotgate.domain.catalogue import Unit, Validity, ValidityKind
from hotgate.domain.errors import DomainError
from hotgate.web.console.plans.choices import UNITS, VALIDITIES
from hotgate.web.console.users.forms import RechargeForm
from hotgate.web.shared import words
from hotgate.web.shared.rows import Operator, Subscriber

STARTS = (
    ("now", gettext_lazy("at once")),
    ("first", gettext_lazy("on the 1st of next month")),
    ("day", gettext_lazy("on a day")),
)
WITH_LENGTH = (ValidityKind.FROM_FIRST_USE, ValidityKind.FROM_CREATION)


class TermsForm(RechargeForm):
    """`zone` is where the user's days are counted."""

    starts = forms.ChoiceField(choices=STARTS, required=False, initial="now", label=gettext_lazy("Starts"))
    starts_on = forms.DateField(
        required=False, label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"})
    )
    validity_kind = forms.ChoiceField(
        choices=(("", gettext_lazy("as the plan says")), *VALIDITIES), required=False, label=gettext_lazy("Validity")
    )
    validity_amount = forms.IntegerField(
        min_value=1, max_value=10_000, required=False, label=gettext_lazy("Valid for"), initial=7
    )
    validity_unit = forms.ChoiceField(choices=UNITS, required=False, initial="day", label=gettext_lazy("Unit"))

    def __init__(self, operator: Operator, zone: ZoneInfo, now: datetime, *args: Any, **kwargs: Any) -> None:
        super().__init__(operator, *args, **kwargs)
        self.zone, self.now = zone, now

    @property
    def is_changed(self) -> bool:
        """Whether the terms are to be shown, since somebody has typed some."""
        return self.is_bound and any(self[name].value() for name in ("starts_on", "validity_kind", "cycles"))

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        today = self.now.astimezone(self.zone).date()
        if typed.get("starts") == "day" and "starts_on" not in self.errors:
            if typed.get("starts_on") is None:
                self.add_error("starts_on", _("Please choose the day."))
            elif not today <= typed["starts_on"] <= today + timedelta(days=3660):
                self.add_error("starts_on", _("Please choose a day from today on, within ten years."))
        kind = typed.get("validity_kind")
        if kind in WITH_LENGTH and typed.get("validity_amount") is None and "validity_amount" not in self.errors:
            self.add_error("validity_amount", _("Please give a number."))
        return typed

    def terms(self) -> dict[str, Any]:
        """`starts_at`, `validity` and `cycles` for the services; None: as the plan says. The form has no mistakes."""
        return {"starts_at": self._starts_at(), "validity": self._validity(), "cycles": self.cleaned_data["cycles"]}

    def _starts_at(self) -> datetime | None:
        typed, today = self.cleaned_data, self.now.astimezone(self.zone).date()
        if typed["starts"] not in ("first", "day") or (typed["starts"] == "day" and typed["starts_on"] == today):
            return None
        day = typed["starts_on"] if typed["starts"] == "day" else _first_of_next_month(today)
        return datetime.combine(day, time.min, self.zone)

    def _validity(self) -> Validity | None:
        typed = self.cleaned_data
        if not typed["validity_kind"]:
            return None
        kind = ValidityKind(typed["validity_kind"])
        if kind not in WITH_LENGTH:
            return Validity(kind)
        return Validity(kind, typed["validity_amount"], Unit(typed["validity_unit"] or Unit.DAY))


class Foreseen(NamedTuple):
    """What the terms come to, before anything is given."""

    start: str = ""
    end: str = ""
    price: str = ""
    problem: str = ""


def foresee(form: TermsForm) -> Foreseen:
    if not form.is_valid():
        return Foreseen(problem=_told(form.errors))
    plan = form.cleaned_data["plan"]
    value = catalogue.terms_of([plan.id])[plan.id]
    try:
        granted = recharge.foreseen(value, now=form.now, zone=form.zone, **form.terms())
    except DomainError as error:
        return Foreseen(problem=_(error.text))
    minor = recharge.price_of(value, granted)
    end = words.moment(granted.valid_until) if granted.valid_until else _open_end(granted.validity)
    start = _("at once") if granted.starts_at == form.now else words.moment(granted.starts_at)
    return Foreseen(start, end, words.money(minor, value.currency) if minor else "")


def zone_of(subscriber: Subscriber) -> ZoneInfo:
    return recharge.zone_of(subscriber)


def _open_end(validity: Validity) -> str:
    if validity.kind is ValidityKind.FROM_FIRST_USE:
        return _("known with the first login")
    return _("without end")


def _first_of_next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _told(errors: Mapping[str, Any]) -> str:
    """Nothing while no plan is chosen: the form says so by itself."""
    return "" if "plan" in errors else " ".join(str(text) for texts in errors.values() for text in texts)
