"""What a gateway told us about a guest: the same for all makers. `uam` and `mikrotik` read it.

Pure: no request, no table. Whatever comes by the browser can be forged, above all the address that the password is
sent to: `RefusedVisit` is raised unless the gateway signed it or the address is registered.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from hotgate.domain import origins

TEXT_MAX = 253
MAC_MAX = 17
ADDRESS_MAX = 45


class RefusedVisit(Exception):
    """The page was not opened by the registered gateway, or the address was changed on the way."""


class Gateway(NamedTuple):
    """What is registered about the NAS."""

    secret: str  # shared with CoovaChilli as its uamsecret; '' where it has none
    logins: frozenset[str]  # origins that a guest may be sent to with a password


class Visit(NamedTuple):
    """One guest at one gateway. `kind` says how to go back."""

    kind: str  # uam, mikrotik
    result: str  # notyet, failed, success, already, logoff, timeout …; '' for MikroTik
    origin: str  # scheme, host and port of the gateway, verified
    path: str  # where the login goes
    challenge: bytes  # b'' where the gateway gave none
    chap_id: bytes = b"\0"
    mac: str = ""
    ip: str = ""
    name: str = ""  # who is logged in, or tried to
    reply: str = ""  # what RADIUS or the gateway said; never more than text
    seconds_left: int | None = None
    wanted: str = ""  # the page that the guest asked for; never followed by itself
    is_signed: bool = False  # all of this by the gateway itself


def told(url: str) -> dict[str, str]:
    """The fields of an address, each given once."""
    try:
        fields: Mapping[str, list[str]] = parse_qs(urlsplit(url).query, keep_blank_values=True, max_num_fields=60)
    except ValueError:
        raise RefusedVisit("too many fields") from None
    if any(len(values) > 1 for values in fields.values()):
        raise RefusedVisit("a field is given twice")
    return {name: values[0] for name, values in fields.items()}


def plain_link(text: str) -> str:
    """A page on the web that may be offered as a link; '' for anything else."""
    return text if origins.address(text) else ""


def whole(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None
