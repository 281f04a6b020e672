"""What the pages of the logs have in common: how long they are kept, and the way to the other logs."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from hotgate.apps.usage import retention
from hotgate.web.shared.rows import Operator

LOGS = {"connections": "connection_log", "wifi": "wifi_log", "controllers": "controller_log"}


def shown(operator: Operator, log: str, **of: Any) -> dict[str, Any]:
    """`of`: user_row, nas or mac, where it is the log of one; the others are then of the same one."""
    return {
        "retention": retention.retention_of(operator),
        "log": log,
        "href_connections": _href("connections", **of),
        "href_wifi": _href("wifi", **of),
        "href_controllers": _href("controllers", **of),
        **of,
    }


def _href(log: str, user_row: Any = None, nas: Any = None, mac: str = "") -> str:
    route = LOGS[log]
    if user_row is not None:
        return reverse(f"user_{route}", args=[user_row.uuid])
    if nas is not None:
        return reverse(f"nas_{route}", args=[nas.uuid])
    if mac and log == "connections":
        return reverse("device_connection_log", args=[mac])
    return reverse(route) + (f"?q={mac}" if mac else "")
