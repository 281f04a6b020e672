"""What is told to people outside of our own pages."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from hotgate.apps.core.fields import holds, inside, one_of, public_id
from hotgate.apps.operators.models import owned


class Channel(StrEnum):
    EMAIL = "email"
    SMS = "sms"


class MessageState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"  # taken over by the next server; whether it was read nobody knows
    FAILED = "failed"


class Message(models.Model):
    uuid = public_id()
    operator = owned()
    subscriber = inside("subscribers.Subscriber", null=True, on_delete=models.SET_NULL)  # None: to staff
    channel = models.TextField()
    recipient = models.TextField()  # an address or a number in E.164
    purpose = models.TextField()  # verification, credentials, nas_silent …
    subject = models.TextField(db_default="", blank=True)
    body_sealed = models.BinaryField(null=True)  # it may hold a code or a password: gone once it is sent or failed
    state = models.TextField(db_default=str(MessageState.QUEUED))
    tries = models.IntegerField(db_default=0)
    problem = models.TextField(db_default="", blank=True)
    created_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "message"
        indexes: ClassVar = [
            models.Index(fields=["operator", "created_at", "id"], name="message_newest"),
            models.Index(fields=["subscriber"], name="message_of_subscriber"),
        ]
        constraints: ClassVar = [
            one_of("message", "channel", Channel),
            one_of("message", "state", MessageState),
            models.UniqueConstraint(fields=["operator", "id"], name="message_of_operator"),
            holds("message", "settled", Q(state="queued") | Q(settled_at__isnull=False, body_sealed__isnull=True)),
        ]
