"""accel-ppp (PPPoE, IPoE): its shaper reads Filter-Id as `down/up` in kbit/s, and takes it by CoA.

It shapes only where both directions are given, and a CoA without the attribute removes the shaper: so `change` carries
both again. A filter's name in Filter-Id would mean nothing there.
"""

from __future__ import annotations

from hotgate.aaa.vendors import standard
from hotgate.aaa.vendors.standard import Maker, Used, rate
from hotgate.domain.limits import Grant
from hotgate.radius.attributes import FILTER_ID, FRAMED_POOL, SESSION_TIMEOUT
from hotgate.radius.packet import attribute, text

KBPS_MAX = 10_000_000  # 10 Gbit/s: what a direction without a limit gets beside one that has one


def accept(grant: Grant, _client_view: bool = False) -> bytes:
    """Times, pool and shaper."""
    return standard.limits(grant, standard.NOTHING) + _pool(grant.profile.address_pool) + _shaper(grant)


def change(grant: Grant, used: Used, _client_view: bool = False) -> bytes:
    """Times and shaper."""
    return standard.limits(grant, used) + _shaper(grant)


def confine(seconds: int) -> bytes:
    """An Accept with an address of the pool `hotgate-confined`."""
    return standard.number(SESSION_TIMEOUT, seconds) + _pool(standard.CONFINED_NAME)


def shaper(upload_bps: int | None, download_bps: int | None) -> str:
    """`down/up` in kbit/s; '' when neither is limited."""
    up, down = rate(upload_bps, 1000, KBPS_MAX), rate(download_bps, 1000, KBPS_MAX)
    return "" if up is None and down is None else f"{down or KBPS_MAX}/{up or KBPS_MAX}"


def _shaper(grant: Grant) -> bytes:
    words = shaper(grant.upload_bps, grant.download_bps)
    return attribute(FILTER_ID, text(words)) if words else b""


def _pool(name: str) -> bytes:
    return attribute(FRAMED_POOL, text(name)) if name else b""


MAKER = Maker("accel_ppp", accept, change, confine)
