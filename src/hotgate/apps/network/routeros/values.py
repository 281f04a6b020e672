"""How a router is reached, and what it answers with."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple


class Protocol(StrEnum):
    REST = "rest"
    BINARY = "binary"


class Tls(StrEnum):
    VERIFIED = "verified"
    UNVERIFIED = "unverified"  # a certificate that the router made for itself
    OFF = "off"


DEFAULT_PORTS = {
    (Protocol.REST, True): 443,
    (Protocol.REST, False): 80,
    (Protocol.BINARY, True): 8729,
    (Protocol.BINARY, False): 8728,
}
CONNECT_SECONDS = 5
WHOLE_SECONDS = 20  # for one answer, however slowly it drips
ANSWER_MAX = 32_000_000  # octets
TEXT_MAX = 100
UPTIME = re.compile(r"(?:(\d{1,5})w)?(?:(\d)d)?(?:(\d\d?)h)?(?:(\d\d?)m)?(?:(\d\d?)s)?")  # 4w6d18h28m48s
UNITS = (604_800, 86_400, 3600, 60, 1)


class RouterAccess(NamedTuple):
    protocol: Protocol
    host: str
    port: int
    tls: Tls
    username: str
    password: str


class HotspotUser(NamedTuple):
    """A row of `/ip hotspot user`; '' where RouterOS leaves a property out."""

    name: str
    password: str = ""
    profile: str = ""
    comment: str = ""
    mac: str = ""
    disabled: bool = False


class RouterState(NamedTuple):
    """What `/system resource` says of the router itself; '' and None where it doesn't."""

    hardware: str = ""
    software: str = ""
    up_seconds: int | None = None


class RouterFailed(Exception):
    """It can't be reached, refuses, or answers with what is not understood. The text is for staff."""


def user_of(row: dict[str, object]) -> HotspotUser | None:
    """None: a row that is no user of anybody, such as the built-in trial."""
    said = {key: value if isinstance(value, str) else "" for key, value in row.items()}
    if not said.get("name") or said.get("default") == "true":
        return None
    return HotspotUser(
        name=said["name"],
        password=said.get("password", ""),
        profile=said.get("profile", ""),
        comment=said.get("comment", ""),
        mac=said.get("mac-address", ""),
        disabled=said.get("disabled") == "true",
    )


def state_of(row: dict[str, object]) -> RouterState:
    said = {key: value if isinstance(value, str) else "" for key, value in row.items()}
    return RouterState(
        _line(said.get("board-name", "")), _line(said.get("version", "")), _seconds(said.get("uptime", ""))
    )


def _line(text: str) -> str:
    return "".join(filter(str.isprintable, text))[:TEXT_MAX]


def _seconds(text: str) -> int | None:
    found = UPTIME.fullmatch(text)
    if not found or not text:
        return None
    return sum(int(count or 0) * unit for count, unit in zip(found.groups(), UNITS, strict=True))
