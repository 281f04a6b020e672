"""Everything that is kept about one person, to take along; and how the person leaves it (HN-23).

The books keep their sums: transfers, sales and entitlements hold ids, and names nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from hotgate.apps.ledger import queries as ledger
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import AuditEntry
from hotgate.apps.subscribers import devices, erasing, names, orders
from hotgate.apps.subscribers import queries as subscribers
from hotgate.apps.subscribers.models import Credential, Entitlement, Hold, Subscriber, SubscriberKind
from hotgate.apps.subscribers.registering.models import Consent
from hotgate.apps.subscribers.services import lock
from hotgate.apps.usage import controllers, set_aside
from hotgate.apps.usage.models import AccessSession, DailyUsage, LoginAttempt, SessionAddress
from hotgate.domain import causes, people
from hotgate.domain.accounting import OrderKind
from hotgate.domain.errors import DomainError
from hotgate.domain.wording import _

Rows = list[dict[str, Any]]
ROWS_MAX = 200_000  # of one kind in one export
FIELDS = {
    "logins_by": ("kind", "name_key", "enabled", "created_at"),
    "plans": ("plan__name", "created_at", "valid_until", "used", "amount", "ended_at"),
    "holds": ("kind", "reason", "created_at", "released_at"),
    "sales": ("at", "plan__name", "price_minor", "currency", "state"),
    "consents": ("at", "terms__text", "language"),
    "sessions": (
        *("started_at", "stopped_at", "nas__name", "user_name", "device", "framed_ip", "framed_ipv6"),
        *("called_station", "seconds", "octets_in", "octets_out", "terminate_cause"),
    ),
    "wifi": ("began_at", "ended_at", "device", "access_point", "network", "signal_dbm", "terminate_cause"),
    "daily_use": ("day", "seconds", "octets_in", "octets_out"),
    "login_attempts": ("at", "user_name", "device", "outcome", "reason"),
}


@transaction.atomic
def export_data(
    *, by: Actor, now: datetime, subscriber: Subscriber, more: Mapping[str, Rows] | None = None
) -> dict[str, Rows]:
    """By kind of data, each a list of flat rows: what JSON and CSV are written from. It is written down who took it.

    `more`: kinds that capabilities above this one keep.
    """
    shown = data_of(subscriber) | dict(more or {})
    _audit(by, now, subscriber, "export_data", {kind: len(rows) for kind, rows in shown.items()})
    return shown


def data_of(subscriber: Subscriber) -> dict[str, Rows]:
    kept = {kind: rows_of(rows, FIELDS[kind]) for kind, rows in _kept(subscriber).items()}
    return {"person": [person_of(subscriber)], **kept, "money": _money(subscriber)}


def counts_of(subscriber: Subscriber) -> dict[str, int]:
    """How many rows of each kind there are, but for the person's own."""
    counts = {kind: rows.count() for kind, rows in _kept(subscriber).items()}
    return counts | {"money": ledger.statement(subscriber.wallet).count() if subscriber.wallet else 0}


def _kept(subscriber: Subscriber) -> dict[str, QuerySet[Any]]:
    mine: Mapping[str, Any] = {"subscriber": subscriber}
    theirs = LoginAttempt.objects.filter(operator_id=subscriber.operator_id, subscriber_id=subscriber.id)
    return {
        "logins_by": Credential.objects.filter(**mine),
        "plans": Entitlement.objects.filter(**mine),
        "holds": Hold.objects.filter(**mine),
        "sales": subscribers.sales(subscriber),
        "consents": Consent.objects.filter(**mine),
        "sessions": AccessSession.objects.filter(**mine),
        "wifi": controllers.associations_of(subscriber),
        "daily_use": DailyUsage.objects.filter(subscriber_id=subscriber.id),
        "login_attempts": theirs,
    }


def log_of(subscriber: Subscriber) -> QuerySet[AuditEntry]:
    """Who did what with this user, newest first."""
    return AuditEntry.objects.filter(
        operator_id=subscriber.operator_id, object_kind="subscriber", object_id=subscriber.id
    ).order_by("-number")


