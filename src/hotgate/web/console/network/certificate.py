"""The certificate of a gateway: what is typed for it, and how it is shown."""

from __future__ import annotations

from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from hotgate.domain.certifying import LABELS, Line, Verdict
from hotgate.web.shared.forms import ConsoleForm

MEGABYTE = 10**6
FETCHED_MEGABYTES_MAX = 10**9


class CertifyForm(ConsoleForm):
    megabytes = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=FETCHED_MEGABYTES_MAX,
        label=_("MB that a test device fetched in the session that ended last"),
        help_text=_("As the device counted it. Empty: the volume is not compared."),
    )

    def octets(self) -> int | None:
        told = self.cleaned_data["megabytes"]
        return None if told is None else told * MEGABYTE


class Shown(NamedTuple):
    row: Any
    lines: list[tuple[str, str]]  # label, verdict


def shown_certificate(row: Any) -> Shown:
    """Lines that came later than this certificate have nothing to go by."""
    return Shown(row, [(LABELS[line], str(row.verdicts.get(line, Verdict.UNKNOWN))) for line in Line])
