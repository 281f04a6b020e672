"""Roll days up; let in devices that were seen for the first time; forget what nobody keeps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction
from procrastinate.contrib.django import app

from hotgate.apps.core import scope
from hotgate.apps.operators.queries import operators
from hotgate.apps.usage import daily, first_sight, retention


@app.periodic(cron="*/15 * * * *")
@app.task(name="usage.roll_up", queueing_lock="usage.roll_up")
def roll_up(timestamp: int) -> None:
    """Yesterday and today of every operator, each in a transaction of its own; at night some days more."""
    now = datetime.fromtimestamp(timestamp, UTC)
    with transaction.atomic(), scope.of_everyone():
        found = list(operators())
    for operator in found:
        with scope.of(operator.id):
            daily.roll_up_recent(operator, now, daily.DAYS_AGAIN if now.hour == 2 and now.minute < 15 else 2)


@app.periodic(cron="* * * * *")
@app.task(name="usage.admit_devices", queueing_lock="usage.admit_devices")
def admit_devices(timestamp: int) -> None:
    now = datetime.fromtimestamp(timestamp, UTC)
    with transaction.atomic(), scope.of_everyone():
        first_sight.admit_devices(now=now, since=now - timedelta(minutes=10))


@app.periodic(cron="23 * * * *")
@app.task(name="usage.forget_logs", queueing_lock="usage.forget_logs")
def forget_logs(timestamp: int) -> None:
    """Hourly: where no log is kept, addresses are to go soon after the session."""
    retention.forget_what_is_over(datetime.fromtimestamp(timestamp, UTC))
