"""Devices that ask to be let in become users of their own, where their site says so (HN-A8).

The first login of such a device is refused like any unknown name. Within a minute a job finds it in the log of logins
and makes the user; gateways ask again by themselves, and the next login is accepted.
"""

from __future__ import annotations

import logging
from datetime import datetime

from hotgate.apps.network.models import Nas
from hotgate.apps.operators.actor import SYSTEM
from hotgate.apps.subscribers import devices
from hotgate.apps.subscribers.models import Credential, SiteDevices
from hotgate.apps.subscribers.names import MAC_PREFIX
from hotgate.apps.usage.models import LoginAttempt
from hotgate.domain import people
from hotgate.domain.errors import DomainError
from hotgate.domain.reasons import Reason

ADMITTED_MAX = 1000  # in one round: somebody may send made-up addresses
log = logging.getLogger("hotgate.usage")


def admit_devices(*, now: datetime, since: datetime) -> int:
    """In the caller's scope; how many came in. Only where the gateway may log devices in at all."""
    made = 0
    for place in SiteDevices.objects.select_related("realm__device_plan", "realm__operator", "site"):
        gateways = Nas.objects.filter(operator_id=place.operator_id, site=place.site, mac_login=True, enabled=True)
        for mac in _unknown(place.operator_id, list(gateways.values_list("id", flat=True)), since):
            made += made < ADMITTED_MAX and _admit(place, mac, now)
    return made


def _unknown(operator_id: int, nas_ids: list[int], since: datetime) -> list[str]:
    """MAC addresses that asked under their own name, and that nobody has."""
    rows = LoginAttempt.objects.filter(
        operator_id=operator_id, nas_id__in=nas_ids, at__gte=since, reason=str(Reason.UNKNOWN_NAME), kind="auth"
    ).values_list("user_name", "device")[: 10 * ADMITTED_MAX]
    asked = {
        people.mac_address(name) for name, device in rows if people.mac_address(name) == people.mac_address(device)
    }
    keys = {MAC_PREFIX + mac: mac for mac in asked if mac}
    known = Credential.objects.filter(operator_id=operator_id, name_key__in=keys).values_list("name_key", flat=True)
    return sorted(set(keys.values()) - {keys[key] for key in known})


def _admit(place: SiteDevices, mac: str, now: datetime) -> bool:
    realm = place.realm
    try:
        devices.register_device(
            by=SYSTEM,
            now=now,
            operator=realm.operator,
            mac=mac,
            plan=realm.device_plan,
            realm=realm,
            site=place.site,
            created_via="device",
        )
    except DomainError as error:  # its plan was retired, or somebody was faster
        log.warning("a device was not let in: %s", error.code)
        return False
    return True
