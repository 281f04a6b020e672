"""WISPr (vendor 14122): the standard attributes and rates in bit/s, understood by many access points."""

from __future__ import annotations

from hotgate.aaa.vendors import standard
from hotgate.aaa.vendors.standard import Maker, Used
from hotgate.domain.limits import Grant
from hotgate.radius.attributes import WISPR
from hotgate.radius.packet import uint32, vendor_attribute

BANDWIDTH_MAX_UP, BANDWIDTH_MAX_DOWN = 7, 8
BPS_MAX = (1 << 32) - 1  # 4.29 Gbit/s: more can't be said, and is not a limit on any hotspot


def accept(grant: Grant, _client_view: bool = False) -> bytes:
    """The standard attributes with Bandwidth-Max-Up and -Down."""
    return standard.accept(grant) + _rates(grant)


def change(grant: Grant, used: Used, _client_view: bool = False) -> bytes:
    """Times and rates."""
    return standard.limits(grant, used) + _rates(grant)


def _rates(grant: Grant) -> bytes:
    rates = ((BANDWIDTH_MAX_UP, grant.upload_bps), (BANDWIDTH_MAX_DOWN, grant.download_bps))
    return b"".join(vendor_attribute(WISPR, kind, uint32(min(bps, BPS_MAX))) for kind, bps in rates if bps is not None)


MAKER = Maker("wispr", accept, change, standard.confine)
