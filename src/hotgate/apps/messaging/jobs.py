"""Messages leave the house from the worker; owners hear of gateways that fell silent."""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from procrastinate.contrib.django import app

from hotgate.apps.core import scope
from hotgate.apps.messaging import services, silence
from hotgate.apps.operators.queries import operators


@app.task(name="messaging.send_message")
def send_message(message_id: int, operator_id: int) -> None:
    services.send(now=datetime.now(UTC), message_id=message_id, operator_id=operator_id)


@app.periodic(cron="*/5 * * * *")
@app.task(name="messaging.tell_of_silence", queueing_lock="messaging.tell_of_silence")
def tell_of_silence(timestamp: int) -> None:
    now = datetime.fromtimestamp(timestamp, UTC)
    with transaction.atomic(), scope.of_everyone():
        found = list(operators())
    for operator in found:
        with scope.of(operator.id):
            silence.tell_of_silence(now=now, operator=operator)
