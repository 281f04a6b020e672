from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Installation(models.Model):
    """The one row that says which master key this database belongs to."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    key_fingerprint = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "installation"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="installation_is_one"),
        ]
