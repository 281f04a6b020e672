"""What every capability stands on: facts to be told to others."""

from __future__ import annotations

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
