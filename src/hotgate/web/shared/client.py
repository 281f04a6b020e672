"""Where a request comes from."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.http import HttpRequest

NETWORK_BITS_V6 = 64  # what one household or one guest gets
BLOCK_BITS_V6 = 48  # what one customer of a provider may get at most: 65,536 of those networks


def address_of(request: HttpRequest) -> str:
    """The client's address. A proxy on this machine, and nobody else, is believed for whom it asks."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    direct = _parsed(address)
    if direct is None:
        return address
    if not direct.is_loopback:
        return str(direct)
    # the last one is what our proxy saw; those before it are the client's own words
    told = _parsed(request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip())
    return str(told or direct)


def handle_of(request: HttpRequest) -> str:
    """By which wrong tries of an unknown client are counted: its address, or its network of IPv6."""
    return _within(address_of(request), NETWORK_BITS_V6)


def block_of(request: HttpRequest) -> str:
    """What is hard to have many of: an address, or all the networks of IPv6 that one customer may hold."""
    return _within(address_of(request), BLOCK_BITS_V6)


def _within(address: str, bits_v6: int) -> str:
    parsed = _parsed(address)
    if parsed is None or parsed.version == 4:
        return address
    return str(ip_network((parsed, bits_v6), strict=False))


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """A socket for both kinds writes IPv4 as ::ffff:192.0.2.7: left so, all of IPv4 would be one network of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return (parsed.version == 6 and parsed.ipv4_mapped) or parsed
