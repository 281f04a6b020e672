"""Long work that people watch and may leave: how far it is, and where its result stands.

Who does the work calls `report` between its transactions, for within one nobody sees it. All verbs may be repeated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from hotgate.apps.core.fields import holds, one_of, public_id

KEPT = timedelta(days=30)
TEXT_MAX = 500


class WorkState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Work(models.Model):
    uuid = public_id()
    operator_id = models.BigIntegerField()
    staff_id = models.BigIntegerField(null=True)  # who began it
    kind = models.TextField()  # "voucher_batch", "user_import": what the pages call it
    title = models.TextField(db_default="")  # which one
    done = models.BigIntegerField(db_default=0)
    total = models.BigIntegerField(null=True)  # None: nobody knows yet
    state = models.TextField(db_default=str(WorkState.RUNNING))
    message = models.TextField(db_default="")  # how it ended, in a sentence
    result = models.TextField(db_default="")  # a path of ours, such as /vouchers/…
    began_at = models.DateTimeField()
    told_at = models.DateTimeField()  # the last word of it
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "core"
        db_table = "work"
        indexes: ClassVar = [models.Index(fields=["operator_id", "-began_at", "-id"], name="work_newest")]
        constraints: ClassVar = [
            one_of("work", "state", WorkState),
            holds("work", "counts", Q(done__gte=0) & (Q(total__isnull=True) | Q(total__gte=0))),
            holds("work", "result_is_ours", Q(result="") | Q(result__regex="^/([^/\\\\]|$)")),
        ]

    @property
    def percent(self) -> int | None:
        """0 … 100; None while the total is not known."""
        if self.state == WorkState.DONE:
            return 100
        return min(100 * self.done // self.total, 100) if self.total else None


def begin(
    *, now: datetime, operator_id: int, staff_id: int | None, kind: str, title: str = "", total: int | None = None
) -> Work:
    """Commit it, then hand its id to the job."""
    return Work.objects.create(
        operator_id=operator_id,
        staff_id=staff_id,
        kind=kind,
        title=title[:TEXT_MAX],
        total=total,
        began_at=now,
        told_at=now,
    )


def report(*, now: datetime, work_id: int, done: int, total: int | None = None) -> None:
    """So much is done. Ended before: nothing changes."""
    told = {"done": done, "told_at": now} | ({} if total is None else {"total": total})
    _running(work_id).update(**told)


def finish(*, now: datetime, work_id: int, result: str = "", message: str = "") -> None:
    _end(work_id, now, WorkState.DONE, result=result, message=message[:TEXT_MAX])


def fail(*, now: datetime, work_id: int, message: str) -> None:
    """`message` is read by staff: what went wrong and what they can do."""
    _end(work_id, now, WorkState.FAILED, message=message[:TEXT_MAX])


@contextmanager
def failing(work_id: int, message: str) -> Iterator[None]:
    """Whatever is raised inside marks the work as failed, and is raised on. Begin your transaction inside of it."""
    try:
        yield
    except Exception as error:
        fail(now=timezone.now(), work_id=work_id, message=str(getattr(error, "text", message)))
        raise


def works(operator_id: int, staff_id: int | None = None) -> QuerySet[Work]:
    """Of the operator, or of one person; newest first."""
    rows = Work.objects.filter(operator_id=operator_id)
    rows = rows if staff_id is None else rows.filter(staff_id=staff_id)
    return rows.order_by("-began_at", "-id")


def forget_old(now: datetime) -> int:
    """How many rows went."""
    return Work.objects.filter(ended_at__lt=now - KEPT).delete()[0]


def _running(work_id: int) -> QuerySet[Work]:
    return Work.objects.filter(id=work_id, state=WorkState.RUNNING)


def _end(work_id: int, now: datetime, state: WorkState, **more: str) -> None:
    _running(work_id).update(state=str(state), told_at=now, ended_at=now, **more)
