"""A file on its way in: looked through, and then imported or thrown away."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from hotgate.apps.core.fields import inside, one_of, public_id
from hotgate.apps.operators.models import Staff, owned


class ImportState(StrEnum):
    DRAFT = "draft"  # which column holds what is still open
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


class UserImport(models.Model):
    uuid = public_id()
    operator = owned()
    realm = inside("subscribers.Realm")
    state = models.TextField(db_default=str(ImportState.DRAFT))
    file_name = models.TextField()
    content = models.BinaryField(null=True)  # None once it is done or cancelled: it is full of people
    mapping = models.JSONField(default=dict)  # field → number of its column
    new = models.IntegerField(db_default=0)
    same = models.IntegerField(db_default=0)
    wrong = models.IntegerField(db_default=0)
    problems = models.JSONField(default=list)  # [row, name, what is wrong], the first of them
    passwords_sealed = models.BinaryField(null=True)  # those that were made: lines of name,password
    created_by = models.ForeignKey(Staff, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "subscribers"
        db_table = "user_import"
        indexes: ClassVar = [models.Index(fields=["operator", "created_at", "id"], name="user_import_newest")]
        constraints: ClassVar = [
            one_of("user_import", "state", ImportState),
            models.UniqueConstraint(fields=["operator", "id"], name="user_import_of_operator"),
        ]
