"""Devices that nobody can log in with. The AAA server reads the list within a second of a change."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from hotgate.apps.network.models import BlockedDevice
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator
from hotgate.domain import people
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

BLOCKED_MAX = 5000  # of one operator: every AAA process keeps them at hand
REASON_MAX = 200


def blocked(operator: Operator) -> QuerySet[BlockedDevice]:
    return BlockedDevice.objects.filter(operator=operator).order_by("-created_at", "-id")


def is_blocked(operator: Operator, mac: str) -> bool:
    return blocked(operator).filter(mac=mac).exists()


@transaction.atomic
def block(*, by: Actor, now: datetime, operator: Operator, mac: str, reason: str = "") -> BlockedDevice:
    """Blocked before: nothing changes. Sessions go on; see `usage.services.block_device`.

    DomainError `device_invalid`: mac; `too_many_blocked`.
    """
    address = people.mac_address(mac)
    if address is None:
        text = _("A MAC address has 12 hexadecimal digits, such as AA-BB-CC-DD-EE-FF.")
        raise DomainError("device_invalid", text, {"mac": text})
    if blocked(operator).count() >= BLOCKED_MAX:
        raise DomainError("too_many_blocked", _("No more than 5000 devices can be blocked."))
    row, is_new = BlockedDevice.objects.get_or_create(
        operator=operator, mac=address, defaults={"reason": reason[:REASON_MAX], "created_at": now}
    )
    if is_new:
        _audit(by, now, row, "block_device", reason[:REASON_MAX])
    return row


@transaction.atomic
def unblock(*, by: Actor, now: datetime, row: BlockedDevice) -> None:
    _audit(by, now, row, "unblock_device")
    row.delete()


def _audit(by: Actor, now: datetime, row: BlockedDevice, verb: str, reason: str = "") -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=row.operator_id,
        verb=verb,
        object_kind="blocked_device",
        object_id=row.id,
        reason=reason,
    )
