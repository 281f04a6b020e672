"""What was done to one thing."""

from __future__ import annotations

from django.db.models import QuerySet

from hotgate.apps.operators.models import AuditEntry, Operator


def entries_about(operator: Operator, object_kind: str, object_id: int) -> QuerySet[AuditEntry]:
    """Newest first; by an index of its own, for the chain grows for ever."""
    rows = AuditEntry.objects.filter(operator=operator, object_kind=object_kind, object_id=object_id)
    return rows.select_related("staff").order_by("-number")
