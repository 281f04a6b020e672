"""Jobs of the ground: deliver events, keep a partition for each day at hand."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from procrastinate.contrib.django import app

from hotgate.apps.core import delivery, partitions

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
