"""On *My account*: where one is online, the devices that log in by themselves, and receipts (HN-W20)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from hotgate.apps.messaging import receipts
from hotgate.apps.subscribers import queries as subscribers
from hotgate.apps.subscribers import selfcare
from hotgate.apps.usage import personal_data, queries, services
from hotgate.domain import people
from hotgate.domain.errors import DomainError
from hotgate.web.portal.pages import public_address
from hotgate.web.shared.lookup import found
from hotgate.web.shared.rows import Subscriber

SALES_SHOWN = 10


class Told(NamedTuple):
    done: str = ""
    problem: str = ""


def shown(mine: Subscriber) -> dict[str, Any]:
    """What the realm doesn't allow is not there."""
    may_part, may_send = mine.realm.part_devices, mine.realm.send_receipts and receipts.can_send(mine)
    return {
        "connections": [(each, _device(each)) for each in queries.reach(mine).sessions] if may_part else [],
        "devices": subscribers.bound_macs(mine) if may_part else [],
        "paid": _paid(mine) if may_send else [],
    }


def end(mine: Subscriber, chosen: str, now: datetime) -> Told:
    session = next((each for each in queries.reach(mine).sessions if str(each.uuid) == chosen), None)
    if not mine.realm.part_devices:
        return Told(problem=_("This can't be changed here. Please ask the staff."))
    if session is not None:  # else it ended by itself meanwhile
        services.disconnect_session(by=selfcare.BY, now=now, session=session)
    return Told(done=_("The connection is being ended."))


def part(mine: Subscriber, chosen: str, now: datetime) -> Told:
    if not mine.realm.part_devices:
        return Told(problem=_("This can't be changed here. Please ask the staff."))
    if chosen in subscribers.bound_macs(mine):  # else it was parted meanwhile
        personal_data.disassociate(by=selfcare.BY, now=now, subscriber=mine, mac=chosen)
    return Told(done=_("The device no longer logs in by itself."))


def receipt(mine: Subscriber, chosen: str, now: datetime) -> Told:
    if not mine.realm.send_receipts:
        return Told(problem=_("This can't be changed here. Please ask the staff."))
    sale = found(next((each for each in _paid(mine) if str(each.uuid) == chosen), None))
    account = public_address("me", mine.operator.slug)
    try:
        receipts.send_receipt(by=selfcare.BY, now=now, subscriber=mine, sale=sale, account=account)
    except DomainError as error:
        return Told(problem=_(error.text))
    return Told(done=_("The receipt is on its way to %(address)s.") % {"address": mine.email})


def _paid(mine: Subscriber) -> list[Any]:
    return list(subscribers.sales(mine).filter(state="paid", price_minor__gt=0)[:SALES_SHOWN])


def _device(session: Any) -> str:
    return people.mac_address(str(session.mac or session.device)) or str(session.framed_ip or "")


ACTS = {"end": end, "part": part, "receipt": receipt}
