"""Nightly: leave out what is long over, so that a login reads a subscriber's few live entitlements."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from procrastinate.contrib.django import app

from hotgate.apps.core import scope
from hotgate.apps.subscribers import recharge


@app.periodic(cron="41 3 * * *")
@app.task(name="subscribers.leave_out_what_is_over", queueing_lock="subscribers.leave_out_what_is_over")
def leave_out_what_is_over(timestamp: int) -> None:
    with transaction.atomic(), scope.of_everyone():
        recharge.leave_out_what_is_over(now=datetime.fromtimestamp(timestamp, UTC))
