"""Reasons as the rows of the database hold them, in words."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from hotgate.domain.reasons import TEXTS, Reason, Texts
from hotgate.web.shared.words import moment

NO_TEXTS = Texts("", "", "")


def refusal_words(code: str, until: datetime | None = None) -> Texts:
    """The texts for guest and staff with the time filled in. Codes that this version doesn't know stay as they are."""
    try:
        texts = TEXTS[Reason(code)]
    except ValueError:
        return Texts("", code, "")
    when = moment(until) if until else _("a later date")
    return Texts(*(_(text).replace("{until}", when) for text in texts))
