"""The same questions for both protocols."""

from __future__ import annotations

from hotgate.apps.network.routeros import binary, rest
from hotgate.apps.network.routeros.values import HotspotUser, Protocol, RouterAccess, RouterState

USERS = {Protocol.REST: rest.hotspot_users, Protocol.BINARY: binary.hotspot_users}
STATE = {Protocol.REST: rest.state, Protocol.BINARY: binary.state}


def hotspot_users(access: RouterAccess) -> list[HotspotUser]:
    """All of them, also disabled ones. RouterFailed, within 25 seconds."""
    return USERS[access.protocol](access)


def state(access: RouterAccess) -> RouterState:
    """Its board, version and uptime. RouterFailed: a login may be allowed to read users, and not this."""
    return STATE[access.protocol](access)
