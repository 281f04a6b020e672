"""The one row that an address names, among those of the operator: another operator's answer like none."""

from __future__ import annotations

from typing import TypeVar

from django.http import Http404

Found = TypeVar("Found")


def found(row: Found | None) -> Found:
    if row is None:
        raise Http404
    return row
