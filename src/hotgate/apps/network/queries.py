"""The operator's NASes."""

from __future__ import annotations

from django.db.models import QuerySet

from hotgate.apps.network.models import Nas
from hotgate.apps.operators.models import Operator


def nases(operator: Operator) -> QuerySet[Nas]:
    return Nas.objects.filter(operator=operator).order_by("id")


def nas_at(operator: Operator, address: str) -> Nas | None:
    """The NAS registered with exactly this address or prefix."""
    return Nas.objects.filter(operator=operator, address=address).first()
