"""Put a message into the queue, and send it from there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from procrastinate.contrib.django import app

from hotgate import vault
from hotgate.apps.core import keys, scope
from hotgate.apps.messaging.models import Channel, Message, MessageState
from hotgate.apps.messaging.transports import BY_CHANNEL
from hotgate.apps.messaging.transports.failing import NotSent
from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers.models import Subscriber
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _
from hotgate.environment import MessageServer

JOB = "messaging.send_message"
TRIES_MAX = 6
WAITS = (30, 120, 600, 1800, 3600)  # seconds before the second try, the third …


def is_set_up(channel: Channel) -> bool:
    return _server(channel) is not None


@transaction.atomic
def queue(
    *,
    now: datetime,
    operator: Operator,
    channel: Channel,
    recipient: str,
    purpose: str,
    text: str,
    subject: str = "",
    subscriber: Subscriber | None = None,
) -> Message:
    """It leaves as soon as this transaction is done. DomainError `channel_off`: no server is set up for it."""
    if not is_set_up(channel):
        raise DomainError("channel_off", _("No server for such messages is set up."))
    message = Message(
        operator=operator,
        subscriber=subscriber,
        channel=channel,
        recipient=recipient,
        purpose=purpose,
        subject=subject,
        created_at=now,
    )
    message.body_sealed = vault.seal(keys.current().reprint, text.encode(), _place(message))
    message.save(force_insert=True)
    app.configure_task(JOB).defer(message_id=message.id, operator_id=operator.id)
    return message


def send(*, now: datetime, message_id: int, operator_id: int) -> None:
    """One try, outside of any transaction: a server may take its time. Sent before, nothing happens."""
    with scope.of(operator_id):
        message = Message.objects.filter(id=message_id, state=MessageState.QUEUED).first()
    if message is None:
        return
    transport, server = BY_CHANNEL[Channel(message.channel)], _server(Channel(message.channel))
    text = vault.unseal(keys.current().reprint, bytes(message.body_sealed or b""), _place(message)).decode()
    try:
        if server is None:
            raise NotSent("no server for such messages is set up any more", is_final=True)
        transport.send(server, message.recipient, message.subject, text)
        failure = None
    except NotSent as error:
        failure = error
    with scope.of(operator_id):
        _settle(message, failure, now)


def _settle(message: Message, failure: NotSent | None, now: datetime) -> None:
    """Of a message that somebody ended meanwhile, as erasing does, nothing is written again."""
    tries = message.tries + 1
    changes: dict[str, Any] = {"tries": tries, "problem": str(failure) if failure else ""}
    is_over = failure is None or failure.is_final or tries >= TRIES_MAX
    if is_over:
        state = MessageState.FAILED if failure else MessageState.SENT
        changes |= {"state": state, "body_sealed": None, "settled_at": now}
    was_waiting = Message.objects.filter(id=message.id, state=MessageState.QUEUED).update(**changes)
    if was_waiting and not is_over:
        later = app.configure_task(JOB, schedule_in={"seconds": WAITS[tries - 1]})
        later.defer(message_id=message.id, operator_id=message.operator_id)


def _server(channel: Channel) -> MessageServer | None:
    server: MessageServer | None = getattr(settings.ENVIRONMENT, BY_CHANNEL[channel].setting)
    return server


def _place(message: Message) -> bytes:
    return b"message:" + bytes(message.uuid.bytes)
