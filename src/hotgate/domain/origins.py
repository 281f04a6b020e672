"""Addresses that a browser may be sent to, read without tolerance: what could be read in two ways is none."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

LENGTH_MAX = 2000
_PORTS = {"http": 80, "https": 443}
_TRICKS = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:]*:[0-9a-f:.]*")


class Address(NamedTuple):
    origin: str  # scheme, host and, where it is not the usual one, port: as browsers write it
    path: str  # without query


def address(text: str) -> Address | None:
    """None where it is not plainly http or https with a host, or says who logs in."""
    if not text or len(text) > LENGTH_MAX or _TRICKS.search(text):
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    host = parts.hostname or ""
    if parts.scheme not in _PORTS or "@" in parts.netloc or not text.startswith(f"{parts.scheme}://"):
        return None
    if not _HOST.fullmatch(host) or port == 0:
        return None
    return Address(origin(parts.scheme, host, port or _PORTS[parts.scheme]), parts.path or "/")


def origin(scheme: str, host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}" + ("" if port == _PORTS[scheme] else f":{port}")


def is_bare(text: str) -> bool:
    """Nothing stands behind host and port but a slash."""
    return re.search(r"[/?#]", text.partition("://")[2].removesuffix("/")) is None
