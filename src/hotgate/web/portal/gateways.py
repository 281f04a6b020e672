"""What is registered about a gateway, as far as the portal trusts it."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from hotgate import vault
from hotgate.apps.core import keys
from hotgate.web.portal.visit import Gateway

SECRET_LENGTH = 32


def gateway_of(nas: Any) -> Gateway:
    return Gateway(portal_secret(nas), registered_hosts(nas))


def portal_secret(nas: Any) -> str:
    """What CoovaChilli signs its redirects with (`uamsecret`): made from our key, so nothing needs to be stored."""
    return vault.derive(keys.current().cookies, f"portal of gateway {nas.uuid}").hex()[:SECRET_LENGTH]


def registered_hosts(nas: Any) -> frozenset[str]:
    """The gateway's own address, and where it takes disconnects. A prefix names no gateway."""
    network = ip_network(nas.address)
    own = {str(network.network_address)} if network.num_addresses == 1 else set()
    return frozenset(own | ({nas.coa_address} if nas.coa_address else set()))
