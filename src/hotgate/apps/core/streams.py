"""Rows that are read after the view has returned, while the answer is being sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from django.utils import timezone, translation

from hotgate.apps.core import scope

T = TypeVar("T")


def scoped_stream(make: Callable[[], Iterable[T]]) -> Iterator[T]:
    """What `make` gives, read in a transaction of its own that sees what the caller's sees now.

    The request's transaction is over by then, and with it the scope: without this no row would be found, silently.
    """
    operators, zone, language = scope.current(), timezone.get_current_timezone(), translation.get_language()

    def stream() -> Iterator[T]:
        with scope.of(*operators), timezone.override(zone), translation.override(language):
            yield from make()

    return stream()
