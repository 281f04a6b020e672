"""WISPr (vendor 14122): the standard attributes and rates in bit/s, understood by many access points."""

from __future__ import annotations

from functools import lru_cache

from hotgate.aaa.vendors import standard
from hotgate.aaa.vendors.standard import Maker, Used, rate
from hotgate.domain.limits import Grant
from hotgate.radius.attributes import WISPR
from hotgate.radius.packet import uint32, vendor_attribute

BANDWIDTH_MAX_UP, BANDWIDTH_MAX_DOWN = 7, 8


def accept(grant: Grant, _client_view: bool = False) -> bytes:
    """The standard attributes with Bandwidth-Max-Up and -Down."""
    return standard.accept(grant) + rates(grant.upload_bps, grant.download_bps)


def change(grant: Grant, used: Used, _client_view: bool = False) -> bytes:
    """Times and rates."""
    return standard.limits(grant, used) + rates(grant.upload_bps, grant.download_bps)


@lru_cache(maxsize=standard.REMEMBERED)
def rates(upload_bps: int | None, download_bps: int | None) -> bytes:
    """Bandwidth-Max-Up and -Down in bit/s: up to 4.29 Gbit/s can be said."""
    told = ((BANDWIDTH_MAX_UP, rate(upload_bps)), (BANDWIDTH_MAX_DOWN, rate(download_bps)))
    return b"".join(vendor_attribute(WISPR, kind, uint32(bps)) for kind, bps in told if bps is not None)


MAKER = Maker("wispr", accept, change, standard.confine)