@transaction.atomic
def erase_subscriber(*, by: Actor, now: datetime, subscriber: Subscriber, verb: str = "erase_subscriber") -> None:
    """Take the person out of everything that is kept, for good. DomainError `still_online`: end the sessions first."""
    lock(subscriber)
    if AccessSession.objects.filter(subscriber=subscriber, stopped_at__isnull=True).exists():
        raise DomainError("still_online", _("This user is online. Disconnect first, then erase."))
    forget_device(AccessSession.objects.filter(subscriber=subscriber))
    _forget_attempts(subscriber)
    macs = subscribers.bound_macs(subscriber)
    set_aside.forget(subscriber, macs)
    controllers.forget_person(subscriber, macs)
    erasing.erase(subscriber, now)
    _audit(by, now, subscriber, verb, {})


@transaction.atomic
def disassociate(*, by: Actor, now: datetime, subscriber: Subscriber, mac: str) -> bool:
    """Part a device from its user (HN-28). Of a device subscriber nothing else is left, so the user goes with it
    (HN-29): True. Its accounting stays, without the address. Everybody else keeps all but the device.

    Sessions of the device are ended. DomainError `device_unknown`, `still_online`.
    """
    lock(subscriber)
    if subscriber.kind == SubscriberKind.DEVICE:
        erase_subscriber(by=by, now=now, subscriber=subscriber, verb="delete_device")
        return True
    if not devices.unbind(subscriber, mac):
        raise DomainError("device_unknown", _("This device does not belong to the user any more."))
    running = AccessSession.objects.filter(subscriber=subscriber, device=mac, stopped_at__isnull=True)
    targets = [orders.OpenSession(s.id, s.operator_id, s.nas_id) for s in running]
    orders.put_orders(targets, OrderKind.DISCONNECT, causes.DEVICE_PARTED, now)
    _audit(by, now, subscriber, "disassociate_device", {})
    return False


def forget_device(sessions: QuerySet[AccessSession]) -> None:
    """Take out of them who was where. What was used, when, and at which gateway stays: the books need it."""
    SessionAddress.objects.filter(session__in=sessions).delete()
    sessions.update(
        **dict.fromkeys(("user_name", "device", "called_station", "nas_port", "multi_session_id"), ""),
        mac=None,
        framed_ip=None,
        framed_ipv6=[],
    )


def _forget_attempts(subscriber: Subscriber) -> None:
    """A try that was refused before anybody was looked up holds no user, only what was typed and by which device."""
    attempts = LoginAttempt.objects.filter(operator_id=subscriber.operator_id)
    attempts.filter(subscriber_id=subscriber.id).update(user_name="", device="")
    unclaimed = attempts.filter(subscriber_id__isnull=True)
    macs = subscribers.bound_macs(subscriber)
    spelt = _spellings(subscriber, macs, unclaimed)
    unclaimed.filter(Q(user_name__in=spelt) | Q(device__in=macs)).update(user_name="", device="")


def _spellings(subscriber: Subscriber, macs: Sequence[str], unclaimed: QuerySet[LoginAttempt]) -> list[str]:
    """As whom the user was typed: in any case, with any spaces around."""
    keys = {names.name_key(subscriber.name), *(names.MAC_PREFIX + mac for mac in macs)}
    keys.update(Credential.objects.filter(subscriber=subscriber).values_list("name_key", flat=True))
    typed = unclaimed.exclude(user_name="").order_by().values_list("user_name", flat=True).distinct().iterator()
    return [name for name in typed if names.name_key(name) in keys or _mac_key(name) in keys]


def _mac_key(name: str) -> str:
    mac = people.mac_address(name)
    return names.MAC_PREFIX + mac if mac else ""


def person_of(subscriber: Subscriber) -> dict[str, Any]:
    plain = ("name", "display_name", "phone", "email", "language", "kind", "created_via", "created_at")
    return {**{field: getattr(subscriber, field) for field in plain}, **subscriber.person}


def _money(subscriber: Subscriber) -> Rows:
    if subscriber.wallet is None:
        return []
    return rows_of(ledger.statement(subscriber.wallet), ("at", "kind", "amount_minor", "currency", "reference"))


def rows_of(found: QuerySet[Any], fields: Sequence[str]) -> Rows:
    return list(found.values(*fields)[:ROWS_MAX])


def _audit(by: Actor, now: datetime, subscriber: Subscriber, verb: str, after: Mapping[str, Any]) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=subscriber.operator_id,
        verb=verb,
        object_kind="subscriber",
        object_id=subscriber.id,
        after=after,
    )
