"""The ticket generator's form (EN-49, EN-50)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hotgate.apps.catalogue import queries as catalogue
from hotgate.domain import codes
from hotgate.domain.codes import BatchSettings, CharacterSet
from hotgate.web.shared.forms import ConsoleForm, DayField, RowField, offer
from hotgate.web.shared.rows import Operator

SETS = (
    (CharacterSet.CLEAR, _("Clear capitals and digits")),
    (CharacterSet.DIGITS, _("Digits")),
    (CharacterSet.LOWER, _("Small letters")),
    (CharacterSet.LOWER_DIGITS, _("Small letters and digits")),
    (CharacterSet.MIXED, _("Capitals, small letters and digits")),
)
MODES = (("login", _("The code is the login")), ("redeem", _("Registered users redeem it")))


class BatchForm(ConsoleForm):
    prefix = forms.CharField(  # type: ignore[assignment]  # Django takes fields out of the class
        max_length=codes.PREFIX_MAX, required=False, label=_("Prefix"), help_text=_("Common to all, such as LOBBY.")
    )
    length = forms.IntegerField(
        label=_("Length"),
        min_value=codes.LENGTH_MIN,
        max_value=codes.LENGTH_MAX,
        initial=10,
        help_text=_("Of the random part, without prefix and check character."),
    )
    characters = forms.ChoiceField(choices=SETS, label=_("Character set"))
    avoid_look_alikes = forms.BooleanField(required=False, initial=True, label=_("Without look-alikes (0 O 1 l I)"))
    check = forms.BooleanField(
        required=False, initial=True, label=_("With a check character, which finds typing mistakes")
    )
    size = forms.IntegerField(label=_("Number of tickets"), min_value=1, max_value=1_000_000, initial=100)
    plan = RowField(label=_("Plan"), empty_label=_("Choose a plan"))
    mode = forms.ChoiceField(choices=MODES, label=_("Use"), initial="login")
    expires_at = DayField(
        required=False,
        label=_("Unused ones expire after"),
        help_text=_("Empty: never."),
    )

    def __init__(self, operator: Operator, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "plan", catalogue.active_plans(operator).exclude(payment="postpaid"))

    def settings(self) -> BatchSettings:
        typed = self.cleaned_data
        return BatchSettings(
            CharacterSet(typed.get("characters") or CharacterSet.CLEAR),
            typed.get("length") or 10,
            typed.get("prefix") or "",
            bool(typed.get("avoid_look_alikes")),
            bool(typed.get("check")),
        )
