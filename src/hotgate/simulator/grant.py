"""What an Access-Accept allows, as a NAS of one maker reads it, and what a CoA changes of it.

A maker honours only the attributes it knows: limits for another maker are as good as absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import Final

from hotgate.radius import attributes as attr
from hotgate.radius.packet import Packet
from hotgate.simulator import quantities

_RATE_UNITS: Final = {"": 1, "k": 1_000, "M": 1_000_000, "G": 1_000_000_000}
_RATE_LIMIT: Final = re.compile(r"(\d+)([kMG]?)(?:/(\d+)([kMG]?))?")


@dataclass(frozen=True, slots=True)
class Counter:
    """A 64-bit number in two attributes of a vendor: 32 bits each, the upper half may be missing."""

    vendor: int
    low: int
    high: int

    def read(self, packet: Packet) -> int | None:
        """The number, or None when the lower half is absent. Zero means unlimited to every maker that we know."""
        low, high = _number(packet.vendor(self.vendor, self.low)), _number(packet.vendor(self.vendor, self.high))
        if low is None and high is None:
            return None
        return ((high or 0) << 32 | (low or 0)) or None


@dataclass(frozen=True, slots=True)
class Maker:
    """How one maker's NAS reads limits."""

    name: str
    total: Counter | None = None
    received: Counter | None = None  # from the guest
    sent: Counter | None = None  # to the guest
    replaces_by_coa: bool = False  # a CoA carries the complete grant: what it leaves out becomes unlimited
    volume_by_coa: bool = False


MAKERS: Final = {
    maker.name: maker
    for maker in (
        Maker("standard"),
        Maker(
            "mikrotik",
            total=Counter(attr.MIKROTIK, 17, 18),
            received=Counter(attr.MIKROTIK, 1, 14),
            sent=Counter(attr.MIKROTIK, 2, 15),
        ),
        Maker(
            "chillispot",
            total=Counter(attr.CHILLISPOT, 3, 23),
            received=Counter(attr.CHILLISPOT, 1, 21),
            sent=Counter(attr.CHILLISPOT, 2, 22),
            replaces_by_coa=True,
            volume_by_coa=True,
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Grant:
    """The limits of one session, counted from its start; None is unlimited."""

    session_seconds: int | None = None
    idle_seconds: int | None = None
    interim_seconds: int | None = None
    octets_total: int | None = None
    octets_in: int | None = None  # from the guest
    octets_out: int | None = None  # to the guest
    upload_bps: int | None = None
    download_bps: int | None = None
    classes: tuple[bytes, ...] = ()
    user_name: str | None = None


def read(packet: Packet, maker: Maker) -> Grant:
    """The grant in an Access-Accept."""
    upload, download = _rates(packet, maker)
    name = packet.first(attr.USER_NAME)
    return Grant(
        session_seconds=_number(packet.first(attr.SESSION_TIMEOUT)),
        idle_seconds=_number(packet.first(attr.IDLE_TIMEOUT)) or None,
        interim_seconds=_number(packet.first(attr.ACCT_INTERIM_INTERVAL)) or None,
        octets_total=maker.total.read(packet) if maker.total else None,
        octets_in=maker.received.read(packet) if maker.received else None,
        octets_out=maker.sent.read(packet) if maker.sent else None,
        upload_bps=upload,
        download_bps=download,
        classes=tuple(packet.all(attr.CLASS)),
        user_name=None if name is None else name.decode(errors="replace"),
    )


def changed(grant: Grant, packet: Packet, maker: Maker) -> Grant | None:
    """The grant after a CoA-Request; None when it asks for what this maker cannot change (NAK 401)."""
    news = read(packet, maker)
    has_volume = any(limit is not None for limit in (news.octets_total, news.octets_in, news.octets_out))
    if has_volume and not maker.volume_by_coa:
        return None
    kept = replace(news, classes=news.classes or grant.classes, user_name=grant.user_name)
    return kept if maker.replaces_by_coa else _filled(kept, grant)


def reply_message(packet: Packet) -> str:
    """What the server says to the guest; control characters stay out of the terminal."""
    text = b" ".join(packet.all(attr.REPLY_MESSAGE)).decode(errors="replace")
    return "".join(character for character in text if character.isprintable())


def _filled(news: Grant, grant: Grant) -> Grant:
    """What the news leave out stays as it was."""
    names = [each.name for each in fields(Grant) if getattr(news, each.name) is None]
    return replace(news, **{name: getattr(grant, name) for name in names})


def _rates(packet: Packet, maker: Maker) -> tuple[int | None, int | None]:
    """(upload, download) in bits a second: the maker's own attribute first, WISPr's after it."""
    limit = packet.vendor(attr.MIKROTIK, 8)
    if maker.name == "mikrotik" and limit is not None:
        return _mikrotik_rate(limit.decode(errors="replace"))
    upload, download = (_number(packet.vendor(attr.WISPR, number)) or None for number in (7, 8))
    if maker.name == "chillispot":
        # In kbit/s, and before WISPr's.
        kilo_up, kilo_down = (_number(packet.vendor(attr.CHILLISPOT, number)) for number in (4, 5))
        upload = kilo_up * 1000 if kilo_up else upload
        download = kilo_down * 1000 if kilo_down else download
    return upload, download


def _mikrotik_rate(text: str) -> tuple[int | None, int | None]:
    """ "rx/tx …" as the router sees it: rx is what the guest sends. One number stands for both."""
    match = _RATE_LIMIT.match(text)
    if match is None:
        return None, None
    upload = int(match[1]) * _RATE_UNITS[match[2]]
    download = int(match[3]) * _RATE_UNITS[match[4]] if match[3] else upload
    return upload or None, download or None


def _number(value: bytes | None) -> int | None:
    return int.from_bytes(value, "big") if value is not None and len(value) == 4 else None


def limits_in_words(grant: Grant) -> Iterable[str]:
    """ "3,600 s", "10 MB", "20 Mbit/s down": what the story says after "accepted"."""
    if grant.session_seconds is not None:
        yield quantities.shown_seconds(grant.session_seconds)
    for limit, way in ((grant.octets_total, ""), (grant.octets_in, " up"), (grant.octets_out, " down")):
        if limit is not None:
            yield quantities.shown_octets(limit) + way
    for rate, way in ((grant.upload_bps, "up"), (grant.download_bps, "down")):
        if rate is not None:
            yield f"{rate / 1e6:g} Mbit/s {way}"
