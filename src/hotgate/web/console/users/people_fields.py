"""The fields about a person, as forms have them: those that a realm asks for, and the rules of their forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf.locale import LANG_INFO
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hotgate.domain import people
from hotgate.domain.people import OWN_COLUMNS, PersonField

FIELD_LABELS = {
    PersonField.DISPLAY_NAME: gettext_lazy("Person"),
    PersonField.PHONE: gettext_lazy("Phone"),
    PersonField.EMAIL: gettext_lazy("E-mail"),
    PersonField.COMPANY: gettext_lazy("Company"),
    PersonField.STREET: gettext_lazy("Street and number"),
    PersonField.POSTCODE: gettext_lazy("Postcode"),
    PersonField.CITY: gettext_lazy("City"),
    PersonField.COUNTRY: gettext_lazy("Country"),
    PersonField.BIRTH_DATE: gettext_lazy("Date of birth"),
    PersonField.DOCUMENT: gettext_lazy("Document"),
    PersonField.TAX_NUMBER: gettext_lazy("Tax number"),
    PersonField.ROOM: gettext_lazy("Room"),
}
LANGUAGES = ("en", "it", "de", "fr", "es", "pt", "ar")


class PhoneField(forms.CharField):
    """Stored as the networks write it: +390655501010."""

    def clean(self, value: Any) -> str:
        typed = super().clean(value)
        number = people.e164(typed)
        if number is None:
            raise forms.ValidationError(_("A number with its country code, such as +39 06 555 0101."))
        return number


def language_field() -> forms.ChoiceField:
    choices = [("", gettext_lazy("As the site")), *((code, LANG_INFO[code]["name_local"]) for code in LANGUAGES)]
    return forms.ChoiceField(choices=choices, required=False, label=gettext_lazy("Language"))


def more_fields(wanted: set[str]) -> dict[str, forms.Field]:
    """Fields for what has no column of its own, those in `wanted` only."""
    kinds = {PersonField.BIRTH_DATE: _date_field}
    return {
        str(field): kinds.get(field, _text_field)(field)
        for field in PersonField
        if field not in OWN_COLUMNS and field in wanted
    }


def _text_field(field: PersonField) -> forms.Field:
    return forms.CharField(max_length=200, required=False, label=FIELD_LABELS[field])


def _date_field(field: PersonField) -> forms.Field:
    widget = forms.TextInput(attrs={"type": "date"})
    return forms.CharField(max_length=10, required=False, label=FIELD_LABELS[field], widget=widget)
