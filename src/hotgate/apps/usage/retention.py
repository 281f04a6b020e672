"""How long logs of connections are kept, and how they go (HN-25, privacy by default: nobody decides for the operator).

Days that no operator keeps any longer are dropped whole. Where one operator keeps a day longer than another, the
other's rows go one by one. Sessions stay, for the books; who was where goes out of them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from typing import NamedTuple, TypeVar

from django.db import OperationalError, connection, transaction

from hotgate.apps.core import scope
from hotgate.apps.core.checking import Checking
from hotgate.apps.core.partitions import TABLES
from hotgate.apps.network.models import Nas
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator
from hotgate.apps.usage import controllers
from hotgate.apps.usage.models import STILL_NAMED, AccessSession, LogRetention, Quarantine
from hotgate.apps.usage.personal_data import forget_device
from hotgate.domain import retention
from hotgate.domain.wording import _

Result = TypeVar("Result")
BATCH_ROWS = 5000
TRIES = 5
WAIT_SECONDS = 3.0  # a lock is waited for two seconds, so that nobody stands in the queue behind it for long
USAGE_DAYS_MIN = 8  # counters name no address; the days of the last week are rolled up again
log = logging.getLogger("hotgate.usage")


class Gone(NamedTuple):
    days: int
    rows: int
    sessions: int


@transaction.atomic
def choose_retention(
    *, by: Actor, now: datetime, operator: Operator, preset: str, own_days: int | None = None
) -> LogRetention:
    """DomainError `retention_invalid`: preset or own_days."""
    checking = Checking("retention_invalid")
    checking.require(preset in retention.PRESETS, "preset", _("Choose one of the rules."))
    days = retention.days_of(preset, own_days) if preset in retention.PRESETS else None
    is_fit = days is not None and 0 <= days <= retention.DAYS_MAX
    checking.require(is_fit, "own_days", _("Give a number of days from 0 to 3660."))
    checking.finish()
    assert days is not None
    before = LogRetention.objects.filter(operator=operator).first()
    row, _made = LogRetention.objects.update_or_create(
        operator=operator, defaults={"preset": preset, "days": days, "decided_at": now}
    )
    record_audit(
        by=by,
        now=now,
        operator_id=operator.id,
        verb="choose_retention",
        object_kind="operator",
        object_id=operator.id,
        before={"preset": before.preset, "days": before.days} if before else None,
        after={"preset": preset, "days": days},
    )
    return row


def retention_of(operator: Operator) -> LogRetention | None:
    """None: nobody has decided."""
    return LogRetention.objects.filter(operator=operator).first()


def forget_what_is_over(now: datetime) -> Gone:
    """Everything of every operator that has decided. Each step is a transaction of its own, and may be done again."""
    with scope.of_everyone():
        rules = dict(LogRetention.objects.values_list("operator_id", "days"))
        without_log = list(Nas.objects.filter(keeps_no_log=True).values_list("operator_id", "id"))
        undecided = Operator.objects.exclude(id__in=rules).exists()
    longest = None if undecided or not rules else max(rules.values())
    days = rows = sessions = 0
    for table in TABLES:
        if longest is not None:
            days += _drop_days(table, retention.first_day_kept(now, _days(table, longest)))
        for operator_id, kept in rules.items():
            rows += _forget_rows(table, operator_id, retention.kept_since(now, _days(table, kept)))
    for operator_id, kept in rules.items():
        sessions += _forget_sessions(operator_id, _sessions_since(now, kept))
    for operator_id, nas_id in without_log:
        sessions += sum(_batches(partial(_forget_some, operator_id, now, nas=nas_id)))
    return Gone(days, rows, sessions)


def _days(table: str, kept: int) -> int:
    return max(kept, USAGE_DAYS_MIN) if table == "usage" else kept


def _sessions_since(now: datetime, kept: int) -> datetime:
    """Where no log is kept, addresses go with the end of the session."""
    return retention.kept_since(now, kept) if kept else now


def _drop_days(table: str, first_kept: date) -> int:
    return sum(_patiently(partial(_drop, table, day)) for day in _days_there(table) if day < first_kept)


def _days_there(table: str) -> list[date]:
    return sorted(
        datetime.strptime(part[-8:], "%Y%m%d").replace(tzinfo=UTC).date()
        for part in _parts(table)
        if part[-8:].isdigit()
    )


def _parts(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = to_regclass(%s)",
            [f'"{table}"'],
        )
        return sorted(name for (name,) in cursor.fetchall())


def _drop(table: str, day: date) -> bool:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT drop_day(%s, %s)", [table, day])
        return bool(cursor.fetchone()[0])


def _forget_rows(table: str, operator_id: int, before: datetime) -> int:
    last = f"{table}_{before:%Y%m%d}"
    parts = [part for part in _parts(table) if part.endswith("_default") or part < last]
    return sum(_patiently(partial(_forget, part, operator_id, before)) for part in parts)


def _forget(part: str, operator_id: int, before: datetime) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT forget_day(%s, %s, %s)", [part, operator_id, before])
        return int(cursor.fetchone()[0])


def _forget_sessions(operator_id: int, before: datetime) -> int:
    count = sum(_batches(lambda: _forget_some(operator_id, before)))
    with scope.of(operator_id):
        Quarantine.objects.filter(operator_id=operator_id, at__lt=before).delete()
        controllers.forget(operator_id, before)
    return count


def _forget_some(operator_id: int, before: datetime, **at: int) -> int:
    with scope.of(operator_id):
        # it is by its start that the index has it
        at_time = {"started_at__lt": before, "stopped_at__lt": before}
        over = AccessSession.objects.filter(STILL_NAMED, operator_id=operator_id, **at_time, **at)
        # one gateway's are found by the index of the gateway, which is in no order of time
        rows = over if at else over.order_by("started_at")
        ids = list(rows.values_list("id", flat=True)[:BATCH_ROWS])
        forget_device(AccessSession.objects.filter(id__in=ids))
        return len(ids)


def _batches(act: Callable[[], int]) -> Iterator[int]:
    while count := act():
        yield count


def _patiently(act: Callable[[], Result]) -> Result:
    """A long reader holds the table: try again, and leave it to the next run in the end."""
    for _attempt in range(TRIES - 1):
        try:
            return act()
        except OperationalError as error:
            log.info("a log is in use, trying again: %s", error)
            time.sleep(WAIT_SECONDS)
    return act()
