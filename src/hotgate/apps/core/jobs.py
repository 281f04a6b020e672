"""Jobs of the ground: deliver events, keep a partition for each day at hand, forget what is over."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from procrastinate.contrib.django import app

from hotgate.apps.core import delivery, idempotency, partitions, throttle

log = logging.getLogger("hotgate.core")


@app.task(name="core.deliver_event")
def deliver_event(event_id: int) -> None:
    delivery.deliver(event_id)


@app.periodic(cron="17 3 * * *")
@app.task(name="core.keep_partitions", queueing_lock="core.keep_partitions")
def keep_partitions(timestamp: int) -> None:
    partitions.ensure(datetime.fromtimestamp(timestamp, UTC).date())
    for table, count in partitions.strays().items():
        log.error("%s rows of %s lie outside every day's partition", count, table)


@app.periodic(cron="*/15 * * * *")
@app.task(name="core.forget_tries", queueing_lock="core.forget_tries")
def forget_tries(timestamp: int) -> None:
    throttle.forget_what_is_over(datetime.fromtimestamp(timestamp, UTC))


@app.periodic(cron="41 3 * * *")
@app.task(name="core.forget_answers", queueing_lock="core.forget_answers")
def forget_answers(timestamp: int) -> None:
    idempotency.forget_old_answers(datetime.fromtimestamp(timestamp, UTC))
