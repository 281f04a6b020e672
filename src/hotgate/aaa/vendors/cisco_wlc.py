"""Cisco wireless controllers (Airespace, vendor 14179): rates in kbit/s, an access list by name.

Each direction has two contracts, "data" for TCP and "real-time" for UDP, each with its burst. Both are set, or half of
today's traffic (QUIC) would pass unlimited.
"""

from __future__ import annotations

from hotgate.aaa.vendors import standard
from hotgate.aaa.vendors.standard import Maker, Used, rate
from hotgate.domain.limits import Grant
from hotgate.radius.attributes import SESSION_TIMEOUT
from hotgate.radius.packet import text, uint32, vendor_attribute

AIRESPACE = 14179
ACL_NAME = 6
# data average, real-time average, data burst, real-time burst
DOWNSTREAM = (7, 8, 9, 10)
UPSTREAM = (13, 14, 15, 16)


def accept(grant: Grant, _client_view: bool = False) -> bytes:
    """The standard attributes, eight contracts, and the filter as an access list's name."""
    return standard.accept(grant) + _acl(grant.profile.filter_id) + _contracts(grant)


def change(grant: Grant, used: Used, _client_view: bool = False) -> bytes:
    """Times and contracts."""
    return standard.limits(grant, used) + _contracts(grant)


def confine(seconds: int) -> bytes:
    """An Accept under the access list `hotgate-confined`."""
    return standard.number(SESSION_TIMEOUT, seconds) + _acl(standard.CONFINED_NAME)


def _contracts(grant: Grant) -> bytes:
    told = ((DOWNSTREAM, rate(grant.download_bps, 1000)), (UPSTREAM, rate(grant.upload_bps, 1000)))
    return b"".join(
        vendor_attribute(AIRESPACE, kind, uint32(kbps)) for kinds, kbps in told if kbps is not None for kind in kinds
    )


def _acl(name: str) -> bytes:
    return vendor_attribute(AIRESPACE, ACL_NAME, text(name)) if name else b""


MAKER = Maker("cisco_wlc", accept, change, confine)
