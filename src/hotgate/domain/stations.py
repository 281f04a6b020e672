"""Called-Station-Id of a radio: the access point's MAC address, a colon, its network's name (RFC 3580 §3.20)."""

from __future__ import annotations

import re
from typing import NamedTuple

from hotgate.domain import people

_STATION = re.compile(
    r"^((?:[0-9A-Fa-f]{2}[-:.]){5}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{12}|(?:[0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4})"
)
RADIO = r"^(([0-9A-Fa-f]{2}[-:.]){5}[0-9A-Fa-f]{2}|[0-9A-Fa-f]{12}|([0-9A-Fa-f]{4}\.){2}[0-9A-Fa-f]{4}):.+"  # for SQL


class Station(NamedTuple):
    mac: str  # AA-BB-CC-DD-EE-FF, or '' where the gateway names itself otherwise
    network: str  # SSID; '' where none is told: then it is no radio


def station_of(called_station: str) -> Station:
    found = _STATION.match(called_station)
    if found is None:
        return Station("", "")
    rest = called_station[found.end() :]
    return Station(people.mac_address(found[1]) or "", rest[1:] if rest.startswith(":") else "")
