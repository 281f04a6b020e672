"""Whose style a page of the portal wears, and where that stands: a file of its own, since no page has styles inside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from hotgate.apps.subscribers import queries as subscribers
from hotgate.domain import styling


def address_of(shown: Mapping[str, Any]) -> str:
    """Of the realm that is known, or else of the one that guests meet at this place; '' none."""
    operator = shown["operator"]
    realm = shown.get("realm") or subscribers.realm_at(operator, shown.get("site"))
    if realm is None or not realm.style:
        return ""
    return f"{reverse('portal_style', args=[operator.slug, realm.uuid])}?v={styling.version(realm.style)}"
