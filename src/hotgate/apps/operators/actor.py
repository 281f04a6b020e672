"""Who asked for a change: an argument of every service."""

from __future__ import annotations

from typing import NamedTuple


class Actor(NamedTuple):
    kind: str  # "staff", "subscriber", "command line", "system"
    staff_id: int | None = None
    ip: str | None = None
    request_id: str = ""


COMMAND_LINE = Actor("command line")
SYSTEM = Actor("system")


def staff(staff_id: int, ip: str | None = None, request_id: str = "") -> Actor:
    return Actor("staff", staff_id, ip, request_id)
