"""What every capability stands on: facts to be told to others, and counters of wrong tries."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Event(models.Model):
    """A fact, written in the transaction that made it true and delivered by a job. See `config/wiring.py`."""

    operator_id = models.BigIntegerField()
    kind = models.TextField()  # name of a class in domain/events.py
    payload = models.JSONField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "event"


class ThrottleCounter(models.Model):
    """Wrong tries of one subject under one limit. Nothing in it tells whose it is; see `core.throttle`."""

    key = models.BinaryField(primary_key=True)  # keyed digest of scope and subject
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # of the window or the lock-out; then the row is used anew, or goes
    tried = ArrayField(models.BinaryField())  # digests of what was tried
    turned_away = models.IntegerField(db_default=0)  # since it is full

    class Meta:
        db_table = "throttle_counter"
        indexes: ClassVar = [models.Index(fields=["ends_at"], name="throttle_counter_over")]


class IdempotencyKey(models.Model):
    """What a program was answered when it first sent this key; see `core.idempotency`."""

    operator_id = models.BigIntegerField()
    caller = models.BigIntegerField()  # id of the token: keys of two programs have nothing to do with each other
    key = models.TextField()
    request = models.BinaryField()  # keyed digest of what was asked
    status = models.SmallIntegerField(null=True)  # None only inside the transaction that is at work on it
    sealed = models.BinaryField(null=True)  # the answer, which may hold a password; place: b"answer:" + request
    at = models.DateTimeField()

    class Meta:
        db_table = "idempotency_key"
        indexes: ClassVar = [models.Index(fields=["at"], name="idempotency_key_at")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operator_id", "caller", "key"], name="idempotency_key_once")
        ]


from hotgate.apps.core.work import Work  # noqa: E402, F401  (Django looks here)
