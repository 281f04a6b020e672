"""How a message leaves the house: a kind is a module and a line in `BY_CHANNEL`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from hotgate.apps.messaging.models import Channel
from hotgate.apps.messaging.transports import smpp, smtp
from hotgate.environment import MessageServer


class Transport(NamedTuple):
    setting: str  # the field of `environment.Environment` with its server
    send: Callable[[MessageServer, str, str, str], None]  # server, recipient, subject, text. NotSent


BY_CHANNEL = {Channel.EMAIL: Transport("mail", smtp.send), Channel.SMS: Transport("sms", smpp.send)}
