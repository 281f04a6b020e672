"""Routers that are read."""

from __future__ import annotations

from django.db.models import QuerySet

from hotgate.apps.network.models import Nas
from hotgate.apps.subscribers.routers.models import RouterSource, RouterUser


def source_of(nas: Nas) -> RouterSource | None:
    """Without the password, which the web may not read."""
    return RouterSource.objects.filter(nas=nas).defer("password_sealed").first()


def users_of(nas: Nas) -> QuerySet[RouterUser]:
    return RouterUser.objects.filter(nas=nas).select_related("subscriber").order_by("-id")
