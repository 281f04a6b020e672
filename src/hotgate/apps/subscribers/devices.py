"""Devices that log in by their MAC address: as users of their own (HN-A8), or as a person's."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from hotgate.apps.catalogue.models import Plan
from hotgate.apps.core.checking import Checking
from hotgate.apps.operators.actor import Actor
from hotgate.apps.operators.audit import record_audit
from hotgate.apps.operators.models import Operator, Site
from hotgate.apps.subscribers import names, realms, recharge, services
from hotgate.apps.subscribers.models import Credential, MacAddress, Realm, Subscriber, SubscriberKind
from hotgate.domain import people
from hotgate.domain.errors import DomainError
from hotgate.domain.subscriber import CredentialKind
from hotgate.domain.wording import _


@transaction.atomic
def register_device(
    *,
    by: Actor,
    now: datetime,
    operator: Operator,
    mac: str,
    plan: Plan | None = None,
    realm: Realm | None = None,
    site: Site | None = None,
    display_name: str = "",
    created_via: str = "console",
) -> Subscriber:
    """A user that is only a device, named by its address in one form (HN-A9). It has no wallet: nobody pays for it.

    DomainError `device_invalid`: mac or plan; `name_taken`; `way_closed`.
    """
    address = _checked(mac, plan)
    realm = realm or services.default_realm(operator)
    realms.refuse_closed_way(realm, created_via)
    made = Subscriber.objects.create(
        operator=operator,
        realm=realm,
        site=site,
        name=address,
        display_name=display_name,
        kind=SubscriberKind.DEVICE,
        created_via=created_via,
        created_at=now,
    )
    _add_address(made, address, now)
    if plan is not None:
        recharge.give_entitlement(by=by, now=now, subscriber=made, plan=plan)
    _audit(by, now, made, "register_device", {"via": created_via})
    return made


@transaction.atomic
def bind_device(*, by: Actor, now: datetime, subscriber: Subscriber, mac: str) -> None:
    """From now on this device logs its person in by itself, where gateway and plan allow it.

    DomainError `device_invalid`: mac; `name_taken`: somebody has it.
    """
    address = _checked(mac, None)
    services.lock(subscriber)
    _add_address(subscriber, address, now)
    _audit(by, now, subscriber, "bind_device", {})


def unbind(subscriber: Subscriber, mac: str) -> bool:
    """Forget the address, in the caller's transaction; was it there?"""
    rows = Credential.objects.filter(
        operator_id=subscriber.operator_id, subscriber=subscriber, name_key=names.MAC_PREFIX + mac
    )
    MacAddress.objects.filter(credential__in=rows).delete()
    return bool(rows.delete()[0])


def _checked(mac: str, plan: Plan | None) -> str:
    address = people.mac_address(mac)
    checking = Checking("device_invalid")
    checking.require(
        address is not None, "mac", _("A MAC address has 12 hexadecimal digits, such as AA-BB-CC-DD-EE-FF.")
    )
    is_fit = plan is None or plan.for_devices
    checking.require(is_fit, "plan", _("This plan is not for devices that log in by their address."))
    checking.finish()
    return address or ""


def _add_address(subscriber: Subscriber, mac: str, now: datetime) -> None:
    try:
        credential = services.add_credential(subscriber, CredentialKind.MAC, names.MAC_PREFIX + mac, now)
    except DomainError as error:
        text = _("Somebody has this device.")
        raise DomainError(error.code, text, {"mac": text}) from None
    MacAddress(
        credential=credential, subscriber=subscriber, operator_id=subscriber.operator_id, mac=mac.replace("-", ":")
    ).save(force_insert=True)


def _audit(by: Actor, now: datetime, subscriber: Subscriber, verb: str, after: dict[str, object]) -> None:
    record_audit(
        by=by,
        now=now,
        operator_id=subscriber.operator_id,
        verb=verb,
        object_kind="subscriber",
        object_id=subscriber.id,
        after=after,
    )
