"""Make what was confirmed; forget drafts that nobody confirmed, and codes that are of no more use."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from django.db import connection, transaction
from procrastinate.contrib.django import app

from hotgate.apps.core import scope
from hotgate.apps.vouchers import batches, ending
from hotgate.apps.vouchers.models import BatchState, VoucherBatch

STEP = 25_000  # vouchers of one transaction: after each, the page shows how far it is
WRITERS = 2  # the database stores for one while the other draws and seals
ALONE_MAX = 100_000


@app.task(name=batches.JOB)
def make_batch(batch_id: int, operator_id: int, sold: bool) -> None:
    """Done twice, the second goes on where the first was stopped, or finds it done."""
    with scope.of(operator_id):
        batch = VoucherBatch.objects.filter(id=batch_id, state=BatchState.MAKING).first()
    if batch is None:
        return
    steps = _steps(batch.size - batch.made)
    if batch.size <= ALONE_MAX:
        _make(batch, sold, steps)
    else:
        with ThreadPoolExecutor(WRITERS) as writers:
            shares = [steps[first::WRITERS] for first in range(WRITERS)]
            for written in [writers.submit(_make_beside, batch, sold, share) for share in shares]:
                written.result()
    with scope.of(operator_id):
        batches.finish_batch(batch=batch)


def _steps(missing: int) -> list[int]:
    return [min(STEP, missing - start) for start in range(0, missing, STEP)]


def _make(batch: VoucherBatch, sold: bool, steps: list[int]) -> None:
    for count in steps:
        with scope.of(batch.operator_id), connection.cursor() as cursor:
            # A step lost with the power is made anew; `finish_batch` waits for the disk, for all of them.
            cursor.execute("SET LOCAL synchronous_commit = off")
            batches.make_more(batch=batch, sold=sold, count=count)


def _make_beside(batch: VoucherBatch, sold: bool, steps: list[int]) -> None:
    try:
        _make(batch, sold, steps)
    finally:
        connection.close()  # that of this thread


@app.periodic(cron="5-59/10 * * * *")
@app.task(name="vouchers.note_over", queueing_lock="vouchers.note_over")
def note_over(timestamp: int) -> None:
    now = datetime.fromtimestamp(timestamp, UTC)
    while _alone(ending.note_expired, now):
        pass
    last = _alone(ending.note_over, now)
    while last:
        last = _alone(ending.note_over, now, after=last)


def _alone(verb: Callable[..., int], now: datetime, **more: int) -> int:
    """In a transaction of its own, for all operators."""
    with transaction.atomic(), scope.of_everyone():
        return verb(now=now, **more)


@app.periodic(cron="*/10 * * * *")
@app.task(name="vouchers.forget", queueing_lock="vouchers.forget")
def forget(timestamp: int) -> None:
    now = datetime.fromtimestamp(timestamp, UTC)
    _alone(batches.forget_drafts, now)
    while _alone(ending.forget_codes, now):
        pass
