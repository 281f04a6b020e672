"""Huawei gateways (vendor 2011): rates in bit/s, committed and peak, and what is left in kilobytes.

Input is what the client sends. The remaining volume counts both directions unless the device's domain was set
otherwise, so only a grant on both is told. By CoA the volume would count from anew on one model and from the start on
another: it is topped up by Disconnect.
"""

from __future__ import annotations

from hotgate.aaa.vendors import standard
from hotgate.aaa.vendors.standard import WORD, Maker, Used, rate
from hotgate.domain.catalogue import Direction
from hotgate.domain.limits import Grant
from hotgate.radius.packet import uint32, vendor_attribute

HUAWEI = 2011
INPUT_RATES = (2, 3)  # committed, peak
OUTPUT_RATES = (5, 6)
REMANENT_VOLUME = 15
# Whether its kilobyte has 1,000 or 1,024 octets is nowhere said: the small one never cuts what was paid for short by
# more than its rounding, and our own count ends what runs over.
KILOBYTE = 1000
UNLIMITED = WORD - 1


def accept(grant: Grant, _client_view: bool = False) -> bytes:
    """The standard attributes, four rates, and the remaining volume."""
    return standard.accept(grant) + _rates(grant) + _volume(grant)


def change(grant: Grant, used: Used, _client_view: bool = False) -> bytes:
    """Times and rates; never a volume."""
    return standard.limits(grant, used) + _rates(grant)


def _rates(grant: Grant) -> bytes:
    told = ((INPUT_RATES, rate(grant.upload_bps)), (OUTPUT_RATES, rate(grant.download_bps)))
    return b"".join(
        vendor_attribute(HUAWEI, kind, uint32(bps)) for kinds, bps in told if bps is not None for kind in kinds
    )


def _volume(grant: Grant) -> bytes:
    if grant.octets is None or grant.direction is not Direction.BOTH:
        return b""
    kilobytes = max(1, -(-grant.octets // KILOBYTE))
    # 0xffffffff says "no limit" there: what is more than the word below it can't be said.
    return vendor_attribute(HUAWEI, REMANENT_VOLUME, uint32(kilobytes)) if kilobytes < UNLIMITED else b""


MAKER = Maker("huawei", accept, change, standard.confine, enforces_volume=True)
