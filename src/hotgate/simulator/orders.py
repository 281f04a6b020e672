"""Which session a CoA or Disconnect means (RFC 5176 §3)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final, NamedTuple

from hotgate.radius import attributes as attr
from hotgate.radius.attributes import ErrorCause
from hotgate.radius.packet import Packet


class Label(NamedTuple):
    """What a session is known by."""

    session_id: str
    names: frozenset[str]  # as typed, and as the Accept renamed it
    mac: str
    address: str


def find(order: Packet, sessions: Iterable[Label]) -> str | ErrorCause:
    """The id of the one session that everything in the order agrees with; else why there is none."""
    clues = [(kind, value.decode(errors="replace")) for kind, value in order.attributes if kind in _CHECKS]
    clues += [(attr.FRAMED_IP_ADDRESS, _dotted(value)) for value in order.all(attr.FRAMED_IP_ADDRESS)]
    if not clues:
        return ErrorCause.MISSING_ATTRIBUTE
    found = [label for label in sessions if all(_agrees(label, kind, value) for kind, value in clues)]
    if not found:
        return ErrorCause.SESSION_CONTEXT_NOT_FOUND
    return found[0].session_id if len(found) == 1 else ErrorCause.MULTIPLE_SESSION_SELECTION_UNSUPPORTED


_CHECKS: Final = (attr.ACCT_SESSION_ID, attr.USER_NAME, attr.CALLING_STATION_ID)


def _agrees(label: Label, kind: int, value: str) -> bool:
    if kind == attr.ACCT_SESSION_ID:
        return label.session_id == value
    if kind == attr.USER_NAME:
        return value in label.names
    if kind == attr.CALLING_STATION_ID:
        return _digits(label.mac) == _digits(value)
    return label.address == value


def _digits(mac: str) -> str:
    return "".join(character for character in mac.lower() if character.isalnum())


def _dotted(value: bytes) -> str:
    return str(ipaddress.IPv4Address(value)) if len(value) == 4 else ""
