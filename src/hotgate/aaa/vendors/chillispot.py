"""CoovaChilli and ChilliSpot (vendor 14559): rates in kbit/s, volumes in octets and gigawords.

It counts from the client's view unless its accounting says otherwise. A CoA replaces the whole grant: a limit that it
leaves out becomes unlimited, so `change` always carries all of them, counted from the session's start.
"""

from __future__ import annotations

from functools import lru_cache

from hotgate.aaa.vendors import standard
from hotgate.aaa.vendors.standard import NOTHING, Maker, Used, rate, words
from hotgate.domain.catalogue import Direction
from hotgate.domain.limits import Grant
from hotgate.radius.attributes import CHILLISPOT, SESSION_TIMEOUT
from hotgate.radius.packet import uint32, vendor_attribute

INPUT, OUTPUT, TOTAL = (1, 21), (2, 22), (3, 23)  # (octets, gigawords)
BANDWIDTH_MAX_UP, BANDWIDTH_MAX_DOWN = 4, 5
ACCT_VIEW_POINT = 10
REQUIRE_UAM = 11


def accept(grant: Grant, client_view: bool = True) -> bytes:
    """The standard attributes, Bandwidth-Max-Up/Down, and Max-Total-, Input- or Output-Octets with Gigawords."""
    return standard.accept(grant) + _rates(grant.upload_bps, grant.download_bps) + _volume(grant, NOTHING, client_view)


def change(grant: Grant, used: Used, client_view: bool = True) -> bytes:
    """The complete grant again, with what was used added to what is left."""
    return (
        standard.limits(grant, used)
        + standard.names(grant)
        + _rates(grant.upload_bps, grant.download_bps)
        + _volume(grant, used, client_view)
    )


def confine(seconds: int) -> bytes:
    """An Accept that still shows the portal."""
    return standard.number(SESSION_TIMEOUT, seconds) + vendor_attribute(CHILLISPOT, REQUIRE_UAM, b"1")


@lru_cache(maxsize=standard.REMEMBERED)
def _rates(upload_bps: int | None, download_bps: int | None) -> bytes:
    told = ((BANDWIDTH_MAX_UP, rate(upload_bps, 1000)), (BANDWIDTH_MAX_DOWN, rate(download_bps, 1000)))
    return b"".join(vendor_attribute(CHILLISPOT, kind, uint32(kbps)) for kind, kbps in told if kbps is not None)


def _volume(grant: Grant, used: Used, client_view: bool) -> bytes:
    if grant.octets is None:
        return b""
    octets_type, gigawords_type = _limit_types(grant.direction, client_view)
    low, high = words(used.octets + grant.octets)
    limit = vendor_attribute(CHILLISPOT, octets_type, uint32(low))
    return limit + vendor_attribute(CHILLISPOT, gigawords_type, uint32(high))


def _limit_types(direction: Direction, client_view: bool) -> tuple[int, int]:
    if direction is Direction.BOTH:
        return TOTAL
    # Max-Input and -Output follow the view of its counters: to the client, input is download.
    return INPUT if (direction is Direction.DOWNLOAD) == client_view else OUTPUT


MAKER = Maker(
    "chillispot",
    accept,
    change,
    confine,
    client_view=True,
    volume_by_coa=True,
    enforces_volume=True,
    nak_means_gone=True,
)
