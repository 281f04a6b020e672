"""Who had this address at this time: an exact answer, with a reason, written down.

The log of what was asked holds the ids of the sessions that were found and never the address, so that forgetting a
session stays complete.
"""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from hotgate.apps.core.checking import Checking
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator
from hotgate.apps.usage.models import AccessSession, SessionAddress
from hotgate.domain.wording import _

FOUND_MAX = 100
HELD_MAX = 10_000  # sessions that ever had one address
REASON_MIN, REASON_MAX = 5, 300
TOLD = (
    *("uuid", "started_at", "stopped_at", "estimated", "user_name", "mac", "device", "framed_ip", "framed_ipv6"),
    *("nas__name", "subscriber__uuid", "subscriber__name"),
)


@transaction.atomic
def look_up(
    *, by: Actor, now: datetime, operator: Operator, address: str, at: datetime | None, reason: str
) -> list[AccessSession]:
    """Newest first; with `at` only those that ran then. DomainError `look_up_invalid`: address, reason."""
    checking = Checking("look_up_invalid")
    asked = _address(address)
    checking.require(asked is not None, "address", _("This is no IP address, such as 10.5.50.23 or 2001:db8::17."))
    fits = REASON_MIN <= len(reason.strip()) <= REASON_MAX
    checking.require(fits, "reason", _("Say why, such as the number of the case. It is kept."))
    checking.finish()
    assert asked is not None
    rows = sessions_with(operator, asked, at).select_related("nas", "subscriber").only(*TOLD)
    found = list(rows[:FOUND_MAX])
    record_audit(
        by=by,
        now=now,
        operator_id=operator.id,
        verb="look_up_address",
        object_kind="list",
        after={"sessions": [each.id for each in found], "at": at.isoformat() if at else None},
        reason=reason.strip(),
    )
    return found


def sessions_with(operator: Operator, address: str, at: datetime | None) -> QuerySet[AccessSession]:
    """By the index of the address. A session without an end runs still, for all that is known."""
    rows = _ran(AccessSession.objects.filter(operator=operator), at)
    ids = [*_have_it(rows, address, at), *_had_it(operator, address, at)]
    return rows.filter(id__in=ids).order_by("-started_at", "-id")


def _ran(rows: QuerySet[AccessSession], at: datetime | None) -> QuerySet[AccessSession]:
    if at is None:
        return rows
    return rows.filter(Q(stopped_at__isnull=True) | Q(stopped_at__gte=at), started_at__lte=at)


def _have_it(rows: QuerySet[AccessSession], address: str, at: datetime | None) -> list[int]:
    """Sessions that have it to this day or had it to their end, and got no other after that time."""
    if at is not None:
        rows = rows.exclude(_changes(OuterRef("id"), until__gt=at))
    if ":" in address:
        return list(rows.filter(id__in=list(with_ipv6(address)[:HELD_MAX])).values_list("id", flat=True))
    return list(with_ipv4(rows, address)[:FOUND_MAX])


def _had_it(operator: Operator, address: str, at: datetime | None) -> list[int]:
    """Sessions that had it until they got another: at that time, where the change is the first behind it."""
    rows = SessionAddress.objects.filter(operator=operator)
    if ":" in address:
        rows = rows.filter(framed_ipv6__overlap=_prefixes(address)).exclude(framed_ipv6=[])
    else:
        rows = rows.filter(framed_ip=address)
    if at is not None:
        rows = rows.filter(until__gt=at).exclude(
            _changes(OuterRef("session_id"), until__gt=at, until__lt=OuterRef("until"))
        )
    return list(rows.order_by("until").values_list("session_id", flat=True)[:HELD_MAX])


def _changes(session: OuterRef, **when: Any) -> Exists:
    return Exists(SessionAddress.objects.filter(session_id=session, **when))


def with_ipv4(rows: QuerySet[AccessSession], address: str) -> QuerySet[AccessSession, int]:
    """Ids, newest first, as the index of addresses has them."""
    return rows.filter(framed_ip=address).order_by("-started_at", "-id").values_list("id", flat=True)


def with_ipv6(address: str) -> QuerySet[AccessSession, int]:
    """Ids, by the index of addresses and in no order: an order would make the planner walk through time instead."""
    rows = AccessSession.objects.filter(framed_ipv6__overlap=_prefixes(address)).exclude(framed_ipv6=[])
    return rows.order_by().values_list("id", flat=True)


def _prefixes(address: str) -> list[str]:
    """The address itself, and every prefix that holds it, in the form in which they are kept."""
    whole = IPv6Address(address)
    return [str(whole), *(str(ip_network((whole, length), strict=False)) for length in range(128, 15, -1))]


def _address(typed: str) -> str | None:
    try:
        found = ip_address(typed.strip())
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)
