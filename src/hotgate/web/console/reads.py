"""Reads of the console's pages for which the capabilities have no query yet; each says where it belongs."""

from __future__ import annotations

import uuid
from typing import Any

from django.apps import apps
from django.db.models import QuerySet

from hotgate.web.shared.rows import Operator


def subscribers(operator: Operator) -> QuerySet[Any]:
    """subscribers.queries: everybody of the operator."""
    return _rows("subscribers.Subscriber", operator).select_related("site", "wallet")


def name_keys(subscriber: Any) -> list[str]:
    """subscribers.queries: by which names, codes and MAC addresses somebody is found."""
    rows = _rows("subscribers.Credential", subscriber.operator).filter(subscriber=subscriber, enabled=True)
    return list(rows.order_by("id").values_list("name_key", flat=True))


def open_holds(subscriber: Any) -> QuerySet[Any]:
    """subscribers.queries: what stops the service."""
    rows = _rows("subscribers.Hold", subscriber.operator)
    return rows.filter(subscriber=subscriber, released_at__isnull=True).order_by("id")


def voucher(operator: Operator, own: uuid.UUID) -> Any | None:
    """vouchers.queries: the voucher at this address."""
    return _rows("vouchers.Voucher", operator).select_related("plan", "batch", "operator").filter(uuid=own).first()


def plans(operator: Operator) -> QuerySet[Any]:
    """catalogue.queries: retired plans too."""
    return _rows("catalogue.Plan", operator).select_related("profile")


def _rows(model: str, operator: Operator) -> QuerySet[Any]:
    rows: QuerySet[Any] = apps.get_model(model)._default_manager.filter(operator=operator)
    return rows
