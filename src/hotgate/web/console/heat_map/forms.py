"""What is typed about floor plans and what stands on them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from hotgate.web.shared.forms import ConsoleForm, RowField, offer


class PlanForm(ConsoleForm):
    name = forms.CharField(max_length=100, label=_("Name"), help_text=_("Such as Ground floor."))
    site = RowField(empty_label=None, label=_("Site"))
    picture = forms.FileField(
        required=False,
        label=_("Picture"),
        help_text=_("PNG, JPEG or WebP up to 5 MB. Without one: places by degrees of a map."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/webp", "class": "form-control"}),
    )

    def __init__(self, sites: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "site", sites)


class PointForm(ConsoleForm):
    name = forms.CharField(max_length=100, label=_("Name"), help_text=_("As you call it."))
    mac = forms.CharField(
        max_length=40, label=_("MAC address"), help_text=_("As gateways name the radio: the Wi-Fi log shows it.")
    )
    site = RowField(empty_label=None, label=_("Site"))

    def __init__(self, sites: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "site", sites)


class PlaceForm(forms.Form):
    plan = forms.UUIDField(required=False)  # none: nowhere
    x = forms.FloatField(required=False)
    y = forms.FloatField(required=False)
