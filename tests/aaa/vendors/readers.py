"""What each maker's NAS makes of an Access-Accept or CoA, written from its documents and apart from the renderers."""

from __future__ import annotations

import re
from typing import NamedTuple

from hotgate.radius import attributes as attr
from hotgate.radius.packet import Packet, decode

K, M, G = 1_000, 1_000_000, 1_000_000_000


class Reading(NamedTuple):
    """Rates in bit/s from the client's side, volumes in octets; None: no limit."""

    upload_bps: int | None = None
    download_bps: int | None = None
    total: int | None = None
    uploaded: int | None = None
    downloaded: int | None = None
    seconds: int | None = None
    group: str = ""  # filter, role, access list or user group


def packet_of(octets: bytes) -> Packet:
    return decode(bytes((2, 1)) + (20 + len(octets)).to_bytes(2, "big") + bytes(16) + octets)


def read(maker: str, octets: bytes) -> Reading:
    packet = packet_of(octets)
    seconds = number(packet.first(attr.SESSION_TIMEOUT))
    return READERS[maker](packet)._replace(seconds=seconds)


def number(value: bytes | None) -> int | None:
    return None if value is None else int.from_bytes(value, "big")


def words(value: bytes | None) -> str:
    return "" if value is None else value.decode()


def vendor_number(packet: Packet, vendor: int, kind: int, unit: int = 1) -> int | None:
    value = number(packet.vendor(vendor, kind))
    return None if value is None or value == 0 else value * unit


def two_words(packet: Packet, vendor: int, low: int, high: int) -> int | None:
    """A limit in octets and gigawords; to MikroTik and CoovaChilli a low word of 0 alone is no limit."""
    octets, gigawords = (number(packet.vendor(vendor, kind)) for kind in (low, high))
    return (octets | (gigawords or 0) << 32) or None if octets is not None else None


def filter_id(packet: Packet) -> str:
    return words(packet.first(attr.FILTER_ID))


def standard(packet: Packet) -> Reading:
    return Reading(group=filter_id(packet))


def wispr(packet: Packet) -> Reading:
    up, down = (vendor_number(packet, attr.WISPR, kind) for kind in (7, 8))
    return Reading(up, down, group=filter_id(packet))


RATE = re.compile(r"(\d+)([kM]?)")


def routeros_rate(text: str) -> tuple[int | None, int | None]:
    """(rx, tx) of `rx[/tx] [burst…]`, 0 for no limit; rx alone counts for both."""
    pair = text.split(" ")[0].split("/")
    values = [int(digits) * {"": 1, "k": K, "M": M}[unit] or None for digits, unit in map(_routeros_number, pair)]
    return values[0], values[-1]


def _routeros_number(text: str) -> tuple[str, str]:
    found = RATE.fullmatch(text)
    assert found is not None, text
    return found[1], found[2]


def mikrotik(packet: Packet) -> Reading:
    limit = packet.vendor(attr.MIKROTIK, 8)
    up, down = routeros_rate(limit.decode()) if limit is not None else (None, None)
    total, received, sent = (two_words(packet, attr.MIKROTIK, *pair) for pair in ((17, 18), (1, 14), (2, 15)))
    return Reading(up, down, total, received, sent, group=filter_id(packet))


def chillispot(packet: Packet) -> Reading:
    """With its default, the client's view: input is what the client receives."""
    up, down = (vendor_number(packet, attr.CHILLISPOT, kind, K) for kind in (4, 5))
    total, into, out = (two_words(packet, attr.CHILLISPOT, *pair) for pair in ((3, 23), (1, 21), (2, 22)))
    return Reading(up, down, total, out, into, group=filter_id(packet))


ISG = re.compile(r"Q(?:U;(\d+);(\d+);(\d+))?;?(?:D;(\d+);(\d+);(\d+))?")


def cisco(packet: Packet) -> Reading:
    info = packet.vendor(9, 250)
    if info is None:
        return Reading(group=filter_id(packet))
    found = ISG.fullmatch(info.decode())
    assert found is not None, info
    up, up_burst, _, down, down_burst, _ = (int(each) if each else None for each in found.groups())
    for rate, burst in ((up, up_burst), (down, down_burst)):
        # less than a packet's worth of burst lets nothing through at all
        assert rate is None or burst >= 1500
    return Reading(up, down, group=filter_id(packet))


def cisco_wlc(packet: Packet) -> Reading:
    """Data and real-time contracts limit TCP and UDP apart; a burst below the average would be the real limit."""
    limits = []
    for kinds in ((13, 14, 15, 16), (7, 8, 9, 10)):
        contracts = {vendor_number(packet, 14179, kind, K) for kind in kinds}
        assert len(contracts) == 1
        limits.append(contracts.pop())
    return Reading(limits[0], limits[1], group=words(packet.vendor(14179, 6)))


def aruba(packet: Packet) -> Reading:
    return Reading(group=words(packet.vendor(14823, 1)))


def ruckus(packet: Packet) -> Reading:
    return wispr(packet)._replace(group=words(packet.vendor(25053, 1)))


def huawei(packet: Packet) -> Reading:
    rates = []
    for kinds in ((2, 3), (5, 6)):
        committed, peak = (vendor_number(packet, 2011, kind) for kind in kinds)
        assert committed == peak
        rates.append(peak)
    return Reading(*rates, total=vendor_number(packet, 2011, 15, K), group=filter_id(packet))


def juniper(packet: Packet) -> Reading:
    shaper = words(packet.vendor(4874, 108))
    if not shaper:
        return Reading(group=filter_id(packet))
    found = re.fullmatch(r"T02 (\d+)([kmg]?)", shaper)
    assert found is not None, shaper
    unit = {"": 1, "k": K, "m": M, "g": G}[found[2]]
    return Reading(download_bps=int(found[1]) * unit, group=filter_id(packet))


def accel_ppp(packet: Packet) -> Reading:
    """`down/up`; with one of them 0 it shapes nothing."""
    shaper = filter_id(packet)
    if not shaper:
        return Reading()
    down, up = (int(each) * K for each in shaper.split("/"))
    assert down
    assert up
    return Reading(up, down)


READERS = {
    "standard": standard,
    "wispr": wispr,
    "mikrotik": mikrotik,
    "chillispot": chillispot,
    "cisco": cisco,
    "cisco_wlc": cisco_wlc,
    "aruba": aruba,
    "ruckus": ruckus,
    "huawei": huawei,
    "juniper": juniper,
    "ubiquiti": wispr,
    "omada": wispr,
    "accel_ppp": accel_ppp,
}
