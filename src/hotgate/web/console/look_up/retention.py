"""For how long logs of connections are kept: the operator decides, nobody else and no default."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from hotgate.apps.usage import retention
from hotgate.domain.errors import DomainError
from hotgate.domain.retention import DAYS_MAX, OWN, PRESETS
from hotgate.web.shared import seat
from hotgate.web.shared.forms import ConsoleForm
from hotgate.web.shared.seat import StaffRequest


class RetentionForm(ConsoleForm):
    preset = forms.ChoiceField(label=gettext_lazy("Rule"))
    own_days = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=DAYS_MAX,
        label=gettext_lazy("Days of your own"),
        help_text=gettext_lazy("Only for a number of your own."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(name, _(preset.label)) for name, preset in PRESETS.items()]
        field = self.fields["preset"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("Please choose")), *choices]


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: StaffRequest) -> HttpResponse:
    operator = request.seat.operator
    row = retention.retention_of(operator)
    known = {"preset": row.preset, "own_days": row.days if row.preset == OWN else None} if row else {}
    form = RetentionForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            retention.choose_retention(by=seat.by(request), now=timezone.now(), operator=operator, **form.cleaned_data)
            messages.success(request, _("Saved. What is older goes within an hour."))
            return redirect("retention")
        except DomainError as error:
            form.add_domain_error(error)
    presets = [(_(each.label), _(each.source) if each.source else "", each.as_of) for each in PRESETS.values()]
    shown = {"form": form, "retention": row, "presets": presets}
    return render(request, "console/look_up/retention.html", shown, status=422 if form.is_bound else 200)
