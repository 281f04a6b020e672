"""Where a guest's browser may be sent with a password: exactly these addresses of a NAS, and no other."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network

from django.utils.translation import gettext

from hotgate.apps.core.checking import Checking
from hotgate.apps.network.models import Nas
from hotgate.domain import origins
from hotgate.domain.wording import _

ADDRESSES_MAX = 10
UAM_PORT = 3990  # where CoovaChilli listens
FORM = _("Write http:// or https:// and the host, and the port where it is another: https://login.example.org:8443")


def login_addresses(nas: Nas) -> tuple[str, ...]:
    """Origins as browsers write them."""
    return tuple(nas.login_addresses) or default_login_addresses(nas)


def default_login_addresses(nas: Nas) -> tuple[str, ...]:
    """From its own address, and where it takes disconnects. A prefix names no gateway."""
    network = ip_network(nas.address)
    own = [str(network.network_address)] if network.num_addresses == 1 else []
    hosts = list(dict.fromkeys(own + ([nas.coa_address] if nas.coa_address else [])))
    if nas.maker == "chillispot":
        return tuple(origins.origin("http", host, UAM_PORT) for host in hosts)
    usual = (("http", 80), ("https", 443))
    return tuple(origins.origin(scheme, host, port) for host in hosts for scheme, port in usual)


def checked(checking: Checking, given: Iterable[str]) -> list[str]:
    """As they are kept; what is wrong with them is told to `checking`."""
    kept: dict[str, None] = {}
    for text in given:
        found = origins.address(text)
        if found is None or not origins.is_bare(text):
            wrong = gettext("“%(typed)s” is no login address.") % {"typed": text[:60]}
            checking.require(False, "login_addresses", f"{wrong} {gettext(FORM)}")
        else:
            kept[found.origin] = None
    too_many = gettext("Up to %(number)d addresses.") % {"number": ADDRESSES_MAX}
    checking.require(len(kept) <= ADDRESSES_MAX, "login_addresses", too_many)
    return list(kept)
