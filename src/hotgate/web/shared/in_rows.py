"""What stands in each row of a list. A page has fifty, so it costs a few microseconds, and not those of a component."""

from __future__ import annotations

import functools
from typing import Any
from uuid import UUID

from django import template
from django.templatetags.static import static
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from hotgate.web.shared.words import short

NOBODY = UUID(int=0)

register = template.Library()


@register.filter
def href(own: UUID, route: str) -> str:
    """The address of a page about one thing, as `{% url route own %}` gives it."""
    return _pattern(route, get_script_prefix(), get_urlconf()).replace(str(NOBODY), str(own))


@register.simple_tag
def icon(name: str, more: str = "") -> SafeString:
    """A picture of Tabler's set; `more` are further classes. Inside of rows, written once before them: `as dots`."""
    return _icon(str(name), str(more))


@register.simple_tag(takes_context=True)
def tick(context: template.Context, own: Any, name: str) -> SafeString | str:
    """The cell that ticks a row, where something can be done to several."""
    listing = context["listing"]
    if not listing.actions:
        return ""
    markup = (
        '<td class="tick"><input class="form-check-input" type="checkbox" name="row" value="{}" form="bulk-{}"'
        ' data-tick aria-label="{} {}"></td>'
    )
    return format_html(markup, own, listing.name, _("Tick"), short(name, 40))


@functools.cache
def _pattern(route: str, _prefix: str, _urlconf: str | None) -> str:
    return reverse(route, args=[NOBODY])


@functools.lru_cache(maxsize=512)
def _icon(name: str, more: str) -> SafeString:
    markup = '<svg class="icon {}" aria-hidden="true" width="24" height="24"><use href="{}#{}"/></svg>'
    return format_html(markup, more, _sprite(), name)


@functools.cache
def _sprite() -> str:
    return static("vendor/tabler/icons.svg")
