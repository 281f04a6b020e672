"""Juniper MX subscriber management (ERX attributes, vendor 4874): the download shaper, filters by name.

CoS-Parameter-Type T02 sets `$junos-cos-shaping-rate`, which the access profile there has to use. Junos shapes what
leaves for the subscriber; what the subscriber sends is policed by a filter of the profile's name.
"""

from __future__ import annotations

from hotgate.aaa.vendors import standard
from hotgate.aaa.vendors.standard import Maker, Used, rate
from hotgate.domain.limits import Grant
from hotgate.radius.packet import text, vendor_attribute

ERX = 4874
COS_PARAMETER_TYPE = 108
SHAPING_RATE = "T02"
BPS_MIN = 1_000  # the least that Junos shapes
BPS_MAX = 400_000_000_000


def accept(grant: Grant, _client_view: bool = False) -> bytes:
    """The standard attributes and the shaping rate."""
    return standard.accept(grant) + _shaper(grant)


def change(grant: Grant, used: Used, _client_view: bool = False) -> bytes:
    """Times and the shaping rate."""
    return standard.limits(grant, used) + _shaper(grant)


def shaping_rate(bps: int) -> str:
    """A rate as Junos writes it: bit/s, or with k, m or g where that says the same."""
    for factor, unit in ((1_000_000_000, "g"), (1_000_000, "m"), (1_000, "k")):
        if bps % factor == 0:
            return f"{bps // factor}{unit}"
    return str(bps)


def _shaper(grant: Grant) -> bytes:
    bps = rate(grant.download_bps, most=BPS_MAX)
    if bps is None:
        return b""
    words = f"{SHAPING_RATE} {shaping_rate(max(bps, BPS_MIN))}"
    return vendor_attribute(ERX, COS_PARAMETER_TYPE, text(words))


MAKER = Maker("juniper", accept, change, standard.confine)
