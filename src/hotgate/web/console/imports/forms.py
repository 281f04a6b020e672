"""The file, and which of its columns holds what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hotgate.apps.subscribers.importing import columns, queries, sheet
from hotgate.domain.people import PersonField
from hotgate.web.console.users.people_fields import FIELD_LABELS
from hotgate.web.shared.forms import ConsoleForm, RowField, offer
from hotgate.web.shared.rows import Operator

LABELS: dict[str, Any] = {
    "name": gettext_lazy("User name"),
    "password": gettext_lazy("Password"),
    "display_name": gettext_lazy("Full name"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "language": gettext_lazy("Language"),
    "plan": gettext_lazy("Plan"),
    **{field: FIELD_LABELS[PersonField(field)] for field in columns.MORE},
}


class FileForm(ConsoleForm):
    file = forms.FileField(
        label=gettext_lazy("Spreadsheet"),
        help_text=gettext_lazy("XLSX or CSV, up to 100,000 rows and 10 MB; the first row says what the columns hold."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,text/csv"}),
        allow_empty_file=True,  # said by the reader, in the words of the others
    )
    realm = RowField(label=gettext_lazy("Realm"), required=False, empty_label=None)

    def __init__(self, operator: Operator, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        realms = queries.realms(operator)
        offer(self, "realm", realms)
        if realms.count() < 2:
            del self.fields["realm"]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > sheet.OCTETS_MAX:
            raise forms.ValidationError(_("The file is larger than 10 MB."))
        return file


class ColumnsForm(ConsoleForm):
    """A chooser for each thing that a column can hold."""

    def __init__(self, heading: list[str], mapping: dict[str, int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(str(n), text or _("column %d") % (n + 1)) for n, text in enumerate(heading)]
        for field in columns.FIELDS:
            self.fields[field] = forms.TypedChoiceField(
                label=LABELS[field],
                choices=[("", _("not in this file")), *named],
                coerce=int,
                empty_value=None,
                required=False,
                initial=mapping.get(field, ""),
                widget=forms.Select(attrs={"class": "form-select"}),
            )

    @property
    def mapping(self) -> dict[str, int]:
        return {field: number for field, number in self.cleaned_data.items() if number is not None}
