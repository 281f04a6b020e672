"""What a service is: one transaction, and a word in the audit, however many other services it calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

from hotgate.apps.operators import audit
from hotgate.store.db import Call

P = ParamSpec("P")
R = TypeVar("R")


def verb(service: Callable[P, R]) -> Callable[P, R]:
    """All or nothing, with its entries in the audit written at the end.

    Called by another verb it is a part of that one: no savepoint of its own, and one lock of the audit for both. So a
    verb never goes on after what another one has raised; who wants that is no verb, but opens its own transactions.
    """

    @wraps(service)
    def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        if audit.is_gathering():
            return service(*args, **kwargs)
        with transaction.atomic(), audit.gathered():
            return service(*args, **kwargs)

    return whole


@contextmanager
def one_verb(*, savepoint: bool = True) -> Iterator[list[Call]]:
    """All verbs called within are one: all or nothing, and one short lock of the audit at the end.

    Without a savepoint of its own, what fails takes back the whole transaction that it is in. Commands put on the list
    that it gives go along with the audit.
    """
    with transaction.atomic(savepoint=savepoint), audit.gathered() as along:
        yield along
