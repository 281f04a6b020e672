"""MikroTik RouterOS (vendor 14988): rates as text from the router's view, volumes in two words.

By CoA RouterOS takes Recv- and Xmit-Limit but no Total-Limit, so volume is topped up by disconnect and login again.
"""

from __future__ import annotations

from functools import lru_cache

from hotgate.aaa.vendors import standard
from hotgate.aaa.vendors.standard import Maker, Used, words
from hotgate.domain.catalogue import Direction
from hotgate.domain.limits import Grant
from hotgate.radius.attributes import MIKROTIK, SESSION_TIMEOUT
from hotgate.radius.packet import text, uint32, vendor_attribute

RATE_LIMIT = 8
ADDRESS_LIST = 19
# (octets, gigawords); the router receives what the client uploads
_LIMITS = {Direction.BOTH: (17, 18), Direction.UPLOAD: (1, 14), Direction.DOWNLOAD: (2, 15)}


def accept(grant: Grant, _client_view: bool = False) -> bytes:
    """The standard attributes, Mikrotik-Rate-Limit, and Total-, Recv- or Xmit-Limit by the counted direction."""
    return standard.accept(grant) + _rate(grant.upload_bps, grant.download_bps) + _volume(grant)


def change(grant: Grant, used: Used, _client_view: bool = False) -> bytes:
    """Times and rate; never a volume."""
    return standard.limits(grant, used) + _rate(grant.upload_bps, grant.download_bps)


def confine(seconds: int) -> bytes:
    """An Accept whose address goes into the address list `hotgate-confined`."""
    listed = vendor_attribute(MIKROTIK, ADDRESS_LIST, text(standard.CONFINED_NAME))
    return standard.number(SESSION_TIMEOUT, seconds) + listed


def rate_limit(upload_bps: int | None, download_bps: int | None) -> str:
    """`rx/tx`: the router receives the client's upload; 0 is no limit."""
    return f"{_rate_text(upload_bps)}/{_rate_text(download_bps)}"


@lru_cache(maxsize=standard.REMEMBERED)
def _rate(upload_bps: int | None, download_bps: int | None) -> bytes:
    if upload_bps is None and download_bps is None:
        return b""
    return vendor_attribute(MIKROTIK, RATE_LIMIT, text(rate_limit(upload_bps, download_bps)))


def _rate_text(bps: int | None) -> str:
    if bps is None:
        return "0"
    bps = max(1, bps)
    for factor, unit in ((1_000_000, "M"), (1_000, "k")):
        if bps % factor == 0:
            return f"{bps // factor}{unit}"
    return str(bps)


def _volume(grant: Grant) -> bytes:
    if grant.octets is None:
        return b""
    low, high = words(grant.octets)
    octets_type, gigawords_type = _LIMITS[grant.direction]
    limit = vendor_attribute(MIKROTIK, octets_type, uint32(low))
    return limit + vendor_attribute(MIKROTIK, gigawords_type, uint32(high)) if high else limit


# RouterOS waits 300 ms for an answer unless it is told to wait longer.
MAKER = Maker("mikrotik", accept, change, confine, enforces_volume=True, reject_delay_ms=0)
