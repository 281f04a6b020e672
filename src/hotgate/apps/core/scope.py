"""Which operators' rows this transaction may see. No setting means no rows.

Operator 0 is the platform: it sees every operator's own row, makes new operators, and sees rows without an operator,
such as packets from sources that nobody registered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

PLATFORM = 0
SETTING = "hotgate.operators"
# What was set before, and that with more in its place: in one round trip, in this order.
WIDEN = """
WITH was AS MATERIALIZED (SELECT coalesce(hotgate_operators(), '{}') AS ids)
SELECT ids, set_config('hotgate.operators',
                       (SELECT array_agg(DISTINCT id)::text FROM unnest(ids || %s::bigint[]) AS id), true) FROM was
"""


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
    _widen([operator_id])


def _widen(operator_ids: Iterable[int]) -> tuple[int, ...]:
    """Whom the transaction saw before."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("a scope lives in a transaction")
    with connection.cursor() as cursor:
        cursor.execute(WIDEN, [_array(operator_ids)])
        return tuple(cursor.fetchone()[0])


@contextmanager
def widened(*operator_ids: int) -> Iterator[None]:
    """These operators too, until the end of the block: for what the product itself has to look up or write there."""
    before = _widen(operator_ids)
    try:
        yield
    finally:
        if not connection.needs_rollback:  # a broken transaction takes its scope along
            limit_to(before)


def own_rows_of_staff(staff_id: int, statement: str) -> list[tuple[Any, ...]]:
    """What the statement finds of the roles of this person (`%(staff)s`), wherever; nothing else sees them.

    Three statements go out as one, and run in this order.
    """
    begin, end = "SELECT set_config('hotgate.staff', %(staff)s, true)", "SELECT set_config('hotgate.staff', '', true)"
    with connection.cursor() as cursor:
        cursor.execute(f"{begin}; {statement}; {end}", {"staff": str(int(staff_id))})
        cursor.nextset()
        return list(cursor.fetchall())


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
