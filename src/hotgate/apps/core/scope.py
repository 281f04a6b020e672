"""Which operators' rows this transaction may see. No setting means no rows.

Operator 0 is the platform: it sees every operator's own row, makes new operators, and sees rows without an operator,
such as packets from sources that nobody registered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

PLATFORM = 0
SETTING = "hotgate.operators"


def limit_to(operator_ids: Iterable[int]) -> None:
    """From here to the end of the transaction. Raises where no transaction is open: the setting would be lost."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a scope lives in a transaction")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('hotgate.operators', %s, true)", [_array(operator_ids)])


def current() -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT hotgate_operators()")
        return tuple(cursor.fetchone()[0] or ())


def widen(operator_id: int) -> None:
    """Add an operator that was just made."""
    limit_to(sorted({*current(), operator_id}))


@contextmanager
def widened(*operator_ids: int) -> Iterator[None]:
    """These operators too, until the end of the block: for what the product itself has to look up or write there."""
    before = current()
    limit_to(sorted({*before, *operator_ids}))
    try:
        yield
    finally:
        if not connection.needs_rollback:  # a broken transaction takes its scope along
            limit_to(before)


@contextmanager
def own_rows_of_staff(staff_id: int) -> Iterator[None]:
    """Until the end of the block also the roles of this person, at whichever operator."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('hotgate.staff', %s, true)", [str(staff_id)])
    yield
    if not connection.needs_rollback:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('hotgate.staff', '', true)")


@contextmanager
def of(*operator_ids: int) -> Iterator[None]:
    """A transaction that sees these operators."""
    with transaction.atomic():
        limit_to(operator_ids)
        yield


@contextmanager
def of_everyone() -> Iterator[None]:
    """A transaction that sees every operator there is, and the platform: for jobs and commands."""
    with of(PLATFORM):
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM operator ORDER BY id")
            limit_to([PLATFORM, *(operator_id for (operator_id,) in cursor.fetchall())])
        yield


def _array(operator_ids: Iterable[int]) -> str:
    return "{" + ",".join(str(int(operator_id)) for operator_id in operator_ids) + "}"
