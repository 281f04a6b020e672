"""Imports, newest first."""

from __future__ import annotations

from django.db.models import QuerySet

from hotgate.apps.operators.models import Operator
from hotgate.apps.subscribers.importing import sheet
from hotgate.apps.subscribers.importing.models import ImportState, UserImport
from hotgate.apps.subscribers.models import Realm


def imports(operator: Operator) -> QuerySet[UserImport]:
    """Without the files, which are large."""
    return (
        UserImport.objects.filter(operator=operator).defer("content", "passwords_sealed").order_by("-created_at", "-id")
    )


def glance(draft: UserImport, rows: int = 3) -> sheet.Sheet:
    """The heading and the first rows of the file; DomainError `sheet_invalid`."""
    read = sheet.read(bytes(draft.content or b""))
    return sheet.Sheet(read.heading, read.rows[:rows])


def realms(operator: Operator) -> QuerySet[Realm]:
    return Realm.objects.filter(operator=operator).order_by("id")


def is_open(run: UserImport) -> bool:
    """Nothing was decided yet: it may be mapped anew, confirmed or cancelled."""
    return run.state in (ImportState.DRAFT, ImportState.CHECKED)
