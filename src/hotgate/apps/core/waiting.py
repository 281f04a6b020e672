"""How long somebody waits after too many tries, in words."""

from __future__ import annotations

from datetime import timedelta
from math import ceil

from django.utils.translation import ngettext

from hotgate.domain.throttling import MINUTES_SHOWN_MAX


def words(waiting: timedelta) -> str:
    """In the language that is active: minutes, or hours where those would be many."""
    minutes = ceil(waiting.total_seconds() / 60)
    if minutes <= MINUTES_SHOWN_MAX:
        text = ngettext(
            "Too many tries. Please wait %(number)d minute.", "Too many tries. Please wait %(number)d minutes.", minutes
        )
        return text % {"number": minutes}
    hours = ceil(minutes / 60)
    text = ngettext(
        "Too many tries. Please wait %(number)d hour.", "Too many tries. Please wait %(number)d hours.", hours
    )
    return text % {"number": hours}
