"""Forms whose mistakes stand beside the field, also those that only a service can find."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from hotgate.domain.errors import DomainError

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)

_CLASSES: dict[type[forms.Widget], str] = {
    forms.CheckboxInput: "form-check-input",
    forms.Select: "form-select",
}


class ConsoleForm(forms.Form):
    """Bootstrap's classes, nothing else. Lengths are limited where a service does not do it."""

    required_css_class = "required"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            kind: type[forms.Widget] = type(field.widget)
            field.widget.attrs.setdefault("class", _CLASSES.get(kind, "form-control"))

    def add_domain_error(self, error: DomainError) -> None:
        """What the service found wrong, beside the field that it names."""
        if not error.fields:
            self.add_error(None, _(error.text))
        for name, text in error.fields.items():
            self.add_error(name if name in self.fields else None, _(text) if name in self.fields else _(error.text))


class RowField(forms.ModelChoiceField):  # type: ignore[type-arg]  # Django's own class takes no parameter
    """One of the operator's rows, by the id that stands in addresses and by its name on the page."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=None, to_field_name="uuid", **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return str(obj.name)


class DayField(forms.DateField):
    """A day that somebody plans with. What is counted from it still has a date: years end with 9999."""

    def __init__(self, **kwargs: Any) -> None:
        range_of_days = (MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY))
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}), validators=range_of_days, **kwargs)


def offer(form: forms.Form, field: str, rows: QuerySet[Any]) -> None:
    chooser = form.fields[field]
    assert isinstance(chooser, RowField)
    chooser.queryset = rows
