"""The user that an address names."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hotgate.apps.subscribers import queries
from hotgate.web.shared.lookup import found
from hotgate.web.shared.seat import StaffRequest


def user_of(request: StaffRequest, own: UUID) -> Any:
    return found(queries.subscribers(request.seat.operator).filter(uuid=own).first())
