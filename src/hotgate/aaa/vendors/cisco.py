"""Cisco routers, IOS and IOS XE as a subscriber gateway (ISG): policing in one text of bit/s and octets of burst.

Wireless controllers read other attributes: see `cisco_wlc`. ISG takes new limits by commands of its own, not by a plain
CoA; its NAK makes a Disconnect of ours.
"""

from __future__ import annotations

from hotgate.aaa.vendors import standard
from hotgate.aaa.vendors.standard import Maker, Used, rate
from hotgate.domain.limits import Grant
from hotgate.radius.packet import text, vendor_attribute

CISCO = 9
AV_PAIR = 1
ACCOUNT_INFO = 250
BPS_MIN = 8_000  # the least that IOS polices
BPS_MAX = 10_000_000_000
BURST_OCTETS_MIN = 3_000  # two whole packets


def accept(grant: Grant, _client_view: bool = False) -> bytes:
    """The standard attributes, the policer, and the pool in the words of IOS."""
    return standard.accept(grant) + _pool(grant) + _policer(grant)


def change(grant: Grant, used: Used, _client_view: bool = False) -> bytes:
    """Times and the policer."""
    return standard.limits(grant, used) + _policer(grant)


def policer(upload_bps: int | None, download_bps: int | None) -> str:
    """`QU;rate;burst;excess;D;rate;burst;excess`: U is what the client sends. '' when nothing is limited."""
    halves = [_half(letter, bps) for letter, bps in (("U", upload_bps), ("D", download_bps))]
    told = ";".join(half for half in halves if half)
    return f"Q{told}" if told else ""


def _half(letter: str, bps: int | None) -> str:
    told = rate(bps, most=BPS_MAX)
    if told is None:
        return ""
    told = max(told, BPS_MIN)
    # Cisco's own advice: a second and a half of the rate, and as much again.
    burst = max(told * 3 // 16, BURST_OCTETS_MIN)
    return f"{letter};{told};{burst};{burst * 2}"


def _policer(grant: Grant) -> bytes:
    words = policer(grant.upload_bps, grant.download_bps)
    return vendor_attribute(CISCO, ACCOUNT_INFO, text(words)) if words else b""


def _pool(grant: Grant) -> bytes:
    pool = grant.profile.address_pool
    return vendor_attribute(CISCO, AV_PAIR, text(f"ip:addr-pool={pool}")) if pool else b""


MAKER = Maker("cisco", accept, change, standard.confine)
