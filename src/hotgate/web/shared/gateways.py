"""What the portal trusts a gateway by: the same for the page that tells it and for the page that checks it."""

from __future__ import annotations

from ipaddress import ip_network

from hotgate import vault
from hotgate.apps.core import keys
from hotgate.web.shared.rows import Nas

SECRET_LENGTH = 32


def portal_secret(nas: Nas) -> str:
    """What CoovaChilli signs its redirects with (`uamsecret`): made from our key, so nothing needs to be stored."""
    return vault.derive(keys.current().cookies, f"portal of gateway {nas.uuid}").hex()[:SECRET_LENGTH]


def registered_hosts(nas: Nas) -> frozenset[str]:
    """The gateway's own address, and where it takes disconnects. A prefix names no gateway."""
    network = ip_network(nas.address)
    own = {str(network.network_address)} if network.num_addresses == 1 else set()
    return frozenset(own | ({nas.coa_address} if nas.coa_address else set()))
